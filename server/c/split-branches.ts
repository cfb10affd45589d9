import { isDefined, type Truth } from './conditional';

/**
 * Conditional compilation that cuts statements in two, as in `#ifdef A`, `if (a())`, `#else`, `if (b())`, `#endif`, `{ ... }`. The grammar
 * knows whole statements between the lines of such a block only, and takes what follows one for anything: the block after it for one
 * that is always run. Of these blocks the parser gets to read the branch that Linux takes, or the first, and blanks for the rest.
 */

interface Branch {
  /** The line of its directive. */
  from: number;
  /** Where the text of the branch begins. */
  start: number;
  truth: Truth;
}

interface Block {
  branches: Branch[];
  line: number;
}

/** Where a block is as long as that, somebody else has cut it into functions. */
const longest = 120;

const directive =
  /^[ \t]*#[ \t]*(?<word>if|ifdef|ifndef|elif|elifdef|elifndef|else|endif)\b(?<rest>(?:\\\r?\n|[^\r\n])*)/;

export function unsplit(text: string): string {
  if (!/^[ \t]*#[ \t]*endif\b/m.test(text)) {
    return text;
  }
  const pieces = text.split(/(?<=\n)/);
  const open: Block[] = [];
  const cuts: { from: number; to: number }[] = [];
  let at = 0;
  pieces.forEach((piece, line) => {
    const found = piece.includes('#') ? directive.exec(text.slice(at, at + piece.length + 2000)) : null;
    const end = at + piece.length;
    const { word, rest } = found?.groups ?? {};
    if (word && rest !== undefined) {
      const start = Math.max(end, at + found![0].length);
      const branch = { from: at, start, truth: truthOf(word, rest) };
      if (word.startsWith('if')) open.push({ branches: [branch], line });
      else if (word !== 'endif') open.at(-1)?.branches.push(branch);
      else {
        const block = open.pop();
        const parts = block && line - block.line <= longest ? block.branches : [];
        const texts = parts.map(({ start }, i) => uncut(text, cuts, start, parts[i + 1]?.from ?? at));
        const next = parts.length > 0 ? /^\s*(\S?)/.exec(text.slice(end, end + 200))?.[1] : undefined;
        if (texts.some((part) => isUnfinished(part, next ?? ''))) cuts.push(...leftOut(parts, at, end));
      }
    }
    at = end;
  });
  return cuts.length === 0 ? text : withBlanks(text, cuts);
}

function truthOf(word: string, rest: string): Truth {
  const name = /^\s*(?:defined\s*\(?\s*)?([A-Za-z_]\w*)\s*\)?\s*(?:\/[*/].*)?$/.exec(rest)?.[1];
  const known = name === undefined ? undefined : isDefined(name);
  switch (word) {
    case 'else':
      return true;
    case 'ifndef':
    case 'elifndef':
      return known === undefined ? undefined : !known;
    case 'ifdef':
    case 'elifdef':
      return known;
    default: {
      const number = /^\s*(\d+)\s*(?:\/[*/].*)?$/.exec(rest)?.[1];
      return number !== undefined ? Number(number) !== 0 : /\bdefined\b/.test(rest) ? known : undefined;
    }
  }
}

const quotesAndComments =
  /("(?:[^"\\\r\n]|\\[\s\S])*"|'(?:[^'\\\r\n]|\\[\s\S])*')|\/\*[\s\S]*?(?:\*\/|$)|\/\/[^\r\n]*/g;

/** A branch without what is left out of it, comments, and the lines of blocks inside it. */
function uncut(
  text: string,
  cuts: readonly { from: number; to: number }[],
  from: number,
  to: number,
): string {
  const inner = cuts.filter((cut) => cut.from >= from && cut.to <= to);
  const part = inner.reduceRight(
    (left, cut) => left.slice(0, cut.from - from) + left.slice(cut.to - from),
    text.slice(from, to),
  );
  return part
    .replace(quotesAndComments, (_, quoted?: string) => (quoted === undefined ? ' ' : '""'))
    .replace(/^[ \t]*#.*$/gm, '')
    .trim();
}

/** What is no sequence of whole statements or declarations. */
function isUnfinished(part: string, next: string): boolean {
  if (part === '') {
    return false;
  }
  let braces = 0;
  let parentheses = 0;
  for (const [sign] of part.matchAll(/[{}()]/g)) {
    if (sign === '{' || sign === '}') braces += sign === '{' ? 1 : -1;
    else parentheses += sign === '(' ? 1 : -1;
    if (braces < 0 || parentheses < 0) return true;
  }
  const cut = /^(?:else\b|&&|\|\|?)|(?:\belse|&&|\||\bdo)$/.test(part);
  return braces !== 0 || parentheses !== 0 || cut || endsInHead(part, next);
}

/** `if (...)`, or the head of a function whose body follows the block. */
function endsInHead(part: string, next: string): boolean {
  if (!part.endsWith(')')) {
    return false;
  }
  let depth = 0;
  for (let i = part.length - 1; i >= 0; i--) {
    if (part[i] === ')') depth++;
    else if (part[i] === '(' && --depth === 0) {
      return next === '{' || /\b(?:if|while|for|switch)\s*$/.test(part.slice(0, i));
    }
  }
  return false;
}

/** All of a block but the branch to be read. */
function leftOut(branches: readonly Branch[], endif: number, end: number): { from: number; to: number }[] {
  const taken = branches.findIndex(({ truth }) => truth !== false);
  return branches
    .map(({ from, start }, i) => ({ from, to: i === taken ? start : (branches[i + 1]?.from ?? endif) }))
    .concat({ from: endif, to: end });
}

function withBlanks(text: string, cuts: { from: number; to: number }[]): string {
  let result = '';
  let done = 0;
  for (const { from, to } of [...cuts].sort((a, b) => a.from - b.from || b.to - a.to)) {
    if (to <= done) continue;
    const start = Math.max(from, done);
    result += text.slice(done, start) + text.slice(start, to).replace(/[^\r\n]/g, ' ');
    done = to;
  }
  return result + text.slice(done);
}
