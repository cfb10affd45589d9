import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { session } from './harness/hooks';

const view = 'In This Workspace';
const name = `/ipcl-board-${process.pid}`;
const program = `#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define BOARD "${name}"

int main(void) {
  int fd = shm_open(BOARD, O_CREAT | O_EXCL | O_RDWR, 0600);
  if (fd == -1) return 1;
  if (ftruncate(fd, 64) == -1) return 1;
  close(fd);
  return shm_unlink(BOARD) == -1;
}
`;

describe('the view of objects in the workspace', () => {
  const others = ['Facilities', 'Kernel Objects'];
  /** On its title: the buttons beside it appear under the pointer. */
  const fold = (title: string) =>
    session()
      .page.locator(`.pane-header[aria-label^="${title}"]`)
      .first()
      .click({ position: { x: 40, y: 10 } });
  const file = () => join(session().folder, 'right', 'board.c');

  before(async () => {
    const { workbench } = session();
    await workbench.closeAllEditors();
    await workbench.openContainer('IPC Lens');
    await workbench.runCommand('IPC Lens: Show Objects in This Workspace');
    // The list draws only the rows that are in view.
    for (const other of others) await fold(other);
  });

  after(async () => {
    const { workbench, namespace } = session();
    await workbench.closeAllEditors();
    for (const other of others) await fold(other);
    rmSync(file(), { force: true });
    await namespace.run('rm', '-f', `/dev/shm${name}`);
  });

  it('shows what the sources use, and a new source as soon as it is there', async () => {
    const { workbench } = session();
    await workbench.treeRow(view, 'System V message queue').first().waitFor();
    await workbench.treeRow(view, '/ipc-lens-counter').first().waitFor();
    writeFileSync(file(), program);
    await workbench.treeRow(view, name).first().waitFor();
    await workbench.screenshot('workspace-objects');
  });

  it('tells what exists now, and opens the lines of source', async () => {
    const { workbench, namespace } = session();
    await namespace.run('sh', '-c', `printf board > /dev/shm${name}`);
    await workbench
      .treeRow(view, new RegExp(`${name}.*exists`))
      .first()
      .waitFor();
    await workbench.clickTreeRow(view, new RegExp(`${name}.*exists`));
    await workbench.treeRow(view, 'board.c:8').first().waitFor();
    await workbench.screenshot('workspace-uses');
    await workbench.clickTreeRow(view, 'board.c:12');
    await workbench.editor('right/board.c').locator('.view-line').first().waitFor();
    await workbench.page.locator('.statusbar-item', { hasText: 'Ln 12' }).waitFor();
  });

  it('is where an object of the kernel leads to: the line that creates it', async () => {
    const { workbench, page } = session();
    await workbench.closeAllEditors();
    await workbench.runCommand('IPC Lens: Open Kernel State');
    const panel = workbench.webview();
    await panel.getByRole('tab', { name: 'Objects' }).click();
    await panel.getByPlaceholder('Filter').fill(name.slice(1));
    await panel.locator('.object', { hasText: name }).first().click();
    await panel.getByRole('button', { name: 'Go to source' }).waitFor();
    await workbench.screenshot('kernel-go-to-source');
    await panel.getByRole('button', { name: 'Go to source' }).click();
    await workbench.editor('right/board.c').locator('.view-line').first().waitFor();
    await page.locator('.statusbar-item', { hasText: 'Ln 8' }).waitFor();
    assert.match(await workbench.lineText('right/board.c', 8), /shm_open/);
  });
});
