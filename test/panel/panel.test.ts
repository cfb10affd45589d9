import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PanelState } from '../../client/panel/messages';
import type { DemoView } from '../../server/protocol';
import { pipeExchange } from './fixtures/pipe-exchange';
import { pipeNeverEnds } from './fixtures/pipe-never-ends';
import { queueByType } from './fixtures/queue';
import { chromiumPath, Harness, type PanelPage } from './harness';
import type { ThemeName } from './themes';

describe('the demo panel in a browser', function () {
  this.timeout(30_000);
  let harness: Harness;
  let panel: PanelPage;

  before(async function () {
    if (!chromiumPath) {
      console.warn(
        '\n!! No Chromium: the demo panel is NOT tested. Install it (apt-get install chromium) or set CHROMIUM.\n',
      );
      this.skip();
    }
    harness = await Harness.start();
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

  const acts = async () => (await panel.sent()).filter((message) => message.type === 'act');
  const text = (selector: string) => panel.page.locator(selector).first().innerText();

  it('asks for the state when it has loaded, and says that it opens', async () => {
    await panel.post({ type: 'opening', scenario: 'pipe/exchange' });
    assert.deepEqual(await panel.sent(), [{ type: 'ready' }]);
    assert.match(await text('[role=status]'), /Starting the processes/);
  });

  it('shows title, kind, summary and progress', async () => {
    await panel.show(...pipeExchange.slice(0, 4));
    assert.equal(await text('h1'), 'A message through a pipe');
    assert.equal(await text('.kind'), 'As intended');
    assert.equal(await panel.page.getByRole('progressbar').getAttribute('aria-valuetext'), 'step 3 of 12');
    await panel.show(...pipeNeverEnds.slice(0, 1));
    assert.equal(await text('.kind'), 'Pitfall');
  });

  it('steps on Space and Enter, runs and pauses on r, restarts on Shift+R', async () => {
    await panel.show(pipeExchange[0]!);
    for (const key of ['Space', 'Enter', 'r', 'Shift+R']) await panel.page.keyboard.press(key);
    assert.deepEqual(
      (await acts()).map((message) => message.type === 'act' && message.action),
      ['step', 'step', 'run', 'restart'],
    );
  });

  it('pauses what runs, and does not step meanwhile', async () => {
    await panel.show(pipeExchange[0]!);
    await panel.page.keyboard.press('r');
    await panel.show({ ...pipeExchange[1]!, state: 'running' });
    assert.equal(await panel.page.getByRole('button', { name: 'Pause' }).count(), 1);
    await panel.page.keyboard.press('Space');
    await panel.page.keyboard.press('r');
    assert.deepEqual(
      (await acts()).map((message) => message.type === 'act' && message.action),
      ['run', 'pause'],
    );
  });

  it('steps once when the Step button has the focus', async () => {
    await panel.show(pipeExchange[0]!);
    await panel.page.getByRole('button', { name: 'Step' }).focus();
    await panel.page.keyboard.press('Space');
    await panel.page.keyboard.press('Enter');
    assert.equal((await acts()).length, 2);
  });

  it('leaves keys with modifiers to VS Code', async () => {
    await panel.show(pipeExchange[0]!);
    for (const key of ['Control+r', 'Control+Enter', 'Alt+r']) await panel.page.keyboard.press(key);
    assert.deepEqual(await acts(), []);
  });

  it('goes through the controls in their order, each with a visible focus', async () => {
    await panel.show(...pipeExchange.slice(0, 3));
    const names: string[] = [];
    for (let press = 0; press < 9; press++) {
      await panel.page.keyboard.press('Tab');
      names.push(
        await panel.page.evaluate(() => {
          const element = document.activeElement as HTMLElement;
          const style = getComputedStyle(element);
          const name = element.innerText.trim() || element.getAttribute('aria-label') || element.tagName;
          return `${name} ${style.outlineStyle} ${style.outlineWidth}`;
        }),
      );
    }
    assert.deepEqual(names, [
      'Read more solid 2px',
      'Other demos solid 2px',
      'Step solid 2px',
      'Run solid 2px',
      'Restart solid 2px',
      'Playground solid 2px',
      'Open as a C project solid 2px',
      'Keys solid 2px',
      'INPUT solid 2px',
    ]);
  });

  it('runs at the speed of the slider and keeps it', async () => {
    await panel.show(pipeExchange[0]!);
    await panel.page.getByRole('slider').focus();
    await panel.page.keyboard.press('End');
    await panel.page.keyboard.press('r');
    assert.deepEqual((await acts()).at(-1), { type: 'act', action: 'run', delay: 200 });
    assert.deepEqual(await panel.kept(), {
      scenario: 'pipe/exchange',
      delay: 200,
      asText: false,
      byHand: false,
      form: { process: 'parent', call: '', args: [], into: '' },
      played: [],
    });
  });

  it('shows its keys on ?, in a dialogue that gives the focus back', async () => {
    await panel.show(pipeExchange[0]!);
    await panel.page.getByRole('button', { name: 'Run' }).focus();
    await panel.page.keyboard.press('?');
    const help = panel.page.getByRole('dialog', { name: 'Keys' });
    await help.waitFor();
    assert.match(
      (await help.innerText()).replace(/\s+/g, ' '),
      /Space or Enter the next step R run to the end/,
    );
    await panel.page.keyboard.press('r');
    assert.deepEqual(await acts(), [], 'the keys of the panel wait meanwhile');
    await panel.page.keyboard.press('Escape');
    await help.waitFor({ state: 'hidden' });
    const focused = await panel.page.evaluate(() => document.activeElement?.textContent?.trim());
    assert.equal(focused, 'Run');
  });

  it('opens the programs as a C project on o and from its button', async () => {
    await panel.show(pipeExchange[0]!);
    await panel.page.keyboard.press('o');
    await panel.page.getByRole('button', { name: 'Open as a C project' }).click();
    assert.deepEqual((await panel.sent()).filter(({ type }) => type === 'open-project').length, 2);
  });

  it('keeps what has been played, so that a reload of the window can bring it back', async () => {
    await panel.show(...pipeExchange.slice(0, 3));
    assert.deepEqual(((await panel.kept()) as PanelState).played, ['step', 'step']);
    await panel.post({ type: 'opening', scenario: 'pipe/exchange' });
    await panel.page.getByRole('status').first().waitFor();
    assert.deepEqual(
      ((await panel.kept()) as PanelState).played,
      ['step', 'step'],
      'while it is opened again',
    );
  });

  it('shows a crash of a process with its signal, and goes on', async () => {
    const [, , third] = pipeExchange;
    await panel.show(...pipeExchange.slice(0, 2), {
      ...third!,
      processes: third!.processes.map((process) =>
        process.id === 'child' ? { ...process, state: 'zombie', end: 'killed by SIGSEGV' } : process,
      ),
    });
    await panel.page.getByText('killed by SIGSEGV', { exact: true }).waitFor();
    await panel.page.keyboard.press('Space');
    assert.deepEqual(await acts(), [{ type: 'act', action: 'step' }]);
  });

  it('announces the outcome of each step', async () => {
    await panel.show(...pipeExchange.slice(0, 5));
    const live = panel.page.locator('[aria-live=polite]');
    assert.match(
      (await live.textContent()) ?? '',
      /^Step 4\. Child: read.* blocked in read\. Next: parent, close/,
    );
  });

  it('hides the picture from assistive technology and offers every step in words', async () => {
    await panel.show(...pipeExchange.slice(0, 5));
    assert.equal(await panel.page.locator('svg:not([aria-hidden=true])').count(), 0);
    assert.equal(await panel.page.locator('.events ol li').count(), 12);
    assert.match(
      (await panel.page.locator('.events').textContent()) ?? '',
      /Child \(process 4243\) is blocked in read/,
    );
    await panel.page.getByRole('button', { name: 'Show in words' }).click();
    assert.equal(await panel.page.locator('svg.timeline').count(), 0);
    await panel.page.getByRole('button', { name: /^Parent: fork/ }).click();
    assert.match(await text('.explanation'), /Step 2 of 12[\s\S]*copy of every descriptor/);
  });

  it('marks the line of each process and brings it into view', async () => {
    await panel.show(...pipeExchange.slice(0, 8));
    const current = panel.page.locator('.line[aria-current=step]');
    assert.deepEqual(
      (await current.allInnerTexts()).map((line) => line.replace(/\s+/g, ' ').trim()),
      [
        'while ((n = read(fd[0], buf, sizeof buf)) > 0) child',
        'close(fd[1]); /* the child sees end-of-file */ parent',
      ],
    );
    // Who acts next is the parent.
    assert.ok(await inside(current.nth(1), '.code'));
  });

  async function inside(element: ReturnType<typeof panel.page.locator>, frame: string): Promise<boolean> {
    const [box, outer] = [await element.boundingBox(), await panel.page.locator(frame).first().boundingBox()];
    return !!box && !!outer && box.y >= outer.y && box.y + box.height <= outer.y + outer.height;
  }

  it('shows what each object holds, in its own way', async () => {
    await panel.show(...pipeNeverEnds.slice(0, 4));
    assert.deepEqual(await panel.page.locator('.cell text').allTextContents(), [
      'o',
      'n',
      'e',
      '\\n',
      't',
      'w',
      'o',
      '\\n',
    ]);
    assert.match(await text('.object-card'), /8 of 65,536 bytes[\s\S]*write end[\s\S]*parent[\s\S]*child/);
    await panel.show(...queueByType.slice(0, 4));
    assert.deepEqual(
      (await panel.page.locator('.message').allInnerTexts()).map((box) => box.split(/\s*\n\s*/)),
      [
        ['5', 'print page 1', '12 B'],
        ['1', 'stop the press', '14 B'],
      ],
    );
  });

  it('shows an object of a kind it has no drawing for', async () => {
    const strange = {
      kind: 'barrier',
      id: 'pipe',
      title: 'Barrier',
      exists: true,
      value: 3,
      waiting: ['child'],
    };
    await panel.show({ ...pipeExchange[2]!, objects: [strange] } as unknown as DemoView);
    assert.match(await text('.object-card'), /Barrier[\s\S]*value\s+3[\s\S]*waiting/);
  });

  it('says in words what changed in the kernel', async () => {
    await panel.show(...pipeExchange.slice(0, 4));
    assert.deepEqual(await panel.page.locator('.kernel .change').allInnerTexts(), ['gone']);
  });

  it('tells a problem and starts again', async () => {
    await panel.post({ type: 'problem', message: 'The demo did not start: no actor.' });
    assert.match(await text('[role=alert]'), /no actor/);
    await panel.page.getByRole('button', { name: 'Start again' }).click();
    assert.deepEqual((await panel.sent()).at(-1), { type: 'reopen' });
  });

  it('ends with the conclusion and the rule of a pitfall', async () => {
    await panel.show(...pipeNeverEnds);
    assert.match(await text('.explanation'), /The end[\s\S]*blocked for good[\s\S]*pipe\/unused-end-open/);
    assert.equal(
      await panel.page.getByRole('button', { name: 'Step' }).getAttribute('aria-disabled'),
      'true',
    );
  });

  /** The editor area of a window of 1280 x 800 with its sidebar, and without. */
  const usual: [number, number][] = [
    [932, 700],
    [1232, 700],
  ];
  for (const [width, height] of usual) {
    it(`shows words, timeline, code and kernel at once: ${width}x${height}`, async () => {
      const other = await harness.open({ width, height });
      await other.show(...pipeExchange.slice(0, 8));
      const heights = await other.page.$$eval('.explanation, .frame, .code, .kernel', (parts) =>
        parts.map((part) => {
          const { top, bottom } = part.getBoundingClientRect();
          return bottom <= innerHeight ? Math.round(bottom - top) : -1;
        }),
      );
      const [explanation, frame, code, kernel] = heights as [number, number, number, number];
      assert.ok(explanation > 60 && frame > 380 && code > 180 && kernel > 60, heights.join(', '));
      await other.close();
    });

    it(`keeps the step that happened last in view, to the end: ${width}x${height}`, async () => {
      for (const views of [pipeExchange, pipeNeverEnds, queueByType]) {
        const other = await harness.open({ width, height });
        for (const view of views) {
          await other.show(view);
          const hidden = await other.page.evaluate(() => {
            const row = document.querySelector('.timeline .row.latest')?.getBoundingClientRect();
            if (!row) return false;
            const frame = document.querySelector('.frame')!.getBoundingClientRect();
            const heads = document.querySelector('.heads')!.getBoundingClientRect();
            return row.top < heads.bottom || row.bottom > Math.min(frame.bottom, innerHeight);
          });
          assert.equal(hidden, false, `${view.scenario.id}, before step ${view.next}`);
        }
        await other.close();
      }
    });
  }

  const sizes: [number, number][] = [
    [640, 900],
    [800, 700],
    [932, 700],
    [1100, 600],
    [1200, 900],
    [1600, 900],
  ];
  for (const theme of ['dark', 'light', 'contrast'] as ThemeName[]) {
    it(`never overflows sideways and keeps text readable: ${theme}`, async () => {
      for (const [width, height] of sizes) {
        const other = await harness.open({ theme, width, height });
        for (const views of [pipeExchange.slice(0, 8), queueByType.slice(0, 4)]) {
          await other.show(...views);
          const overflow = await other.page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          assert.ok(overflow <= 0, `${overflow} px too wide at ${width}`);
          const cut = await other.page.$$eval(
            '.process-head, .object-card, .explanation, .head, .kernel',
            (elements) =>
              elements.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.className),
          );
          assert.deepEqual(cut, [], `cut at ${width}`);
        }
        assert.deepEqual([...other.problems, ...(await other.violations())], []);
        await other.close();
      }
    });
  }

  for (const theme of ['dark', 'light', 'contrast'] as ThemeName[]) {
    it(`keeps every text at a contrast of 4.5 to 1: ${theme}`, async () => {
      const check = readFileSync(join(__dirname, 'contrast.js'), 'utf8').replace(/;\s*$/, '');
      const other = await harness.open({ theme, width: 1200, height: 900 });
      for (const views of [
        pipeExchange.slice(0, 5),
        pipeExchange.slice(0, 8),
        pipeNeverEnds,
        queueByType.slice(0, 4),
      ]) {
        await other.show(...views);
        assert.deepEqual(await other.page.evaluate(`(${check})(4.5)`), []);
      }
      await other.close();
    });
  }

  it('moves nothing when the person wishes for stillness', async () => {
    await panel.show(...pipeExchange.slice(0, 7));
    const still = await panel.page.evaluate(() => document.getAnimations().length);
    assert.equal(still, 0);
    const lively = await harness.open({ reducedMotion: false });
    await lively.show(...pipeExchange.slice(0, 7));
    assert.ok((await lively.page.evaluate(() => document.getAnimations().length)) > 0);
    await lively.close();
  });
});
