import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PanelState } from '../../client/panel/messages';
import type { DemoView, PlaygroundOffer } from '../../server/protocol';
import { pipeExchange } from './fixtures/pipe-exchange';
import { chromiumPath, Harness, type PanelPage } from './harness';
import type { ThemeName } from './themes';

const contrast = readFileSync(join(__dirname, 'contrast.js'), 'utf8').replace(/;\s*$/, '');

const offer: PlaygroundOffer = {
  calls: [
    {
      name: 'open',
      title: 'open',
      group: 'subject',
      summary: 'Opens a file; `flags` say how.',
      returns: 'the descriptor',
      into: 'fd',
      parameters: [
        {
          name: 'pathname',
          role: 'the name',
          kind: 'text',
          initial: '"letters"',
          examples: ['"requests"'],
          choices: [],
        },
        {
          name: 'flags',
          role: 'how',
          kind: 'number',
          combine: true,
          initial: 'O_RDONLY',
          examples: [],
          choices: [
            { text: 'O_RDONLY', meaning: 'To read.' },
            { text: 'O_CREAT', meaning: 'Makes it when it is missing.' },
            { text: 'O_RDWR', meaning: 'Both ways.' },
          ],
        },
      ],
    },
    {
      name: 'write',
      title: 'write',
      group: 'subject',
      summary: 'Writes.',
      parameters: [
        { name: 'fd', role: 'where to', kind: 'descriptor', initial: 'fd[1]', examples: [], choices: [] },
        { name: 'buf', role: 'what', kind: 'text', initial: '"hello"', examples: [], choices: [] },
        {
          name: 'count',
          role: 'how much',
          kind: 'number',
          optional: true,
          counts: true,
          initial: '',
          examples: [],
          choices: [],
        },
      ],
    },
    { name: 'fork', title: 'fork', group: 'process', summary: 'Forks.', parameters: [], into: 'pid' },
  ],
  most: { processes: 8, calls: 300 },
};

/** As it is after two steps, with variables. */
const now: DemoView = {
  ...pipeExchange[2]!,
  processes: pipeExchange[2]!.processes.map((process) => ({
    ...process,
    variables: [
      { name: 'fd[0]', value: '3' },
      { name: 'fd[1]', value: '4' },
      { name: 'text', value: '5 bytes' },
    ],
  })),
};

describe('the playground in a browser', function () {
  this.timeout(60_000);
  let harness: Harness;
  let panel: PanelPage;

  before(async function () {
    if (!chromiumPath) this.skip();
    harness = await Harness.start();
  });
  after(() => harness?.stop());
  beforeEach(async () => {
    panel = await harness.open();
    await panel.show(...pipeExchange.slice(0, 2), now);
  });
  afterEach(async () => {
    assert.deepEqual(panel.problems, []);
    assert.deepEqual(await panel.violations(), []);
    await panel.close();
  });

  const form = () => panel.page.getByRole('form', { name: 'Playground' });
  const field = (name: string) => form().getByRole('combobox', { name, exact: true });
  const options = () => panel.page.getByRole('listbox').getByRole('option');
  const opened = async () => {
    await panel.page.keyboard.press('p');
    await panel.page.getByText('Looking what this demo can do').waitFor();
    await panel.post({ type: 'offer', offer });
    await form().waitFor();
  };
  const issued = async () => (await panel.sent()).filter(({ type }) => type === 'issue');

  it('asks what is offered, and issues what was put together by keyboard alone', async () => {
    await opened();
    assert.equal((await panel.sent()).filter(({ type }) => type === 'offer').length, 1);
    await form().getByLabel('call').selectOption('write');
    await field('buf').focus();
    await panel.page.keyboard.press('Control+a');
    await panel.page.keyboard.type('"rp o?"');
    await panel.page.keyboard.press('Enter');
    const [message] = await issued();
    assert.deepEqual(message, {
      type: 'issue',
      request: { process: 'child', call: 'write', args: ['fd[1]', '"rp o?"', ''] },
    });
    assert.equal(
      (await panel.sent()).some(({ type }) => type === 'act' || type === 'open-project'),
      false,
    );
    await panel.page.keyboard.press('Enter');
    assert.equal((await issued()).length, 1, 'one at a time');
    await panel.post({ type: 'issued' });
    await field('buf').press('Enter');
    assert.equal((await issued()).length, 2);
  });

  it('completes variables and constants', async () => {
    await opened();
    const flags = field('flags');
    await flags.focus();
    await panel.page.keyboard.press('End');
    await panel.page.keyboard.type(' | o_c');
    assert.deepEqual(await options().allInnerTexts(), ['O_CREAT\nMakes it when it is missing.']);
    await panel.page.keyboard.press('ArrowDown');
    assert.equal(await flags.getAttribute('aria-activedescendant'), await options().getAttribute('id'));
    await panel.page.keyboard.press('Enter');
    assert.equal(await flags.inputValue(), 'O_RDONLY | O_CREAT');
    assert.deepEqual(await issued(), [], 'Enter chose');
    await form().getByLabel('call').selectOption('write');
    await field('fd').press('ArrowDown');
    assert.deepEqual(await options().locator('code').allInnerTexts(), ['fd[0]', 'fd[1]']);
    await panel.page.keyboard.press('Escape');
    assert.equal(await options().count(), 0);
    await field('buf').press('ArrowDown');
    assert.deepEqual(await options().locator('code').allInnerTexts(), ['text']);
    await options().click();
    assert.equal(await field('buf').inputValue(), 'text');
  });

  it('says at the field what was refused', async () => {
    await opened();
    await form().getByLabel('call').selectOption('write');
    await form().getByRole('button', { name: 'Issue' }).click();
    await panel.post({ type: 'issued', refused: { at: 1, message: 'buf: no. Give a `text`.' } });
    await panel.page.getByRole('alert').getByText('buf: no. Give a text.').waitFor();
    assert.equal(await field('buf').getAttribute('aria-invalid'), 'true');
    assert.equal(await field('fd').getAttribute('aria-invalid'), 'false');
  });

  it('starts, stops and kills processes, and leaves the script', async () => {
    await opened();
    await form().getByText('parent', { exact: true }).click();
    for (const name of ['Start another program', /^Stop .*parent/i, /^Kill .*parent/i]) {
      await form().getByRole('button', { name }).click();
      await panel.post({ type: 'issued' });
    }
    assert.deepEqual(
      (await issued()).map(
        (message) => message.type === 'issue' && `${message.request.process} ${message.request.call}`,
      ),
      ['parent start', 'parent SIGSTOP', 'parent SIGKILL'],
    );
    await form().getByRole('button', { name: 'Leave the script' }).click();
    assert.deepEqual((await panel.sent()).at(-1), { type: 'act', action: 'leave' });
  });

  it('keeps the fields while the panel is hidden', async () => {
    await opened();
    await form().getByLabel('call').selectOption('write');
    await field('buf').fill('"half don');
    assert.deepEqual(((await panel.kept()) as PanelState).form, {
      process: 'child',
      call: 'write',
      args: ['fd[1]', '"half don', ''],
      into: '',
    });
  });

  it('takes a call of before again', async () => {
    const [first, second, third] = now.steps;
    const yours = { call: 'write', args: ['fd[1]', '"again"', '7'], into: 'n' };
    await panel.show({
      ...now,
      steps: [first!, { ...second!, yours, process: 'parent' }, third!, ...now.steps.slice(3)],
    });
    await opened();
    await form().getByLabel('Once more').selectOption({ index: 1 });
    assert.equal(await field('buf').inputValue(), '"again"');
    assert.equal(await field('count').inputValue(), '7');
    assert.equal(await field('result in').inputValue(), 'n');
  });

  it('gives eight processes room, and keeps the one that acted in sight', async () => {
    const [one] = now.processes;
    const more = Array.from({ length: 6 }, (_, index) => ({
      ...one!,
      id: `child${index + 2}`,
      title: `child ${index + 2}`,
      pid: 4000 + index,
      state: 'blocked' as const,
    }));
    const [first, second, ...rest] = now.steps;
    const steps = [first!, { ...second!, process: 'child7', status: 'done' as const }, ...rest];
    await panel.show({ ...now, processes: [...now.processes, ...more], steps });
    const seen = await panel.page.evaluate(() => {
      const frame = document.querySelector('.frame')!.getBoundingClientRect();
      const heads = [...document.querySelectorAll('.process-head')];
      const mark = document.querySelector('.step.latest .mark')!.getBoundingClientRect();
      return {
        heads: heads.length,
        cut: heads.filter((head) => head.scrollWidth > head.clientWidth + 1).length,
        inSight: mark.left >= frame.left && mark.right <= frame.right,
      };
    });
    assert.deepEqual(seen, { heads: 8, cut: 0, inSight: true });
  });

  for (const theme of ['dark', 'light', 'contrast'] as ThemeName[]) {
    it(`can be read and fits at every width, ${theme}`, async () => {
      for (const width of [800, 1200, 1600]) {
        const other = await harness.open({ theme, width });
        await other.show(...pipeExchange.slice(0, 2), now);
        await other.page.keyboard.press('p');
        await other.post({ type: 'offer', offer });
        await other.page.getByRole('form').waitFor();
        assert.deepEqual(await other.page.evaluate(`(${contrast})(4.5)`), [], `${width}`);
        const wide = await other.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${width}: ${wide} px too wide`);
        await other.close();
      }
    });
  }
});
