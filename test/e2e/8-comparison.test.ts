import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { session } from './harness/hooks';

describe('the comparison of facilities', () => {
  before(async () => {
    await session().workbench.closeAllEditors();
  });
  after(async () => {
    await session().workbench.closeAllEditors();
  });

  it('is made from the palette, with what this machine shows for limits', async () => {
    const { workbench } = session();
    await workbench.runCommand('IPC Lens: Compare Facilities…');
    const picker = workbench.page.locator('.quick-input-widget:visible');
    for (const name of ['Pipe', 'System V message queue']) {
      await picker.locator('input[type="text"]').fill(name);
      await picker.locator('.monaco-list-row').filter({ hasText: name }).first().click();
    }
    await picker.getByRole('button', { name: 'OK' }).click();
    const page = workbench.webview();
    await page.getByRole('heading', { name: 'Pipe and System V message queue' }).waitFor();
    const limit = page.getByRole('row', { name: /^pipe-max-size/ });
    const now = readFileSync('/proc/sys/fs/pipe-max-size', 'utf8').trim();
    assert.match(await limit.innerText(), new RegExp(`here now: ${now}`));
    await workbench.screenshot('comparison');
    await page.getByLabel('Only what differs').check();
    assert.equal(await page.locator('tr.same').count(), 0);
  });
});
