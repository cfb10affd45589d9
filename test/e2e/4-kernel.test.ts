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

  it('shows a message queue which another program makes', async () => {
    const { workbench, namespace } = session();
    queue = /\d+/.exec(await namespace.run('ipcmk', '-Q', '-p', '0640'))?.[0] ?? '';
    assert.notEqual(queue, '');
    await workbench.treeRow(view, 'System V message queues').waitFor();
    await workbench.treeRow(view, '0 messages').waitFor();
    await workbench.screenshot('kernel-queue');
  });

  it('loses it when it is removed', async () => {
    const { workbench, namespace } = session();
    await namespace.run('ipcrm', '-q', queue);
    queue = '';
    await workbench.treeRow(view, '0 messages').waitFor({ state: 'detached' });
    await workbench.screenshot('kernel-queue-gone');
  });
});
