import assert from 'node:assert/strict';
import { probes } from './support';

/** Each entry: what it shows, the statements, the probes. */
export type Case = [what: string, body: string, expected: string[]];

export function check(cases: Case[]): void {
  for (const [what, body, expected] of cases) {
    it(what, () => assert.deepEqual(probes(body), expected));
  }
}
