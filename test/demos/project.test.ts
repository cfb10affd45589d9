/** Every scenario as a C project: it builds with make, without a warning, and says how it is used. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createDemos } from '../../server/demos';
import { withUsualFigures } from '../../server/demos/figures';
import { scenarios } from '../../server/demos/registry';
import { linux } from './support';

const run = promisify(execFile);

describe('a demo as a C project', function () {
  this.timeout(60_000);
  const demos = createDemos({ actorPath: { problem: 'Nothing is played here.' }, onChanged() {} });
  let directory: string;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'ipc-lens-project-'));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('refuses what does not exist', () => {
    assert.throws(() => demos.project('pipe/none'), /There is no demo named pipe\/none/);
    assert.throws(() => demos.project('pipe/exchange', 'demo-7'), /has been closed/);
  });

  for (const scenario of scenarios) {
    (linux ? it : it.skip)(`${scenario.id} builds with make`, async () => {
      const project = demos.project(scenario.id);
      const folder = join(directory, project.name);
      mkdirSync(folder);
      for (const { path, text } of project.files) {
        assert.match(path, /^[\w.-]+$/, 'plain names only');
        writeFileSync(join(folder, path), text);
      }
      const { stderr } = await run('make', [
        '-C',
        folder,
        'CFLAGS=-std=gnu17 -Wall -Wextra -Werror -pthread',
      ]);
      assert.equal(stderr, '');
      const programs = project.files
        .filter(({ path }) => path.endsWith('.c'))
        .map(({ path }) => path.slice(0, -2));
      const readme = project.files.find(({ path }) => path === 'README.md')!.text;
      for (const program of programs) {
        assert.ok(existsSync(join(folder, program)), program);
        assert.ok(readme.includes(`./${program}\n`), `the README runs ${program}`);
      }
      assert.ok(
        readme.startsWith(`# ${scenario.title}\n`) && readme.includes(withUsualFigures(scenario.conclusion)),
      );
      await run('make', ['-C', folder, 'clean']);
      for (const program of programs) assert.ok(!existsSync(join(folder, program)), program);
    });
  }
});
