import { runToEnd } from './harness/demo';
import { session } from './harness/hooks';

const view = 'Facilities';
const pitfall = 'The reader that never sees end-of-file';

describe('the view of facilities', () => {
  before(async () => {
    const { workbench } = session();
    await workbench.closeAllEditors();
    await workbench.openContainer('IPC Lens');
  });

  after(async () => {
    await session().workbench.closeAllEditors();
  });

  it('plays a pitfall which it lists under its facility', async () => {
    const { workbench } = session();
    await workbench.clickTreeRow(view, /^Pipe(?! to)/);
    await workbench.treeRow(view, pitfall).waitFor();
    await workbench.screenshot('facilities');
    await workbench.clickTreeRow(view, pitfall);
    await workbench.webview().getByRole('heading', { name: pitfall }).waitFor();
    await runToEnd(workbench);
    await workbench.screenshot('pitfall-ended');
  });

  it('explains a facility on a page', async () => {
    const { workbench } = session();
    await workbench.closeAllEditors();
    await workbench.runCommand('IPC Lens: Explain Facility…');
    await workbench.pickFrom('Explain Facility', 'System V message queue');
    await workbench.webview().getByRole('heading', { name: 'System V message queue' }).first().waitFor();
    await workbench.screenshot('explained');
  });
});
