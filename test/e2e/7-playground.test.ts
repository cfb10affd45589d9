import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { progress } from './harness/demo';
import { session } from './harness/hooks';

describe('a demo by hand', () => {
  before(async () => {
    const { workbench } = session();
    await workbench.closeAllEditors();
    await workbench.runCommand('IPC Lens: Run Demo…');
    await workbench.pickFrom('Run Demo', 'A pipe from parent to child');
    await workbench.webview().getByRole('heading', { name: 'A pipe from parent to child' }).waitFor();
  });
  after(async () => {
    await session().workbench.closeAllEditors();
  });

  const panel = () => session().workbench.webview();
  const form = () => panel().getByRole('form', { name: 'Playground' });
  const issue = async (call: string, args: Record<string, string> = {}) => {
    const { workbench } = session();
    const before = (await progress(panel())).done;
    await form().getByLabel('call', { exact: true }).selectOption(call);
    for (const [name, text] of Object.entries(args))
      await form().getByRole('combobox', { name, exact: true }).fill(text);
    await form().getByRole('button', { name: 'Issue' }).click();
    await workbench.waitFor(
      async () => (await progress(panel())).done > before,
      () => `${call} to be issued`,
    );
  };

  it('issues calls in a process, and explains what came of them', async () => {
    const { workbench } = session();
    await panel().getByRole('button', { name: 'Playground' }).click();
    await form().waitFor();
    await issue('pipe', { pipefd: 'fd' });
    await issue('write', { fd: 'fd[1]', buf: '"by hand"' });
    await panel().getByText('by hand', { exact: true }).first().waitFor();
    await issue('fork');
    await form().getByText('child 2', { exact: true }).click();
    await issue('read', { fd: 'fd[0]', buf: 'buf', count: '64' });
    await panel().getByText('returned 7: "by hand"').first().waitFor();
    await workbench.screenshot('playground');
  });

  it('refuses nonsense at the field, with what is accepted', async () => {
    const { workbench } = session();
    await form().getByLabel('call', { exact: true }).selectOption('read');
    await form().getByRole('combobox', { name: 'fd', exact: true }).fill('fd[7]');
    await form().getByRole('button', { name: 'Issue' }).click();
    await panel()
      .getByRole('alert')
      .getByText(/has no variable “fd\[7\]”.*Give a number.*fd\[0\]/)
      .waitFor();
    await workbench.screenshot('playground-refused');
  });

  it('shows the end of a process that is killed, and goes on', async () => {
    await form().getByRole('button', { name: 'Kill child 2' }).click();
    await panel().getByText('killed by SIGKILL', { exact: true }).first().waitFor();
    await form().getByText('parent', { exact: true }).click();
    await issue('getpid');
  });

  it('is where it was after a reload of the window', async function () {
    // A new extension host and a new server: on a busy machine that takes its time.
    this.timeout(150_000);
    const { workbench } = session();
    const before = await progress(panel());
    await workbench.reloadWindow();
    await panel().getByRole('heading', { name: 'A pipe from parent to child' }).waitFor({ timeout: 60_000 });
    await workbench.waitFor(
      async () => JSON.stringify(await progress(panel())) === JSON.stringify(before),
      async () =>
        `the demo to be where it was, ${JSON.stringify(before)}; it is at ${JSON.stringify(await progress(panel()))}`,
      60_000,
    );
    await panel().getByText('killed by SIGKILL', { exact: true }).first().waitFor();
    await workbench.screenshot('playground-after-reload');
  });

  it('becomes a C project in a folder that one chooses, and overwrites nothing unasked', async () => {
    const { workbench, folder } = session();
    const { page } = workbench;
    const place = join(folder, 'taken-away');
    mkdirSync(join(place, 'pipe-exchange'), { recursive: true });
    writeFileSync(join(place, 'pipe-exchange', 'Makefile'), 'mine');
    await panel().getByRole('button', { name: 'Open as a C project' }).click();
    const dialogue = page.locator('.quick-input-widget:visible');
    const path = dialogue.locator('input[type="text"]');
    const rows = dialogue.locator('.monaco-list-row');
    // It writes where it begins into the field by itself, and lists that folder.
    await rows.filter({ hasText: 'taken-away' }).waitFor();
    await path.fill(`${place}/`);
    await rows.filter({ hasText: 'pipe-exchange' }).waitFor();
    await dialogue.getByRole('button', { name: 'Make the Project Here' }).click();
    const question = page.locator('.monaco-dialog-box');
    await question.getByText('Makefile').first().waitFor();
    await question.getByRole('button', { name: 'Make Another Folder' }).click();
    await workbench.editor('pipe-exchange-2/pipe-exchange.c').locator('.view-line').first().waitFor();
    assert.equal(readFileSync(join(place, 'pipe-exchange', 'Makefile'), 'utf8'), 'mine');
    assert.deepEqual(readdirSync(join(place, 'pipe-exchange-2')).sort(), [
      'Makefile',
      'README.md',
      'pipe-exchange.c',
    ]);
    assert.match(readFileSync(join(place, 'pipe-exchange-2', 'pipe-exchange.c'), 'utf8'), /"by hand", 7/);
    assert.ok(!existsSync(join(place, 'pipe-exchange', 'README.md')));
    await workbench.screenshot('c-project');
  });
});
