import { nearestRule, unknownRule } from './known-ids';
import type { PlacedFinding } from './placing';

/**
 * Comments that silence findings:
 * `// ipc-lens-disable-next-line rule-id, other-id -- reason`, `// ipc-lens-disable-line rule-id`, and, for the whole
 * file wherever it stands, `/* ipc-lens-disable rule-id *\/`. Without an id they silence every rule.
 */
export interface Suppressions {
  /** True when a finding of the rule on this zero-based line is silenced. */
  covers(rule: string, line: number): boolean;
}

const pattern = /(?:\/\/|\/\*)[ \t]*ipc-lens-disable(-next-line|-line)?(?![-\w])[ \t]*([^\r\n]*)/g;

/** Reads the comments of a text. `lineOf` gives the line of an offset. */
export function suppressionsIn(text: string, lineOf: (offset: number) => number): Suppressions {
  const all = commentsIn(text).map(({ reach, words, at }) => {
    const rules = words.map(({ text: id }) => id);
    const line = reach === undefined ? undefined : lineOf(at) + (reach === '-next-line' ? 1 : 0);
    return { rules, ...(line === undefined ? {} : { line }) };
  });
  return {
    covers: (rule, line) =>
      all.some(
        (s) => (s.line === undefined || s.line === line) && (s.rules.length === 0 || s.rules.includes(rule)),
      ),
  };
}

interface Word {
  text: string;
  start: number;
  end: number;
}

interface Comment {
  /** `-next-line`, `-line`, or the whole file. */
  reach: string | undefined;
  words: Word[];
  at: number;
}

function commentsIn(text: string): Comment[] {
  if (!text.includes('ipc-lens-disable')) {
    return [];
  }
  return [...text.matchAll(pattern)].map((match) => {
    const rest = match[2] ?? '';
    const start = match.index + match[0].length - rest.length;
    return { reach: match[1], words: wordsOf(rest, start), at: match.index };
  });
}

/** The ids: what stands before the end of the comment, or before the reason. */
function wordsOf(rest: string, start: number): Word[] {
  const list = rest.replace(/\*\/.*$/, '').split(/(?:^|\s)--(?:\s|$)/)[0] ?? '';
  return [...list.matchAll(/[^\s,]+/g)].map(({ 0: word, index }) => ({
    text: word,
    start: start + index,
    end: start + index + word.length,
  }));
}

/** The name under which a comment itself is reported; no rule, for nothing in the program is wrong. */
export const unknownIdCode = 'ipc-lens/unknown-rule';

/** What is wrong with the comments of a text: ids that no rule has, which therefore silence nothing. */
export function unknownIdsIn(text: string, lineOf: (offset: number) => number): PlacedFinding[] {
  const suppressions = suppressionsIn(text, lineOf);
  return commentsIn(text)
    .flatMap(({ words }) => faultsOf(words))
    .filter(({ span }) => !suppressions.covers(unknownIdCode, lineOf(span.start)));
}

function faultsOf(words: readonly Word[]): PlacedFinding[] {
  // After the ids, words that cannot be one are a reason without its mark.
  const reason = words.findIndex(({ text }) => !text.includes('/') && nearestRule(text) === undefined);
  const ids = reason < 0 ? words : words.slice(0, reason);
  const found = ids.flatMap(({ text, start, end }) => {
    const message = unknownRule(text, false);
    const meant = nearestRule(text);
    const fix =
      meant === undefined
        ? undefined
        : { title: `Write ${meant}`, edits: [{ span: { start, end }, text: meant }] };
    return message === undefined ? [] : [finding({ start, end }, message, fix)];
  });
  const [first, last] = [words[reason], words.at(-1)];
  if (!first || !last) {
    return found;
  }
  const message = `"${first.text}" is no rule: what comes behind the ids is taken for more of them. Put \`--\` before the reason.`;
  const fix = {
    title: 'Put -- before the reason',
    edits: [{ span: { start: first.start, end: first.start }, text: '-- ' }],
  };
  // Without an id in front of it, the mark would make the comment silence everything.
  return [...found, finding({ start: first.start, end: last.end }, message, reason > 0 ? fix : undefined)];
}

function finding(
  span: PlacedFinding['span'],
  message: string,
  fix: PlacedFinding['fix'] | undefined,
): PlacedFinding {
  return { rule: unknownIdCode, severity: 'warning', span, message, related: [], ...(fix ? { fix } : {}) };
}
