/** Every scenario, played to its end three times, with all that the panel is told on the way. */
import assert from 'node:assert/strict';
import { createDemos, type Demos } from '../../server/demos';
import { withFigures } from '../../server/demos/figures';
import { findCall, findScenario, scenarios } from '../../server/demos/registry';
import { neverReturns, type Scenario } from '../../server/demos/scenario';
import type { DemoView, PipeView, QueueView } from '../../server/demos/view';
import { differences, linux, Place } from './support';

/** Plays all steps; calls `seen` with the view after each. */
async function playOut(demos: Demos, id: string, seen?: (view: DemoView) => void): Promise<DemoView> {
  let view = await demos.open(id);
  while (view.state === 'ready') {
    view = await demos.act(view.session, 'step');
    seen?.(view);
  }
  return view;
}

describe('scenarios, as data', () => {
  for (const scenario of scenarios) {
    it(`${scenario.id} refers only to what it has`, () => {
      const processes = new Set(scenario.processes.map((process) => process.id));
      const labels = new Set<string>();
      assert.ok(scenario.id.startsWith(`${scenario.subject}/`));
      assert.ok(scenario.kind === 'pitfall' || scenario.rule === undefined, 'what is right breaks no rule');
      for (const step of scenario.steps) {
        assert.ok(processes.has(step.process), step.process);
        findCall(step.call);
        for (const label of step.wakes ?? []) assert.ok(labels.has(label), `${label} comes before`);
        if (step.label) labels.add(step.label);
        assert.match(step.why, /^[A-Z].*[.]$/, 'sentences');
        if (step.call === 'fork') assert.ok(processes.has(step.args[0]!));
        if (/^(write|send|sendto)$/.test(step.call) && step.args[1]?.startsWith('"'))
          assert.equal(
            Number(step.args[2]),
            step.args[1].slice(1, -1).replace(/\\(?:[0-7]{1,3}|.)/g, '.').length,
            'the count is the string’s',
          );
      }
      const released = new Set(scenario.steps.flatMap((step) => step.wakes ?? []));
      assert.deepEqual(labels, released, 'what blocks is released');
    });
  }
});

/** A process whose call never returns; and the program it became, when its parent waits for that for good. */
function waitsInTheEnd(scenario: Scenario, process: string): boolean {
  const forEver = scenario.steps.filter((step) => neverReturns(step.expect));
  const became = scenario.steps.some((step) => step.process === process && 'becomes' in step.expect);
  return forEver.some((step) => step.process === process) || (became && forEver.length > 0);
}

(linux ? describe : describe.skip)('scenarios, played', function () {
  this.timeout(60_000);
  let place: Place;
  let demos: Demos;
  const keys: number[] = [];

  before(() => {
    place = new Place();
    demos = createDemos({ actorPath: place.actorPath, base: place.base, onChanged() {} });
  });
  afterEach(async () => {
    keys.push(...place.keys());
    await demos.closeAll();
    await place.becomesEmpty(keys);
  });
  after(() => place.remove());

  for (const scenario of scenarios) {
    it(`${scenario.id} meets every expectation, three times`, async () => {
      for (let round = 0; round < 3; round++) {
        const view = await playOut(demos, scenario.id);
        assert.deepEqual(differences(view, scenario), []);
        assert.equal(view.state, 'finished');
        assert.equal(view.conclusion, withFigures(scenario.conclusion));
        assert.equal(view.next, undefined);
        assert.deepEqual(
          view.processes.map((process) => process.state),
          scenario.processes.map(({ id }) => (waitsInTheEnd(scenario, id) ? 'blocked' : 'gone')),
        );
      }
    });
  }

  it('waits for a command that is about to end, at whatever moment it looks', async () => {
    for (let round = 0; round < 100; round++) {
      const view = await playOut(demos, 'popen/write');
      assert.deepEqual(differences(view, findScenario('popen/write')!), []);
      await demos.close(view.session);
    }
  });

  it('plays all scenarios at the same time', async function () {
    /* Some hundred processes at once: on a machine with other work, too, each of them gets its turn only now and then. */
    this.timeout(400_000);
    const views = await Promise.all(scenarios.map((scenario) => playOut(demos, scenario.id)));
    for (const view of views)
      assert.deepEqual(differences(view, findScenario(view.scenario.id)!), [], view.scenario.id);
  });

  it('shows who waits, where, and at what', async () => {
    const waits: string[] = [];
    await playOut(demos, 'pipe/exchange', (view) => {
      const child = view.processes.find((process) => process.id === 'child')!;
      waits.push(child.wait ? `${child.state} ${child.wait.call} at ${child.wait.object}` : child.state);
      if (child.wait) assert.match(child.wait.channel ?? '', /pipe/);
    });
    assert.deepEqual(waits, [
      'not-started',
      'running',
      'running',
      'running',
      'blocked read(fd[0], buf, sizeof buf) at pipe',
      'running',
      'blocked read(fd[0], buf, sizeof buf) at pipe',
      'running',
      'zombie',
      'gone',
      'gone',
    ]);
  });

  it('shows who sleeps at a condition variable, and for what the one waits that was woken', async () => {
    const waits: string[] = [];
    await playOut(demos, 'condvar/loop', (view) => {
      const mutex = view.objects.find((object) => object.kind === 'mutex')!;
      const condition = view.objects.find((object) => object.kind === 'condition')!;
      const at = view.processes.map((process) => process.wait?.object ?? '-').join(' ');
      waits.push(`${at}, ${condition.waiting} asleep, ${mutex.state} ${mutex.owner ?? ''}`.trim());
    });
    assert.deepEqual(
      waits.filter((wait, index) => wait !== waits[index - 1]),
      [
        '- - -, 0 asleep, free',
        '- - -, 0 asleep, held first',
        '- filled -, 1 asleep, free',
        '- filled -, 1 asleep, held parent',
        '- filled mutex, 1 asleep, held parent',
        '- mutex mutex, 0 asleep, held parent',
        '- mutex -, 0 asleep, held second',
        '- - -, 0 asleep, held first',
        '- filled -, 1 asleep, free',
        '- filled -, 1 asleep, held parent',
        '- mutex -, 0 asleep, held parent',
        '- - -, 0 asleep, held first',
        '- - -, 0 asleep, free',
      ],
    );
  });

  it('shows a dead owner, whoever else is told of it', async () => {
    const states = new Map<string, string[]>();
    for (const id of ['mutex/robust', 'mutex/owner-dies', 'mutex/not-consistent']) {
      const seen: string[] = [];
      await playOut(demos, id, (view) => {
        const mutex = view.objects.find((object) => object.kind === 'mutex')!;
        const words = [
          mutex.state,
          mutex.owner,
          mutex.ownerDead && 'dead',
          mutex.inconsistent && 'inconsistent',
        ];
        const state = mutex.exists ? words.filter(Boolean).join(' ') : 'none';
        if (state !== seen.at(-1)) seen.push(state);
      });
      states.set(id, seen);
    }
    assert.deepEqual(states.get('mutex/robust'), [
      'none',
      'free',
      'held child',
      'abandoned',
      'held parent inconsistent',
      'held parent',
      'free',
      'held parent',
      'free',
      'none',
    ]);
    assert.deepEqual(states.get('mutex/owner-dies'), ['none', 'free', 'held child', 'held child dead']);
    assert.deepEqual(states.get('mutex/not-consistent'), [
      'none',
      'free',
      'held child',
      'abandoned',
      'held parent inconsistent',
      'lost',
      'none',
    ]);
  });

  it('shows a value for each copy of a semaphore, and a pointer that leads astray', async () => {
    const { objects } = await playOut(demos, 'posix-sem-unnamed/pshared-zero');
    assert.ok(objects[0]!.kind === 'semaphore' && objects[0]!.forOneProcess);
    assert.deepEqual(objects[0]!.semaphores, [{ value: 1, waiting: 1 }]);
    const copies: unknown[] = [];
    await playOut(demos, 'posix-sem-unnamed/copied', (view) => {
      if (view.objects[0]!.kind === 'semaphore') copies.push(view.objects[0]!.semaphores);
    });
    assert.deepEqual(copies.at(-2), [
      { value: 1, waiting: 0, seenBy: ['parent'] },
      { value: 0, waiting: 1, seenBy: ['child'] },
    ]);
    const places: string[] = [];
    await playOut(demos, 'posix-shm/pointer-inside', (view) => {
      const [memory] = view.objects;
      const place = memory?.kind === 'memory' ? memory.rows[0]?.fields?.[1] : undefined;
      if (place) places.push(place.astray ? 'astray' : place.values.join());
    });
    assert.deepEqual([...new Set(places)], ['NULL', '→ value', 'astray']);
  });

  it('shows what a pipe holds, who holds it, and what changed', async () => {
    const contents: string[] = [];
    const holders: string[] = [];
    const changes: string[] = [];
    await playOut(demos, 'pipe/never-ends', (view) => {
      const pipe = view.objects[0] as PipeView;
      contents.push(`${pipe.exists ? '' : 'gone '}${pipe.unread}:${pipe.content}`);
      holders.push(`${pipe.readers}<-${pipe.writers}`);
      changes.push(view.kernel.map((row) => row.change?.[0] ?? '.').join(''));
    });
    assert.deepEqual(contents, [
      '0:',
      '0:',
      '0:',
      '0:',
      '5:hello',
      '0:',
      '0:',
      '0:',
      'gone 0:',
      'gone 0:',
      'gone 0:',
    ]);
    assert.deepEqual(holders.slice(0, 4), [
      'parent<-parent',
      'parent,child<-parent,child',
      'parent,child<-parent',
      'child<-parent',
    ]);
    assert.deepEqual(changes.slice(0, 5), ['nnn', '..nnc', '...cg', '..cg', '..c']);
  });

  it('shows the messages of a queue in their order, and that it outlives its maker', async () => {
    const queues: string[] = [];
    await playOut(demos, 'sysv-msg/persists', (view) => {
      const queue = view.objects[0] as QueueView;
      const messages = queue.messages.map((message) => `${message.type}:${message.text}`);
      queues.push(`${queue.exists} ${messages} ${view.processes[0]!.state}`);
    });
    assert.deepEqual(queues.slice(0, 6), [
      'true  running',
      'true 1:left behind running',
      'true 1:left behind gone',
      'true 1:left behind gone',
      'true  gone',
      'false  gone',
    ]);
  });

  it('draws what moves', async () => {
    const view = await playOut(demos, 'pipe/exchange');
    const arrows = view.steps.map(
      (step) => step.transfer && `${step.transfer.direction} ${step.transfer.data}`,
    );
    assert.deepEqual(arrows.filter(Boolean), ['out hello', 'in hello']);
    const full = await playOut(demos, 'pipe/full');
    assert.match(full.steps[5]!.transfer!.data, /^\.{40}… \(65536 bytes\)$/);
  });

  it('draws signals on their way, and tells numbers without quotes', async () => {
    const signals = await playOut(demos, 'signal/merged');
    const sent = signals.steps.filter(({ call }) => call.startsWith('kill'));
    assert.deepEqual(
      sent.map(({ transfer }) => transfer),
      Array.from({ length: 3 }, () => ({ object: 'signals', direction: 'in', data: 'SIGUSR1' })),
    );
    const passed = await playOut(demos, 'descriptor-passing/rights');
    const beside = passed.steps.flatMap(({ transfer }) =>
      transfer?.data === 'D + fd' ? [transfer.direction] : [],
    );
    assert.deepEqual(beside.sort(), ['in', 'out'], 'a descriptor travels beside a byte');
    const memory = await playOut(demos, 'mmap-shared/anonymous');
    const told = memory.steps.filter(({ call }) => call === 'value = cells[0]').map(({ outcome }) => outcome);
    assert.ok(told.length > 0 && told.every((outcome) => /^found: \d+$/.test(outcome!)), `${told}`);
  });

  it('is ready and has played its first step within 100 ms', async () => {
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 40 && best > 100; round++) {
      const begin = performance.now();
      const view = await demos.open('pipe/exchange');
      await demos.act(view.session, 'step');
      best = Math.min(best, performance.now() - begin);
      await demos.close(view.session);
    }
    assert.ok(best <= 100, `${best} ms`);
  });
});
