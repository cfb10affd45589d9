import assert from 'node:assert/strict';
import { progress, runToEnd } from './harness/demo';
import { session } from './harness/hooks';

describe('a live demo', () => {
  before(async () => {
    await session().workbench.closeAllEditors();
  });

  it('opens from the palette, with nothing of its script run', async () => {
    const { workbench } = session();
    await workbench.runCommand('IPC Lens: Run Demo…');
    await workbench.pickFrom('Run Demo', 'A pipe from parent to child');
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
    await runToEnd(workbench);
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
