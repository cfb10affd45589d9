import { session } from './harness/hooks';

describe('the extension in VS Code', () => {
  it('shows its views', async () => {
    const { workbench } = session();
    await workbench.screenshot('start');
    await workbench.openContainer('IPC Lens');
    await workbench.view('Facilities').waitFor();
    await workbench.view('Kernel Objects').waitFor();
    await workbench.screenshot('views');
  });
});
