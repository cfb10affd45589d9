import type { Call } from '../../catalog/schema';
import { parameterTexts } from '../analysis/signature';
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

/** The call whose arguments the cursor stands in. Works on the text alone, so also while the call is being typed. */
export function signatureHelp(document: Document, offset: number): SignatureText | undefined {
  const found = openCall(document.source.text, offset);
  const call = found && document.symbols().call(found.name);
  return (
    call && { ...signatureOf(call), active: Math.min(found.argument, Math.max(0, call.params.length - 1)) }
  );
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

/** The name before the innermost open parenthesis and how many commas stand between it and the offset. */
export function openCall(text: string, offset: number): { name: string; argument: number } | undefined {
  const start = Math.max(0, offset - farthest);
  const open: { at: number; commas: number }[] = [];
  for (let i = start; i < offset; i++) {
    const char = text[i];
    if (char === '"' || char === "'") {
      i = endOfLiteral(text, i, offset);
    } else if (char === '/' && text[i + 1] === '/') {
      const end = text.indexOf('\n', i);
      i = end === -1 ? offset : end;
    } else if (char === '/' && text[i + 1] === '*') {
      const end = text.indexOf('*/', i);
      i = end === -1 ? offset : end + 1;
    } else if (char === '(') {
      open.push({ at: i, commas: 0 });
    } else if (char === ')') {
      open.pop();
    } else if (char === ',') {
      const innermost = open.at(-1);
      if (innermost) innermost.commas++;
    } else if (char === ';' || char === '{' || char === '}') {
      // Arguments do not go across statements; a compound literal is rare enough.
      open.length = 0;
    }
  }
  const innermost = open.at(-1);
  const name = innermost && /(\w+)\s*$/.exec(text.slice(Math.max(0, innermost.at - 80), innermost.at))?.[1];
  return innermost && name ? { name, argument: innermost.commas } : undefined;
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
