import { calls, constantGroups, errnos, facilities, types } from '../../catalog';
import type { Call } from '../../catalog/schema';
import { parameterTexts } from '../analysis/signature';
import type { Document } from '../workspace/document';
import { homeOf } from './facility-of';
import { callText } from './hover';
import { callNamed, openCall } from './signature-help';

export interface CompletionEntry {
  label: string;
  kind: 'function' | 'constant' | 'type';
  /** Beside the label. */
  detail: string;
  /** A snippet with a place for each argument; absent where the label is the text. */
  snippet?: string;
  /** Entries with a lower rank come first. */
  rank: number;
}

/** Completions at an offset: nothing inside comments, strings, includes, numbers and member names. */
export function completions(document: Document, offset: number): CompletionEntry[] {
  const { text } = document.source;
  const word = /\w*$/.exec(text.slice(Math.max(0, offset - 80), offset))?.[0] ?? '';
  const start = offset - word.length;
  if (/^\d/.test(word) || isMember(document, start) || !isCode(document, start)) {
    return [];
  }
  // In front of a parenthesis that is there already, only the name.
  const called = /^\w*\s*\(/.test(text.slice(offset, offset + 80));
  const preferred = preferredConstants(document, offset);
  return all().map((entry) => {
    const rank = preferred.has(entry.label) ? 0 : entry.rank;
    const { snippet: _, ...name } = entry;
    return called ? { ...name, rank } : { ...entry, rank };
  });
}

function isMember({ source }: Document, start: number): boolean {
  const operator = /(?:->|\.)\s*$/.exec(source.text.slice(Math.max(0, start - 200), start));
  return operator !== null && source.tokenAt(start - operator[0].length).kind !== 'comment';
}

/** Whether an offset lies outside comments, literals and includes, closed or still open at the line's end. */
function isCode({ source }: Document, offset: number): boolean {
  const { text, lines } = source;
  const { line } = lines.position(offset);
  const lineStart = lines.offset({ line, character: 0 });
  if (/^[ \t]*#[ \t]*include\b/.test(text.slice(lineStart, offset))) {
    return false;
  }
  const first = source.tokenAt(lineStart);
  if (first.kind === 'comment' && first.start < lineStart && offset < first.end) {
    return false;
  }
  const from = first.kind === 'comment' && first.start < lineStart ? first.end : lineStart;
  return scan(text, from, offset);
}

/** Walks over whole literals and comments; false when one of them is open at the end. */
function scan(text: string, from: number, to: number): boolean {
  let rest = text.slice(from, to);
  for (;;) {
    const opening = /["']|\/[/*]/.exec(rest);
    if (!opening) {
      return true;
    }
    const closing = { '"': /^(?:\\.|[^"\\])*"/s, "'": /^(?:\\.|[^'\\])*'/s, '/*': /^.*?\*\//s, '//': /(?!)/ }[
      opening[0] as '"'
    ].exec(rest.slice(opening.index + opening[0].length));
    if (!closing) {
      return false;
    }
    rest = rest.slice(opening.index + opening[0].length + closing[0].length);
  }
}

/** The documentation of an entry, made only when somebody looks at it. */
export function describe(label: string): string | undefined {
  const call = calls.get(label)?.record;
  if (call) {
    return callText(call, {});
  }
  const constant = [...constantGroups.values()]
    .flatMap(({ record }) => record.constants)
    .find(({ name }) => name === label);
  return (
    constant?.meaning ??
    errnos.find(({ name }) => name === label)?.meaning ??
    types.get(label)?.record.meaning
  );
}

/** The constants of the group that the argument under the cursor takes. */
function preferredConstants(document: Document, offset: number): Set<string> {
  const found = openCall(document.source, offset);
  const call = found && callNamed(found.name, document, offset);
  const literal = found && call?.params[found.argument]?.literal;
  const group =
    literal?.kind === 'flags' || literal?.kind === 'one-of'
      ? literal.group
      : literal?.kind === 'signal'
        ? 'signals'
        : literal?.kind === 'mode'
          ? 'mode-bits'
          : undefined;
  const constants = group === undefined ? [] : (constantGroups.get(group)?.record.constants ?? []);
  return new Set(constants.map(({ name }) => name));
}

let entries: CompletionEntry[] | undefined;

function all(): CompletionEntry[] {
  entries ??= [
    ...[...calls.values()].map(({ record }) => callEntry(record)),
    ...constantEntries(),
    ...[...types.values()].map(({ record }) => ({
      label: record.name,
      kind: 'type' as const,
      detail: record.declared === false ? 'declared by the program' : `<${record.header}>`,
      rank: 3,
    })),
  ];
  return entries;
}

function callEntry(call: Call): CompletionEntry {
  const home = homeOf(call);
  const names = parameterTexts(call.prototype).map(
    (_, index) => call.params[index]?.name ?? `arg${index + 1}`,
  );
  const places = names.map((name, index) => `\${${index + 1}:${name}}`).join(', ');
  return {
    label: call.name,
    kind: 'function',
    detail: home ? (facilities.get(home)?.title ?? '') : `<${call.headers.at(-1) ?? ''}>`,
    snippet: `${call.name}(${places})`,
    rank: call.obsoleteFor ? 4 : 1,
  };
}

function constantEntries(): CompletionEntry[] {
  const found = new Map<string, CompletionEntry>();
  for (const { record } of constantGroups.values()) {
    for (const { name } of record.constants) {
      if (!found.has(name)) found.set(name, { label: name, kind: 'constant', detail: record.title, rank: 2 });
    }
  }
  for (const { name } of errnos) {
    if (!found.has(name)) found.set(name, { label: name, kind: 'constant', detail: 'Error number', rank: 3 });
  }
  return [...found.values()];
}
