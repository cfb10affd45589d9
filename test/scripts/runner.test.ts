/** Whoever counts failures must not miss any: the runner of `npm test` on runs which go wrong. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMocha } from '../../scripts/lib/mocha-run.mjs';
import { closingLine, rowsOf } from '../../scripts/lib/suites.mjs';

const fixture = (name: string) => join(__dirname, 'fixtures', name);

describe('the runner of npm test', function () {
  this.timeout(20_000);
  let tmp: string;

  before(() => {
    tmp = mkdtempSync(join(tmpdir(), 'runner-'));
  });
  after(() => rmSync(tmp, { recursive: true }));

  const play = async (name: string, options = {}) => {
    const file = fixture(name);
    const result = await runMocha([file], { quiet: true, tmp, timeout: 15_000, ...options });
    const rows = rowsOf({ suite: [file] }, result, { allowEmpty: false });
    return { problem: result.problem, line: closingLine(rows) };
  };

  it('counts what passed, failed and was skipped', async () => {
    assert.deepEqual(await play('mixed.ts'), { problem: undefined, line: '1 passed, 1 failed, 1 skipped' });
  });

  it('counts a crash as a failure and keeps what passed before it', async () => {
    assert.deepEqual(await play('crash.ts'), { problem: 'it crashed (SIGKILL)', line: '1 passed, 1 failed' });
  });

  it('counts a run which does not end as a failure, and ends it', async () => {
    const { problem, line } = await play('leak.ts', { grace: 500 });
    assert.match(problem ?? '', /something was left running/);
    assert.equal(line, '1 passed, 1 failed');
  });

  it('counts a file without tests as a failure', async () => {
    assert.equal((await play('empty.ts')).line, '0 passed, 1 failed');
  });
});
