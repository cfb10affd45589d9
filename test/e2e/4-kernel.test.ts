import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { session } from './harness/hooks';

const view = 'Kernel Objects';

describe('the view of kernel objects', () => {
  let queue = '';

  before(async () => {
    await session().workbench.openContainer('IPC Lens');
  });

  after(async () => {
    await unmake();
    // Only what a failed test left: the test itself removes its queue.
    if (queue) await session().namespace.run('ipcrm', '-q', queue);
  });

  const makeQueue = async () => {
    const { workbench, namespace } = session();
    queue = /\d+/.exec(await namespace.run('ipcmk', '-Q', '-p', '0640'))?.[0] ?? '';
    assert.notEqual(queue, '');
    await workbench.treeRow(view, '0 messages').waitFor();
  };

  it('shows a message queue which another program makes', async () => {
    const { workbench } = session();
    await makeQueue();
    await workbench.treeRow(view, 'System V message queues').waitFor();
    await workbench.screenshot('kernel-queue');
  });

  it('tells its details', async () => {
    const { workbench } = session();
    await workbench.clickTreeRow(view, '0 messages');
    await workbench.treeRow(view, 'Largest message').waitFor();
    await workbench.screenshot('kernel-queue-details');
  });

  it('loses it when it is removed', async () => {
    const { workbench, namespace } = session();
    await namespace.run('ipcrm', '-q', queue);
    queue = '';
    await workbench.treeRow(view, '0 messages').waitFor({ state: 'detached' });
    await workbench.screenshot('kernel-queue-gone');
  });

  it('removes an object after it has asked', async () => {
    const { workbench, namespace, page } = session();
    await makeQueue();
    const row = workbench.treeRow(view, '0 messages').first();
    await row.hover();
    await row.locator('.action-label[aria-label^="Remove Kernel Object"]').click();
    const dialog = page.locator('.monaco-dialog-box');
    await dialog.filter({ hasText: 'cannot be undone' }).waitFor();
    await workbench.screenshot('kernel-remove-asks');
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await row.waitFor({ state: 'detached' });
    assert.doesNotMatch(await namespace.run('ipcs', '-q'), new RegExp(`\\s${queue}\\s`));
    queue = '';
  });

  it('opens the whole state in a panel, with processes and limits', async () => {
    const { workbench } = session();
    await makeQueue();
    await workbench.runCommand('IPC Lens: Open Kernel State');
    const panel = workbench.webview();
    await panel.getByRole('tab', { name: 'Objects' }).waitFor();
    await panel.getByPlaceholder('Filter').fill('sysv-msg');
    await panel.locator('.object', { hasText: '0 messages' }).first().click();
    await panel.locator('.detail').getByText('Largest message').waitFor();
    await workbench.screenshot('kernel-panel');
    await panel.getByRole('button', { name: 'Close details' }).click();
    await panel.getByPlaceholder('Filter').fill('');
    await panel.getByRole('tab', { name: 'Processes' }).click();
    await panel
      .locator('.object', { hasText: /waits in/ })
      .first()
      .waitFor();
    await workbench.screenshot('kernel-panel-processes');
    await panel.getByRole('tab', { name: /Limits/ }).click();
    await panel.getByText('kernel.msgmni').waitFor();
    await workbench.screenshot('kernel-panel-limits');
  });

  const options = { 'Message queue': '-q', Semaphore: '-s', 'Shared memory': '-m' } as Record<string, string>;
  let made: string[] = [];

  /** `-Q`, `-S 3`: each makes one object. */
  const make = async (...kinds: string[]) => {
    const told = await session().namespace.run('sh', '-c', kinds.map((kind) => `ipcmk ${kind}`).join(';'));
    for (const [, kind = '', id = ''] of told.matchAll(/^(.*) id: (\d+)$/gm)) made.push(options[kind]!, id);
    assert.equal(made.length >= 2 * kinds.length, true, told);
  };

  /** What `make` made goes, and nothing else. */
  const unmake = async () => {
    if (made.length > 0) await session().namespace.run('ipcrm', ...made);
    made = [];
  };

  it('says what to do when nothing fits, and shows a handful as a handful', async () => {
    const { workbench, namespace } = session();
    await namespace.run('ipcrm', '-q', queue);
    queue = '';
    const panel = workbench.webview();
    await panel.getByRole('tab', { name: 'Objects' }).click();
    await panel.getByPlaceholder('Filter').fill('sysv-');
    await panel.getByText('No object fits the filter').waitFor();
    await workbench.screenshot('kernel-panel-0');
    await make('-Q', '-Q -p 0600', '-S 3', '-M 4096', '-M 65536');
    await panel.getByText('5 objects').first().waitFor();
    await workbench.screenshot('kernel-panel-5');
  });

  it('holds still when frozen, and catches up', async () => {
    const { workbench } = session();
    const panel = workbench.webview();
    await panel.getByRole('button', { name: 'Freeze' }).click();
    await panel.getByRole('button', { name: 'Frozen' }).waitFor();
    await make('-S 7');
    await workbench.screenshot('kernel-panel-frozen');
    assert.equal(await panel.getByText('values 0, 0, 0, 0, 0, 0, 0').count(), 0);
    await panel.getByRole('button', { name: 'Frozen' }).click();
    await panel.getByText('values 0, 0, 0, 0, 0, 0, 0').waitFor();
    await panel.getByText(/\d new/).waitFor();
    await unmake();
    await panel.getByText('No object fits the filter').waitFor();
  });

  it('is worked by the keyboard alone: move, fold, look at the details', async () => {
    const { workbench, page } = session();
    await make('-Q', '-S 2');
    const panel = workbench.webview();
    await panel.getByText('2 objects').first().waitFor();
    await panel.getByPlaceholder('Filter').focus();
    const list = panel.getByRole('listbox', { name: 'Kernel objects' }).or(panel.locator('.virtual'));
    await list.first().focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await panel.locator('.detail h2').getByText('System V message queues').waitFor();
    await page.keyboard.press('End');
    await panel.locator('.detail h2').getByText('System V semaphore sets').waitFor();
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await panel.getByText('0 messages').first().waitFor({ state: 'detached' });
    await page.keyboard.press('Enter');
    await panel.getByText('0 messages').first().waitFor();
    await workbench.screenshot('kernel-panel-keyboard');
    await unmake();
  });

  it('looks into shared memory, and signals a process after it has asked', async () => {
    const { workbench, page } = session();
    const name = `/ipc-lens-e2e-${process.pid}`;
    const panel = workbench.webview();
    writeFileSync(`/dev/shm${name}`, 'words for others');
    const sleeper = spawn('sleep', ['1000'], { stdio: ['pipe', 'ignore', 'ignore'] });
    try {
      await panel.getByPlaceholder('Filter').fill(name);
      await panel.locator('.object', { hasText: name }).click();
      await panel.getByRole('button', { name: 'Look inside' }).click();
      await panel.locator('.peek pre').getByText('words for others').waitFor();
      await workbench.screenshot('kernel-panel-peek');
      await panel.getByPlaceholder('Filter').fill(`pid:${sleeper.pid}`);
      await panel.getByRole('tab', { name: 'Processes' }).click();
      await panel.locator('.object', { hasText: 'sleep' }).click();
      await panel.getByRole('button', { name: 'Send a signal' }).click();
      await workbench.pickFrom('Send a Signal', 'SIGTERM');
      const ended = new Promise((resolve) => sleeper.once('exit', (_, signal) => resolve(signal)));
      const dialog = page.locator('.monaco-dialog-box');
      const asks = dialog.getByRole('button', { name: /Send/ });
      await Promise.race([asks.waitFor(), ended]);
      if (await asks.isVisible()) await asks.click();
      assert.equal(await ended, 'SIGTERM');
    } finally {
      sleeper.kill('SIGKILL');
      rmSync(`/dev/shm${name}`, { force: true });
    }
    await panel.getByRole('tab', { name: 'Objects' }).click();
  });

  it('groups by process and by owner', async () => {
    const { workbench } = session();
    const panel = workbench.webview();
    await panel.getByPlaceholder('Filter').fill('pipe');
    await panel.getByLabel('the editor').check();
    await panel.getByLabel('Group by').selectOption('process');
    await panel
      .locator('.section-head', { hasText: /waits in/ })
      .first()
      .waitFor();
    await workbench.screenshot('kernel-panel-by-process');
    await panel.getByLabel('Group by').selectOption('owner');
    await panel.locator('.section-head', { hasText: 'you' }).first().waitFor();
    await panel.getByLabel('Group by').selectOption('facility');
    await panel.getByLabel('the editor').uncheck();
  });

  it('stays usable with hundreds of objects', async () => {
    const { workbench, namespace } = session();
    const made = await namespace.run('sh', '-c', 'for i in $(seq 500); do ipcmk -S 1; done');
    const ids = made.match(/\d+/g) ?? [];
    assert.equal(ids.length, 500);
    try {
      const panel = workbench.webview();
      await panel.getByRole('tab', { name: 'Objects' }).click();
      await panel.getByPlaceholder('Filter').fill('sysv-sem');
      await panel.getByText('500 objects').first().waitFor();
      await workbench.screenshot('kernel-panel-500');
    } finally {
      await namespace.run('ipcrm', ...ids.flatMap((id) => ['-s', id]));
    }
    await workbench.closeAllEditors();
  });
});
