import assert from 'node:assert/strict';
import type { FrameLocator } from 'playwright-core';
import { session } from './harness/hooks';

/** How far a demo is: `{ done, steps }`. */
async function progress(panel: FrameLocator): Promise<{ done: number; steps: number }> {
  const bar = panel.getByRole('progressbar');
  const [done, steps] = await Promise.all([
    bar.getAttribute('aria-valuenow'),
    bar.getAttribute('aria-valuemax'),
  ]);
  return { done: Number(done), steps: Number(steps) };
}

async function waitForEnd(panel: FrameLocator): Promise<void> {
  await session().workbench.waitFor(
    async () => {
      const { done, steps } = await progress(panel);
      return steps > 0 && done === steps;
    },
    async () => `the end of the demo; it is at ${JSON.stringify(await progress(panel))}`,
    40_000,
  );
}

describe('a live demo', () => {
  before(async () => {
    await session().workbench.closeAllEditors();
  });

  it('opens from the palette, with nothing of its script run', async () => {
    const { workbench } = session();
    await workbench.runCommand('IPC Lens: Run Demo…');
    await workbench.pickRow('A pipe from parent to child');
    const panel = workbench.webview();
    await panel.getByRole('heading', { name: 'A pipe from parent to child' }).waitFor();
    assert.equal((await progress(panel)).done, 0);
    await workbench.screenshot('demo-opened');
  });

  it('goes one step with a key', async () => {
    const { workbench } = session();
    const panel = workbench.webview();
    await panel.getByRole('button', { name: 'Step' }).focus();
    await workbench.page.keyboard.press('Space');
    await workbench.waitFor(
      async () => (await progress(panel)).done === 1,
      () => 'the first step',
    );
    await workbench.screenshot('demo-first-step');
  });

  it('runs to its end with real processes', async () => {
    const { workbench } = session();
    const panel = workbench.webview();
    await panel.getByRole('slider').focus();
    await workbench.page.keyboard.press('End'); // The shortest pause between two steps.
    await panel.getByRole('button', { name: 'Run' }).click();
    await waitForEnd(panel);
    await workbench.screenshot('demo-ended');
  });

  it('leaves no process behind when its panel is closed', async () => {
    const { workbench, namespace } = session();
    const actors = () => namespace.processes('ipc_lens_actor');
    assert.notDeepEqual(actors(), []);
    await workbench.closeAllEditors();
    await workbench.waitFor(
      async () => actors().length === 0,
      () => `the end of the processes ${actors().join(', ')}`,
    );
  });
});
