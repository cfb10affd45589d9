/** A test's stage with one process on it, `a`, and words for what its calls answer. */
import assert from 'node:assert/strict';
import { errnoName } from '../../server/demos/outcome';
import { look } from '../../server/demos/process-state';
import { type Answer, type ProcessEnd, Stage } from '../../server/demos/stage';
import { type Build, eventually, Place } from '../demos/support';

/** To be made inside `describe`: every test finds a new stage, and nothing is left of it afterwards. */
export class StageForEachTest {
  place!: Place;
  stage!: Stage;
  readonly pids = new Map<string, number>();
  readonly ends = new Map<string, ProcessEnd>();

  constructor(build: Build) {
    before(() => {
      this.place = new Place(build);
    });
    after(() => this.place.remove());
    beforeEach(async () => {
      this.pids.clear();
      this.ends.clear();
      this.stage = await Stage.open(this.place.actorPath, this.place.base, {
        onForked: (_parent, child, pid) => this.pids.set(child, pid),
        onEnded: (name, _pid, end) => this.ends.set(name, end),
        onLost: (how) => assert.fail(`the supervisor ${how}`),
      });
      this.pids.set('a', await this.stage.start('a'));
    });
    afterEach(async () => {
      const keys = this.place.keys();
      await this.stage.end();
      await this.place.becomesEmpty(keys);
    });
  }

  /** A stage beside it in the same place, without a process. */
  another(): Promise<Stage> {
    return Stage.open(this.place.actorPath, this.place.base, { onForked() {}, onEnded() {}, onLost() {} });
  }

  readonly call = (process: string, name: string, args: string[] = [], into?: string): Promise<Answer> =>
    this.stage.call(process, into, name, args);

  readonly stateOf = (process: string) =>
    look(this.pids.get(process)!, {
      idleCall: this.stage.idleCall,
      controlDescriptor: this.stage.controlDescriptor,
    }).state;

  readonly waits = (process: string): Promise<void> =>
    eventually(
      () => this.stateOf(process) === 'waiting',
      () => `${process} is ${this.stateOf(process)}`,
    );
}

export function returned(answer: Answer): number {
  assert.ok(answer.kind === 'reply', JSON.stringify(answer));
  assert.equal(answer.errno, 0, errnoName(answer.errno));
  return answer.result;
}

export function failure(answer: Answer): string {
  assert.ok(answer.kind === 'reply' && answer.result === -1, JSON.stringify(answer));
  return errnoName(answer.errno);
}

export function refusal(answer: Answer): string {
  assert.ok(answer.kind === 'refused', JSON.stringify(answer));
  return answer.reason;
}

export function detail(answer: Answer, name: string): string | undefined {
  return answer.kind === 'reply' ? answer.details.get(name) : undefined;
}
