import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CompareState, FromCompareWebview } from '../../client/compare/messages';
import { scenarios } from '../../server/demos/registry';
import { summaryOf } from '../../server/demos/session';
import { compare } from '../../server/features/comparison';
import type { FacilityId } from '../../server/protocol';
import { chromiumPath, Harness, type PanelPage } from './harness';
import type { ThemeName } from './themes';

const contrast = readFileSync(join(__dirname, 'contrast.js'), 'utf8').replace(/;\s*$/, '');
const list = scenarios.map(summaryOf);
const of = (...ids: FacilityId[]) => ({
  type: 'comparison',
  view: compare(ids, list, ({ shownAt }) => (shownAt?.startsWith('/proc/sys') ? '1048576' : undefined)),
});

describe('the comparison in a browser', function () {
  this.timeout(60_000);
  let harness: Harness;
  let panel: PanelPage;

  before(async function () {
    if (!chromiumPath) this.skip();
    harness = await Harness.start('compare');
  });
  after(() => harness?.stop());
  beforeEach(async () => {
    panel = await harness.open();
    await panel.post(of('pipe', 'fifo'));
    await panel.page.getByRole('table').waitFor();
  });
  afterEach(async () => {
    assert.deepEqual(panel.problems, []);
    assert.deepEqual(await panel.violations(), []);
    await panel.close();
  });

  const sent = () => panel.sent<FromCompareWebview>();
  const row = (name: string | RegExp) => panel.page.getByRole('row', { name });

  it('shows columns with their heads, and marks in words what differs', async () => {
    const heads = await panel.page.getByRole('columnheader').allInnerTexts();
    assert.match(heads[0]!, /^Pipe/);
    assert.match(await row(/^Open to/).innerText(), /differs[\s\S]*Related processes[\s\S]*Any process/);
    assert.match(await row(/^Kind/).innerText(), /the same/);
    assert.match(await row(/^pipe-max-size/).innerText(), /here now: 1048576/);
    await panel.page.getByRole('heading', { name: 'Pipe and FIFO' }).waitFor();
  });

  it('hides what is the same, by keyboard, and keeps that', async () => {
    await panel.page.keyboard.press('Tab');
    await panel.page.keyboard.press('Space');
    assert.equal(await row(/^Kind/).count(), 0);
    assert.equal(await row(/^Open to/).count(), 1);
    assert.deepEqual((await panel.kept()) as CompareState, { ids: ['pipe', 'fifo'], onlyDifferences: true });
  });

  it('changes, adds and takes away columns', async () => {
    await panel.page.getByLabel('Column 2').selectOption('posix-mq');
    await panel.page.getByLabel('Column 1').selectOption('fifo');
    await panel.page.getByLabel('Add a facility').selectOption('eventfd');
    await panel.post(of('pipe', 'fifo', 'eventfd'));
    await panel.page.getByRole('button', { name: 'Take Pipe away' }).click();
    assert.deepEqual(
      (await sent()).flatMap((message) => (message.type === 'choose' ? [message.ids] : [])),
      [
        ['pipe', 'posix-mq'],
        ['fifo', 'pipe'],
        ['pipe', 'fifo', 'eventfd'],
        ['fifo', 'eventfd'],
      ],
    );
    await panel.post(of('pipe', 'fifo', 'eventfd', 'signal'));
    await panel.page.getByLabel('Column 4').waitFor();
    assert.equal(await panel.page.getByLabel('Add a facility').count(), 0, 'four are the most');
  });

  it('leads to pages and demos', async () => {
    await panel.page.getByRole('button', { name: 'Read about FIFO' }).click();
    await panel.page.getByRole('button', { name: 'A pipe from parent to child' }).click();
    assert.deepEqual((await sent()).slice(1), [
      { type: 'explain', id: 'fifo' },
      { type: 'demo', scenario: 'pipe/exchange' },
    ]);
  });

  for (const theme of ['dark', 'light', 'contrast'] as ThemeName[]) {
    it(`can be read at every width, ${theme}`, async () => {
      for (const width of [800, 1200, 1600]) {
        const other = await harness.open({ theme, width });
        await other.post(
          of('sysv-sem', 'posix-sem-named', ...(width === 1600 ? (['eventfd'] as const) : [])),
        );
        await other.page.getByRole('table').waitFor();
        assert.deepEqual(await other.page.evaluate(`(${contrast})(4.5)`), [], `${width}`);
        const wide = await other.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${width}: ${wide} px too wide`);
        await other.close();
      }
    });
  }
});
