/** One demo of every facility and topic, played to its end through the panel; each theme plays every other one. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { facilities, scenarios } from '../../server/demos/registry';
import { neverReturns } from '../../server/demos/scenario';
import { playByKey, progress } from './harness/demo';
import { session } from './harness/hooks';

/** As text: a function would bring helpers of the compiler along. */
const cutOff = readFileSync(join(__dirname, '..', 'panel', 'cut-off.js'), 'utf8');
const themes = ['dark', 'light'];

/** The first of each subject. */
const subjects = [...new Set(scenarios.map(({ subject }) => subject))];
const chosen = subjects.map((subject) => scenarios.find((scenario) => scenario.subject === subject)!);

describe('a demo of each facility', () => {
  before(async () => {
    await session().workbench.closeAllEditors();
  });
  after(async () => {
    await session().workbench.closeAllEditors();
  });

  it('is there', () => {
    assert.ok(facilities.length > 0 && chosen.every(Boolean));
  });

  for (const [index, scenario] of chosen.entries()) {
    it(`is played to its end: ${scenario.id}`, async function () {
      if (themes.indexOf(session().theme) !== index % themes.length) this.skip();
      const { workbench } = session();
      await workbench.runCommand('IPC Lens: Run Demo…');
      // Titles of different facilities may be the same.
      await workbench.pickFrom('Run Demo', scenario.summary);
      const panel = workbench.webview();
      await panel.getByRole('heading', { name: scenario.title, exact: true }).waitFor();
      await playByKey(workbench);
      assert.deepEqual(await progress(panel), { done: scenario.steps.length, steps: scenario.steps.length });
      await panel.getByText(scenario.conclusion).first().waitFor();
      const waits = scenario.steps.filter(({ expect }) => neverReturns(expect)).length;
      assert.equal(await panel.locator('.timeline .step').count(), scenario.steps.length);
      assert.equal(await panel.locator('.timeline .step.differs').count(), 0, 'all is as the script says');
      assert.equal(await panel.locator('.timeline .step.blocked').count(), waits);
      for (const { title } of scenario.objects)
        assert.ok(
          (await panel.locator('.heads').getByText(title.replace(/^the /, ''), { exact: false }).count()) > 0,
          title,
        );
      assert.deepEqual(await panel.locator('body').evaluate(cutOff), [], 'nothing is cut off');
      await workbench.screenshot(`played-${scenario.id.replace('/', '-')}`);
      await workbench.closeAllEditors();
    });
  }
});
