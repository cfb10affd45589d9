/** The Kernel State panel in a real browser, fed with states as the extension would. */
import assert from 'node:assert/strict';
import type { FromKernelWebview } from '../../client/kernel/messages';
import type { KernelDelta, KernelProcess, KernelRow } from '../../server/protocol';
import { chromiumPath, Harness, type PanelPage } from './harness';

const row = (id: string, more: Partial<KernelRow> = {}): KernelRow => ({
  ...{
    id,
    label: id,
    description: '3 messages',
    details: [{ label: 'Owner', value: 'ana' }],
    removable: true,
  },
  ...more,
});

const state = (rows: KernelRow[], more: Partial<KernelDelta> = {}): KernelDelta => ({
  taken: 1_000,
  whole: true,
  groups: [{ table: 'sysv-msg', facility: 'sysv-msg', title: 'Queues', changed: rows, removed: [] }],
  ...more,
});

const reader = { pid: 11, program: 'reader', role: 'reads', fds: [3], waiting: 'read' };

describe('the Kernel State panel in a browser', function () {
  this.timeout(30_000);
  let harness: Harness;
  let panel: PanelPage;

  before(async function () {
    if (!chromiumPath) this.skip();
    harness = await Harness.start('kernel');
  });
  after(() => harness?.stop());
  beforeEach(async () => {
    panel = await harness.open();
  });
  afterEach(async () => {
    assert.deepEqual(panel.problems, [], 'no errors and no warnings in the console');
    assert.deepEqual(await panel.violations(), [], 'nothing against the Content-Security-Policy');
    await panel.close();
  });

  const show = (delta: KernelDelta) => panel.post({ type: 'state', delta });
  const objects = () => panel.page.locator('.object .label').allInnerTexts();
  const eventually = async (wanted: string[]) => {
    await panel.page.waitForFunction(
      (labels) =>
        [...document.querySelectorAll('.object .label')].map((label) => label.textContent).join('|') ===
        labels,
      wanted.join('|'),
    );
  };

  it('shows objects, and what came and changed', async () => {
    await show(state([row('q1'), row('q2')]));
    await eventually(['q1', 'q2']);
    await show({
      taken: 2_000,
      groups: [
        {
          ...{ table: 'sysv-msg', facility: 'sysv-msg', title: 'Queues', removed: ['q1'] },
          changed: [row('q3')],
        },
      ],
    });
    await eventually(['q2', 'q3']);
    assert.match(await panel.page.locator('.changes').innerText(), /1 new.*1 gone/s);
    await panel.page.getByLabel('what is gone').check();
    await eventually(['q1', 'q2', 'q3']);
    await panel.page.getByRole('button', { name: 'Count changes from now on' }).click();
    assert.ok((await panel.sent<FromKernelWebview>()).some(({ type }) => type === 'mark'));
  });

  it('waits for the whole state: a change that comes before it does not make everything new', async () => {
    const group = { table: 'sysv-msg', facility: 'sysv-msg', title: 'Queues' } as const;
    await show({ taken: 500, groups: [{ ...group, removed: [], changed: [row('q9')] }] });
    await show(state([row('q1'), row('q2')]));
    await eventually(['q1', 'q2']);
    assert.match(await panel.page.locator('.changes').innerText(), /no change/);
  });

  it('filters as one types, says how much is left out, and finds the way back', async () => {
    await show(state([row('q1'), row('q2', { mine: true })]));
    await panel.page.getByPlaceholder('Filter').fill('mine');
    await eventually(['q2']);
    assert.match(await panel.page.locator('.foot').innerText(), /1 object, 1 left out/);
    await panel.page.getByPlaceholder('Filter').fill('nothing of the kind');
    await panel.page.getByRole('button', { name: 'Clear the filter' }).click();
    await eventually(['q1', 'q2']);
  });

  it('is used with the keyboard, and tells a screen reader where it is', async () => {
    await show(state([row('q1'), row('q2')]));
    const list = panel.page.getByRole('listbox');
    await list.focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown']) await panel.page.keyboard.press(key);
    await panel.page.locator('.detail h1', { hasText: 'q2' }).waitFor();
    const active = await list.getAttribute('aria-activedescendant');
    assert.match(await panel.page.locator(`#${active}`).innerText(), /q2/);
    for (const key of ['Home', 'Enter']) await panel.page.keyboard.press(key);
    await panel.page.waitForFunction(() => document.querySelectorAll('.object').length === 0);
    await panel.page.keyboard.press(' ');
    await eventually(['q1', 'q2']);
  });

  it('leads from an object to the process that waits on it, and back', async () => {
    const process: KernelProcess = {
      ...row('process:11', { label: 'reader', description: '11, waits in read on q1', removable: false }),
      ...{ pid: 11, program: 'reader', parent: 1, holds: [{ id: 'q1', role: 'reads' }] },
      waits: [{ call: 'read', on: 'q1', sentence: 'in read on q1' }],
    };
    await show(state([row('q1', { holders: [reader] })], { processes: { changed: [process], removed: [] } }));
    await panel.page.locator('.object', { hasText: 'q1' }).click();
    await panel.page.locator('.detail').getByText('waits in read').waitFor();
    await panel.page.getByRole('button', { name: 'reader (11)' }).click();
    await panel.page.locator('.detail h1', { hasText: 'reader' }).waitFor();
    await panel.page.getByRole('button', { name: 'Send a signal…' }).click();
    assert.deepEqual((await panel.sent<FromKernelWebview>()).at(-1), {
      ...{ type: 'row', action: 'signal', id: 'process:11' },
    });
    await panel.page.locator('.detail').getByRole('button', { name: 'q1' }).click();
    await panel.page.locator('.detail h1', { hasText: 'q1' }).waitFor();
  });

  it('looks inside only when asked, and shows bytes or text', async () => {
    await show(state([row('q1', { peekable: true })]));
    await panel.page.locator('.object', { hasText: 'q1' }).click();
    await panel.page.getByRole('button', { name: 'Look inside' }).click();
    assert.deepEqual((await panel.sent<FromKernelWebview>()).at(-1), { type: 'peek', id: 'q1', offset: 0 });
    const parts = [{ heading: 'type 1, 5 bytes', dump: '00000000  68 65 6c 6c 6f  |hello|', text: 'hello' }];
    await panel.post({ type: 'peeked', id: 'q1', offset: 0, result: { title: 'q1', parts } });
    await panel.page.locator('pre', { hasText: '68 65' }).waitFor();
    await panel.page.getByRole('button', { name: 'As text' }).click();
    assert.equal(await panel.page.locator('pre').innerText(), 'hello');
  });

  it('draws a deadlock, and limits that are near', async () => {
    const cycle = {
      id: 'c',
      sentence: 'Both wait.',
      steps: [
        { pid: 11, program: 'one', call: 'read', on: 'q1' },
        { pid: 12, program: 'two', call: 'read', on: 'q2' },
      ],
    };
    const limit = {
      ...{ id: 'msgmni', name: 'kernel.msgmni', meaning: 'queues', source: '/proc/sys/kernel/msgmni' },
      ...{ used: 9, most: 10, unit: 'objects' as const, near: true },
    };
    await show(state([row('q1'), row('q2')], { cycles: [cycle], limits: [limit] }));
    await panel.page.getByRole('img', { name: 'Both wait.' }).waitFor();
    await panel.page.getByRole('tab', { name: /Limits/ }).click();
    await panel.page.getByText('close to the limit').waitFor();
  });

  it('draws a few of ten thousand objects, and finds the last', async () => {
    await show(state(Array.from({ length: 10_000 }, (_, i) => row(`q${i}`))));
    await panel.page.locator('.object', { hasText: 'q0' }).first().waitFor();
    assert.ok((await objects()).length < 120, 'only what is seen is drawn');
    await panel.page.getByRole('listbox').focus();
    await panel.page.keyboard.press('End');
    await panel.page.locator('.object', { hasText: 'q9999' }).waitFor();
  });

  it('says that it is frozen, that there is nothing, and that it cannot be read', async () => {
    await show(state([]));
    await panel.page.getByText('no IPC object').waitFor();
    await panel.page.getByRole('button', { name: 'Freeze' }).click();
    assert.deepEqual((await panel.sent<FromKernelWebview>()).at(-1), { type: 'freeze', on: true });
    await panel.post({ type: 'frozen', on: true });
    await panel.page.getByRole('button', { name: 'Frozen' }).waitFor();
    await panel.post({ type: 'problem', message: 'The native part is missing.' });
    await panel.page.getByText('The native part is missing.').waitFor();
  });
});
