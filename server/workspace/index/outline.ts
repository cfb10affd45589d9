import type { PlacedItem } from '../../c/ast';

/** What a quick look at a C file tells, without parsing it. */
export interface Outline {
  /** Names of the functions that other files can call. */
  functions: readonly string[];
  /** It has a `main`: it is a program of its own, perhaps with other files. */
  isProgram: boolean;
}

/** The same of a file that has been parsed. */
export function outlineOfItems(items: readonly PlacedItem[]): Outline {
  const functions = new Set<string>();
  for (const { item } of items) {
    if (item.kind === 'function' && !item.storage.includes('static')) functions.add(item.name);
  }
  return { functions: [...functions], isProgram: functions.has('main') };
}

/** Comments, texts, directives, and what opens and ends things. */
const pieces =
  /\/\*[\s\S]*?(?:\*\/|$(?![\s\S]))|\/\/(?:\\\r?\n|[^\r\n])*|"(?:[^"\\\r\n]|\\[\s\S])*"?|'(?:[^'\\\r\n]|\\[\s\S])*'?|^[ \t]*#[ \t]*(\w*)(?:\\\r?\n|\/(?!\*)|[^\r\n/])*|[{};]/gm;

/**
 * Finds the functions that a text defines with external linkage. What a body opens and closes is only counted; at the
 * other branch of a conditional compilation, counting goes on from where the first began.
 */
export function outlineOf(text: string): Outline {
  const functions = new Set<string>();
  const depths: number[] = [];
  let depth = 0;
  let begin = 0;
  pieces.lastIndex = 0;
  for (let match = pieces.exec(text); match; match = pieces.exec(text)) {
    const [piece, directive] = match;
    if (directive !== undefined) {
      depth = atDirective(directive, depth, depths);
    } else if (piece === '{') {
      const head = depth === 0 ? text.slice(begin, match.index) : '';
      // What `extern "C"` encloses stands at the top all the same.
      if (depth === 0 && /\bextern\s*"C\+*"\s*$/.test(head)) {
        begin = pieces.lastIndex;
        continue;
      }
      const name = depth === 0 ? functionName(head) : undefined;
      if (name !== undefined) functions.add(name);
      depth++;
      continue;
    } else if (piece === '}') {
      depth = Math.max(0, depth - 1);
    } else if (piece !== ';') {
      continue;
    }
    if (depth === 0) begin = pieces.lastIndex;
  }
  return { functions: [...functions], isProgram: functions.has('main') };
}

function atDirective(directive: string, depth: number, depths: number[]): number {
  if (/^(?:if|ifdef|ifndef)$/.test(directive)) {
    depths.push(depth);
  } else if (directive === 'else' || directive === 'elif') {
    return depths.at(-1) ?? depth;
  } else if (directive === 'endif') {
    depths.pop();
  }
  return depth;
}

const comments = /\/\*[\s\S]*?\*\/|\/\/[^\r\n]*/g;
/** Attributes nest two deep at most: `__attribute__((format(printf, 1, 2)))`. */
const attributes = /\b__attribute__\s*\(\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\)|\[\[[^\]]*\]\]/g;
const keywords = new Set(['if', 'for', 'while', 'switch', 'return', 'sizeof', 'struct', 'union', 'enum']);

/** The name of the function that a text heads, if other files can see it. */
function functionName(text: string): string | undefined {
  const head = text.replace(comments, ' ').replace(attributes, ' ').trimEnd();
  if (!head.endsWith(')') || /\bstatic\b/.test(head)) {
    return undefined;
  }
  const name = /\b([A-Za-z_]\w*)\s*\(/.exec(head)?.[1];
  return name === undefined || keywords.has(name) ? undefined : name;
}
