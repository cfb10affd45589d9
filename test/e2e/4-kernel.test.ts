import assert from 'node:assert/strict';
import { session } from './harness/hooks';

const view = 'Kernel Objects';

describe('the view of kernel objects', () => {
  let queue = '';

  before(async () => {
    await session().workbench.openContainer('IPC Lens');
  });

  after(async () => {
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
