/**
 * Fixtures are C programs in test/fixtures/rules/<group>/<rule>/, named bad-*.c and good-*.c. What a rule must say
 * stands at the end of the line where it must say it:
 *
 *     if (page == NULL) // finds: handle/wrong-failure-value: MAP_FAILED
 *     // becomes: if (page == MAP_FAILED)
 *
 * After `finds:` come rule ids, separated by commas; after an id and a colon, a part of the message. `becomes:` on a line
 * of its own gives the line above it once the fixes of the file are applied.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const fixtureRoot = path.join(__dirname, '..', '..', 'fixtures', 'rules');

export interface Fixture {
  /** Relative to the fixture root: `handle/name/bad-macro.c`. */
  name: string;
  file: string;
  /** The rule whose folder it stands in. */
  rule: string;
  good: boolean;
  text: string;
}

export interface Expectation {
  line: number;
  rule: string;
  message?: string;
}

export function readFixtures(): Fixture[] {
  return readdirSync(fixtureRoot, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.c'))
    .sort()
    .map((entry) => {
      const name = entry.split(path.sep).join('/');
      const file = path.join(fixtureRoot, entry);
      return {
        name,
        file,
        rule: path.posix.dirname(name),
        good: path.posix.basename(name).startsWith('good-'),
        text: readFileSync(file, 'utf8'),
      };
    });
}

const marker = /\/\/ finds:\s*(.*)$/;
const separator = /,\s*(?=[a-z][a-z0-9-]*\/[a-z])/;

export function expectationsIn(text: string): Expectation[] {
  return text.split('\n').flatMap((content, index) => {
    const list = marker.exec(content)?.[1];
    return (list?.split(separator) ?? []).map((entry) => {
      const [, rule, message] = /^([a-z0-9-]+\/[a-z0-9-]+)(?::\s*(.*))?$/.exec(entry.trim()) ?? [];
      if (!rule) {
        throw new Error(`line ${index + 1}: cannot read the expectation "${entry}"`);
      }
      return { line: index + 1, rule, ...(message ? { message } : {}) };
    });
  });
}

/** Lines as the fixes must leave them: the line above each `becomes:`. */
export function fixedLinesIn(text: string): { line: number; becomes: string }[] {
  return text.split('\n').flatMap((content, index) => {
    const becomes = /^\s*\/\/ becomes:\s*(.*)$/.exec(content)?.[1];
    return becomes === undefined ? [] : [{ line: index, becomes: becomes.trim() }];
  });
}

/** A line without its expectation and indentation. */
export function bare(line: string): string {
  return line.replace(marker, '').trim();
}
