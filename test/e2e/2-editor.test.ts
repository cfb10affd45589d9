import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { session } from './harness/hooks';

const right = 'right/job-queue.c';
const wrong = 'wrong/job-queue.c';
const cli = resolve(__dirname, '../../dist/cli.js');

/** The lines on which the command line finds something: the editor must show the same. */
function linesFound(path: string): number[] {
  const args = [cli, 'check', '--format', 'json', path];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.ok(status === 0 || status === 1, `the command line ended with ${status}: ${stderr}`);
  const { findings } = JSON.parse(stdout) as { findings: { line: number }[] };
  return [...new Set(findings.map(({ line }) => line))].sort((a, b) => a - b);
}

/** Where a piece of text begins in a file: { line, column }, from 1. */
function placeOf(path: string, text: string): { line: number; column: number } {
  const before = readFileSync(path, 'utf8').split(text, 1)[0]!.split('\n');
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

describe('a C file in the editor', () => {
  const fileOf = (name: string) => join(session().folder, name);

  before(async () => {
    await session().workbench.openFile(right);
  });

  it('has squiggles on the lines of its mistakes and on no other', async () => {
    const { workbench } = session();
    const mistake = placeOf(fileOf(wrong), 'msgget(IPC_PRIVATE');
    const expected = linesFound(fileOf(wrong));
    assert.ok(expected.includes(mistake.line), `${expected} without ${mistake.line}`);
    await workbench.openFile(wrong);
    await workbench.waitFor(
      async () => {
        const lines = (await workbench.squiggles(wrong)).map(({ line }) => line);
        return JSON.stringify([...new Set(lines)].sort((a, b) => a - b)) === JSON.stringify(expected);
      },
      async () => `squiggles on ${expected}; there are ${JSON.stringify(await workbench.squiggles(wrong))}`,
    );
    await workbench.screenshot('squiggles');
  });

  it('has none when it is right', async () => {
    const { workbench } = session();
    assert.deepEqual(linesFound(fileOf(right)), []);
    // It was opened before the other one, whose findings have been told by now.
    await workbench.openFile(right);
    assert.deepEqual(await workbench.squiggles(right), []);
    await workbench.screenshot('no-squiggles');
  });

  it('explains a call and the mistake in it on hover', async () => {
    const { workbench } = session();
    await workbench.openFile(wrong);
    const { line, column } = placeOf(fileOf(wrong), 'msgsnd(queue');
    const text = await workbench.hoverText(line, column + 2, 'EAGAIN');
    assert.match(text, /msgsnd/);
    await workbench.screenshot('hover-on-call');
    const mistake = placeOf(fileOf(wrong), 'sizeof(job), 0)');
    await workbench.hoverText(mistake.line, mistake.column + 2, 'sysv-msg/size-includes-type');
    await workbench.screenshot('hover-on-mistake');
  });

  it('tells with the places of its story what another process does to a helper', async () => {
    const { workbench } = session();
    const name = 'wrong/pipe.c';
    await workbench.openFile(name);
    const { line, column } = placeOf(fileOf(name), 'read(from');
    await workbench.waitForSquiggle(name, line, 'error');
    const text = await workbench.problemText(line, column, 'leads there with this call');
    assert.match(text, /the child still holds the write end/);
    assert.match(text, /From here on both processes hold both ends/);
    await workbench.screenshot('story-of-a-mistake');
    await workbench.page.keyboard.press('Escape');
  });

  it('is mended by a quick fix', async () => {
    const { workbench } = session();
    await workbench.openFile(wrong);
    const { line, column } = placeOf(fileOf(wrong), 'sizeof(job), 0)');
    await workbench.openQuickFixes(line, column + 2);
    await workbench.screenshot('quick-fixes');
    await workbench.applyQuickFix('Leave the message type out of the size');
    await workbench.waitForNoSquiggle(wrong, line);
    assert.match(await workbench.lineText(wrong, line), /sizeof\(job\) - sizeof\(long\)/);
    await workbench.screenshot('quick-fix-applied');
  });
});
