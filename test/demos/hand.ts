/** What the tests of the playground share: a session in which calls are issued by hand. */
import assert from 'node:assert/strict';
import { createDemos, type Demos } from '../../server/demos';
import type { DemoView, Refusal, StepView } from '../../server/demos/view';
import { Place } from './support';

export interface Played {
  session: string;
  view(): DemoView;
  /** Answers with the step that the call became. */
  issue(process: string, call: string, args?: string[], into?: string): Promise<StepView>;
  /** Answers with why it was refused. */
  refusal(process: string, call: string, args?: string[], into?: string): Promise<Refusal>;
  state(process: string): DemoView['processes'][number];
}

export class Playing {
  readonly place = new Place();
  latest!: DemoView;
  readonly demos: Demos = createDemos({
    actorPath: this.place.actorPath,
    base: this.place.base,
    onChanged: (view) => {
      this.latest = view;
    },
  });

  /** Ends all, and sees to it that nothing is left. */
  async end(): Promise<void> {
    const keys = this.place.keys();
    await this.demos.closeAll();
    await this.place.becomesEmpty(keys);
    this.place.remove();
  }

  /** Opens a scenario and leaves its script, unless it is to go on. */
  async play(scenario: string, leave = true): Promise<Played> {
    const { demos } = this;
    const opened = await demos.open(scenario);
    const { session } = opened;
    let view = leave ? await demos.act(session, 'leave') : opened;
    const ask = async (process: string, call: string, args: string[] = [], into?: string) => {
      const answer = await demos.issue(session, { process, call, args, ...(into ? { into } : {}) });
      view = answer.view;
      return answer;
    };
    return {
      session,
      view: () => view,
      async issue(process, call, args, into) {
        const before = new Set(view.steps.filter((step) => step.yours).map((step) => step.index));
        const { refused } = await ask(process, call, args, into);
        assert.equal(refused, undefined, `${call}(${args}): ${refused?.message}`);
        const made = view.steps.find((step) => step.yours && !before.has(step.index));
        assert.ok(made);
        return made;
      },
      async refusal(process, call, args, into) {
        const steps = view.steps.length;
        const { refused } = await ask(process, call, args, into);
        assert.ok(refused, 'it was issued');
        assert.equal(view.steps.length, steps, 'what is refused has not happened');
        return refused;
      },
      state: (process) => view.processes.find(({ id }) => id === process)!,
    };
  }
}
