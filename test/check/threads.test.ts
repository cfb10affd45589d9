/** Threads of `ipc-lens check`: reports in order, and what becomes of the others when a job ends its thread. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { buildSync } from 'esbuild';
import type { Job } from '../../server/check/jobs';
import { inThreads } from '../../server/check/threads';

let folder: string;
let entry: string;
const setup = { headers: [], folders: [], sources: [] };

/** What became of the jobs, each in a line. */
async function told(files: string[], { count = 2, folders = [] as string[], together = false } = {}) {
  const jobs: Job[] = files.map((lint) => ({ lint }));
  if (together) jobs.unshift({ together: files });
  const reports = await inThreads(entry, count, jobs, { ...setup, folders });
  return reports.map(({ problems }) => problems.join().split('\n')[0]);
}

const names = (count: number) => Array.from({ length: count }, (_, i) => `f${i}`);
const done = (files: string[]) => files.map((file) => `${file} is done`);

describe('threads of the check', function () {
  this.timeout(60_000);

  // Threads run JavaScript.
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ipcl-threads-'));
    entry = path.join(folder, 'thread.js');
    const source = path.join(__dirname, 'support/thread.ts');
    buildSync({ entryPoints: [source], outfile: entry, bundle: true, platform: 'node', logLevel: 'error' });
  });
  after(() => rmSync(folder, { recursive: true }));
  afterEach(() => setFlagsFromString('--max-old-space-size=0'));

  it('report in the order of the jobs, whoever is faster', async () => {
    const files = names(40).flatMap((name, i) => (i % 9 === 0 ? ['long', name] : [name]));
    assert.deepEqual(await told(files, { count: 3 }), done(files));
    assert.deepEqual(await told(files, { together: true }), done(['together', ...files]));
    assert.deepEqual(await told(['f'], { count: 4 }), done(['f']));
  });

  for (const [file, why] of [
    ['throws', /^throws: cannot be checked: thrown on purpose$/],
    ['exits', /^exits: cannot be checked: .*its thread ended with status 7$/],
    ['memory', /^memory: cannot be checked: .*memory limit.*$/],
  ] as const)
    it(`name the job that ends them, and do all others: ${file}`, async () => {
      // For threads that begin now: their memory is soon used up.
      setFlagsFromString('--max-old-space-size=40');
      for (const count of [1, 2]) {
        const before = names(20);
        const after = [...names(9), file, 'last'];
        const lines = await told([...before, file, ...after], { count });
        const lost = lines.filter((line) => line !== undefined && why.test(line));
        assert.equal(lost.length, 2, lines.join('\n'));
        assert.match(lines[before.length] ?? '', why);
        assert.deepEqual(
          lines.filter((line) => !lost.includes(line)),
          done([...before, ...names(9), 'last']),
        );
      }
    });

  it('do a job again in a new one, where the old may have ended of what it had gathered', async () => {
    const files = ['f0', 'only first', 'f1', 'only first'];
    assert.deepEqual(await told(files, { count: 1 }), done(files));
  });

  it('fail as a whole where they cannot begin', async () => {
    await assert.rejects(told(names(30), { folders: ['none'] }), /it cannot begin/);
  });
});
