/**
 * `npx tsx scripts/take-pictures.ts`: takes the pictures of the README into docs/images/, from the extension in dist/ in a real
 * VS Code. Run it after `npm run build` when what people see has changed, and look at them. Needs Chromium and pngquant.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { progress } from '../test/e2e/harness/demo';
import { openSession, type Session, type ThemeKind } from '../test/e2e/harness/session';
import { packageVsix } from './lib/vsix.mjs';

const folder = path.join(__dirname, '..', 'docs', 'images');
const viewport = { width: 1400, height: 860 };
const mostBytes = 250_000;

async function take({ page }: Session, name: string): Promise<void> {
  const file = path.join(folder, `${name}.png`);
  // Fonts and icons of a view that has just opened.
  await page.waitForTimeout(1000);
  await page.screenshot({ path: file });
  execFileSync('pngquant', ['--force', '--skip-if-larger', '--ext', '.png', '--speed', '1', '128', file]);
  const { size } = statSync(file);
  if (size > mostBytes) throw new Error(`${file} has ${size} bytes, more than ${mostBytes}`);
  console.log(`${path.relative(process.cwd(), file)}: ${Math.round(size / 1000)} kB`);
}

/** The facilities without views that would take their room: the kernel's objects are those of whoever takes the pictures. */
async function openFacilities({ workbench }: Session, ...folded: string[]): Promise<void> {
  await workbench.openContainer('IPC Lens');
  for (const view of ['Kernel Objects', ...folded]) {
    const header = workbench.view(view).locator('.pane-header');
    if ((await header.getAttribute('aria-expanded')) === 'true') await header.click();
  }
}

/** A mistake and what the extension says of it. */
async function editor(session: Session): Promise<void> {
  const { workbench } = session;
  const name = 'wrong/shared-counter.c';
  const mistake = 'value == NULL';
  const before = readFileSync(path.join(session.folder, name), 'utf8').split(mistake, 1)[0]!.split('\n');
  await openFacilities(session);
  await workbench.openFile(name);
  await workbench.waitForSquiggle(name, before.length);
  await workbench.hoverText(before.length, before.at(-1)!.length + 2, 'handle/wrong-failure-value');
  await take(session, 'editor');
  await session.page.keyboard.press('Escape');
}

/** A demo after so many steps, beside the list of facilities. */
async function demo(session: Session, title: string, steps: number): Promise<void> {
  const { workbench, page, theme } = session;
  await workbench.closeAllEditors();
  await openFacilities(session, 'In This Workspace');
  await workbench.clickTreeRow('Facilities', /^Pipe(?! to)/);
  await workbench.treeRow('Facilities', title).click();
  const panel = workbench.webview();
  await panel.getByRole('heading', { name: title }).waitFor();
  const button = panel.getByRole('button', { name: 'Step' });
  for (let done = 1; done <= steps; done++) {
    await button.click();
    await workbench.waitFor(
      async () =>
        (await progress(panel)).done >= done &&
        (done === steps || (await button.getAttribute('aria-disabled')) === 'false'),
      () => `step ${done}`,
    );
  }
  await page.mouse.move(250, 17);
  await take(session, `demo-${theme}`);
}

/** The demo that is open begins anew, and all is done by hand. */
async function playground(session: Session): Promise<void> {
  const { workbench, page } = session;
  const panel = workbench.webview();
  await panel.getByRole('button', { name: 'Restart' }).click();
  await workbench.waitFor(
    async () => (await progress(panel)).done === 0,
    () => 'the demo to begin anew',
  );
  await panel.getByRole('button', { name: 'Playground' }).click();
  await panel.getByRole('button', { name: 'Leave the script' }).click();
  const form = panel.getByRole('form', { name: 'Playground' });
  const issue = async (call: string, args: Record<string, string> = {}) => {
    const before = (await progress(panel)).done;
    await form.getByLabel('call', { exact: true }).selectOption(call);
    for (const [name, text] of Object.entries(args))
      await form.getByRole('combobox', { name, exact: true }).fill(text);
    await form.getByRole('button', { name: 'Issue' }).click();
    await workbench.waitFor(
      async () => (await progress(panel)).done > before,
      () => `${call} to be issued`,
    );
  };
  await issue('pipe', { pipefd: 'fd' });
  await issue('pipe', { pipefd: 'back' });
  await issue('fork');
  await form.getByText('child 2', { exact: true }).click();
  await issue('read', { fd: 'fd[0]', buf: 'buf', count: '64' });
  await form.getByText('parent', { exact: true }).click();
  await issue('write', { fd: 'fd[1]', buf: '"question"' });
  await form.getByText('child 2', { exact: true }).click();
  await issue('write', { fd: 'back[1]', buf: '"answer"' });
  await page.mouse.move(250, 17);
  await take(session, 'playground');
}

/** Two facilities side by side. */
async function comparison(session: Session, ...names: string[]): Promise<void> {
  const { workbench, page } = session;
  await workbench.closeAllEditors();
  await workbench.runCommand('IPC Lens: Compare Facilities…');
  const picker = page.locator('.quick-input-widget:visible');
  for (const name of names) {
    await picker.locator('input[type="text"]').fill(name);
    await picker.locator('.monaco-list-row').filter({ hasText: name }).first().click();
  }
  await picker.getByRole('button', { name: 'OK' }).click();
  await workbench
    .webview()
    .getByRole('heading', { name: names.join(' and ') })
    .waitFor();
  await page.mouse.move(250, 17);
  await take(session, 'comparison');
}

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  process.env.IPC_LENS_VSIX ??= await packageVsix();
  const shots = mkdtempSync(path.join(tmpdir(), 'ipc-lens-pictures-'));
  try {
    for (const theme of ['dark', 'light'] satisfies ThemeKind[]) {
      const session = await openSession(theme, { viewport, shots });
      try {
        if (theme === 'dark') await editor(session);
        await demo(session, 'A pipe from parent to child', 7);
        if (theme !== 'dark') continue;
        await playground(session);
        await comparison(session, 'System V message queue', 'POSIX message queue');
      } finally {
        await session.close();
      }
    }
  } finally {
    rmSync(shots, { recursive: true, force: true });
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
