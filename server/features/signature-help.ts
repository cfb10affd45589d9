import type { Call } from '../../catalog/schema';
import { FunctionScope } from '../analysis/context';
import { parameterTexts } from '../analysis/signature';
import type { SourceFile } from '../c/source-file';
import type { Document } from '../workspace/document';
import { blockingText, failureText } from './pages';

export interface SignatureText {
  label: string;
  documentation: string;
  parameters: { label: [number, number]; documentation: string }[];
  /** The parameter that the cursor is at. */
  active: number;
}

/** How far back the open parenthesis may be. */
const farthest = 4000;

/** The call whose arguments the cursor stands in. Reads the text and not the tree, so it works while the call is being typed. */
export function signatureHelp(document: Document, offset: number): SignatureText | undefined {
  const found = openCall(document.source, offset);
  const call = found && callNamed(found.name, document, offset);
  return (
    call && { ...signatureOf(call), active: Math.min(found.argument, Math.max(0, call.params.length - 1)) }
  );
}

/** The catalogued call that a name means at a place. */
export function callNamed(name: string, document: Document, offset: number): Call | undefined {
  const file = document.symbols();
  const item = document.source.itemAt(offset)?.item;
  return item?.kind === 'function' ? new FunctionScope(file, item).call(name) : file.call(name);
}

export function signatureOf(call: Call): Omit<SignatureText, 'active'> {
  const label = call.prototype.replace(/;$/, '');
  const failure = failureText(call);
  const texts = parameterTexts(call.prototype);
  let from = label.indexOf('(');
  const parameters = call.params.map(({ role, requiredWhen }, index) => {
    const text = texts[index] ?? '...';
    const at = Math.max(0, label.indexOf(text, from));
    from = texts[index] === undefined ? from : at + text.length;
    const when = requiredWhen ? ` (${requiredWhen})` : '';
    return {
      label: [at, at + text.length] as [number, number],
      documentation: `${role.replace(/\.$/, '')}${when}`,
    };
  });
  const result = `Returns ${call.returns.success.replace(/\.$/, '')}${failure ? `; on failure ${failure}` : ''}.`;
  return { label, parameters, documentation: `${call.summary}\n\n${result} ${blockingText(call)}` };
}

interface OpenBracket {
  char: string;
  at: number;
  commas: number;
}

/** Words before a parenthesis that belong to the call around: its argument goes on inside. */
const notCalled = new Set(['sizeof', '_Alignof', 'alignof', 'typeof', '__typeof__', 'return', '']);

/** The call whose arguments an offset stands in and how many commas of it stand before the offset. */
export function openCall(source: SourceFile, offset: number): { name: string; argument: number } | undefined {
  const { text } = source;
  const open = openBrackets(text, beginning(source, offset), offset);
  for (const { char, at, commas } of open.reverse()) {
    const [, member, name = ''] = /(->|\.)?\s*(\w*)\s*$/.exec(text.slice(Math.max(0, at - 80), at)) ?? [];
    if (char === '(' && !notCalled.has(name)) {
      return member ? undefined : { name, argument: commas };
    }
  }
  return undefined;
}

/** Where to start reading so that it is not inside a comment or a literal. */
function beginning(source: SourceFile, offset: number): number {
  let start = Math.max(0, offset - farthest);
  for (let token = source.tokenAt(start); start < offset; token = source.tokenAt(start)) {
    if (token.kind !== 'comment' && !/^(?:string|char)_literal$/.test(token.parent)) {
      break;
    }
    start = Math.max(token.end, start + 1);
  }
  return Math.min(start, offset);
}

function openBrackets(text: string, start: number, offset: number): OpenBracket[] {
  let open: OpenBracket[] = [];
  for (let i = start; i < offset; i++) {
    const char = text[i]!;
    if (char === '"' || char === "'") {
      i = endOfLiteral(text, i, offset);
    } else if (char === '/' && text[i + 1] === '/') {
      const end = text.indexOf('\n', i);
      i = end === -1 ? offset : end;
    } else if (char === '/' && text[i + 1] === '*') {
      const end = text.indexOf('*/', i + 2);
      i = end === -1 ? offset : end + 1;
    } else if (char === '(' || char === '[' || (char === '{' && beginsValue(text, i, open))) {
      open.push({ char, at: i, commas: 0 });
    } else if (char === ')' || char === ']' || (char === '}' && open.at(-1)?.char === '{')) {
      open.pop();
    } else if (char === ',') {
      const innermost = open.at(-1);
      if (innermost) innermost.commas++;
    } else if (char === ';' || char === '{' || char === '}') {
      // Arguments do not go across statements.
      open = [];
    }
  }
  return open;
}

/** Whether a brace begins the value of a compound literal, or of a member in one, rather than a block. */
function beginsValue(text: string, at: number, open: readonly OpenBracket[]): boolean {
  const before = /\S(?=\s*$)/.exec(text.slice(Math.max(0, at - 80), at))?.[0] ?? '';
  const inside = open.at(-1)?.char;
  return (
    inside !== undefined && (before === ')' || before === '=' || (inside === '{' && /[,{]/.test(before)))
  );
}

/** The index of the closing quote, or of the line's end for a literal left open. */
function endOfLiteral(text: string, at: number, limit: number): number {
  const quote = text[at];
  for (let i = at + 1; i < limit; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === quote || text[i] === '\n') return i;
  }
  return limit;
}
