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
  const all: { line?: number; rules: string[] }[] = [];
  if (text.includes('ipc-lens-disable')) {
    for (const match of text.matchAll(pattern)) {
      const rules = ruleIds(match[2] ?? '');
      const line = lineOf(match.index);
      if (match[1] === '-next-line') all.push({ line: line + 1, rules });
      else if (match[1] === '-line') all.push({ line, rules });
      else all.push({ rules });
    }
  }
  return {
    covers: (rule, line) =>
      all.some(
        (s) => (s.line === undefined || s.line === line) && (s.rules.length === 0 || s.rules.includes(rule)),
      ),
  };
}

function ruleIds(rest: string): string[] {
  const list = rest.replace(/\*\/.*$/, '').split(/(?:^|\s)--(?:\s|$)/)[0] ?? '';
  return list.split(/[\s,]+/).filter((id) => id !== '');
}
