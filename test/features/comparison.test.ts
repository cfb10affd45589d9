import assert from 'node:assert/strict';
import { facilities, facilityIds } from '../../catalog';
import { scenarios } from '../../server/demos/registry';
import { summaryOf } from '../../server/demos/session';
import { compare } from '../../server/features/comparison';
import type { FacilityId } from '../../server/protocol';

const list = scenarios.map(summaryOf);
const of = (...ids: FacilityId[]) => compare(ids, list, ({ shownAt }) => shownAt && `read at ${shownAt}`);
const rowsOf = (view: ReturnType<typeof compare>) => view.sections.flatMap(({ rows }) => rows);
const row = (view: ReturnType<typeof compare>, title: string) => {
  const found = rowsOf(view).find((one) => one.title === title);
  assert.ok(found, title);
  return found;
};

describe('facilities side by side', () => {
  it('tells what is the same and what differs by the thing itself, not by the words about it', () => {
    const view = of('pipe', 'fifo');
    assert.deepEqual(
      view.facilities.map(({ title }) => title),
      ['Pipe', facilities.get('fifo')!.title],
    );
    assert.equal(row(view, 'Kind').differs, false);
    assert.equal(row(view, 'Data').differs, false, 'both carry bytes one way, said in different sentences');
    assert.notEqual(row(view, 'Data').cells[0]!.text, row(view, 'Data').cells[1]!.text);
    assert.equal(row(view, 'Open to').differs, true);
    assert.deepEqual(
      row(view, 'Open to').cells.map(({ value }) => value),
      ['Related processes', 'Any process of this machine'],
    );
    assert.match(row(view, 'Against').cells[0]!.list![0]!, /A FIFO behaves the same but has a path/);
  });

  it('puts limits of the same name into one row, with what the machine shows', () => {
    const view = of('pipe', 'sysv-sem', 'fifo');
    const shared = row(view, 'PIPE_BUF');
    assert.ok(shared.cells[0]!.value && shared.cells[2]!.value);
    assert.deepEqual(shared.cells[1], {}, 'semaphores have no such limit');
    assert.equal(shared.differs, true);
    const shown = facilities.get('sysv-sem')!.limits[0]!;
    assert.equal(row(view, shown.name).cells[1]!.live, `read at ${shown.shownAt}`);
    assert.ok(
      compare(['pipe'], list, () => undefined).sections.every(({ rows }) =>
        rows.every(({ cells }) => cells.every(({ live }) => live === undefined)),
      ),
    );
  });

  it('lists the demos of each', () => {
    const demos = row(of('pipe', 'eventfd'), 'Demos').cells.map(({ scenarios }) =>
      scenarios!.map(({ subject }) => subject),
    );
    assert.ok(demos[0]!.length > 0 && demos[0]!.every((subject) => subject === 'pipe'));
    assert.ok(demos[1]!.length > 0 && demos[1]!.every((subject) => subject === 'eventfd'));
  });

  it('takes up to four, each once, and leaves out what does not exist', () => {
    assert.equal(of('pipe', 'pipe', 'fifo').facilities.length, 2);
    assert.equal(of(...facilityIds).facilities.length, 4);
    assert.equal(of('nonsense' as FacilityId, 'fifo').facilities.length, 1);
    assert.deepEqual(of().facilities, []);
  });

  it('compares any two, and offers every facility once', () => {
    const offered = of().offered.flatMap((group) => group.facilities.map(({ id }) => id));
    assert.deepEqual([...offered].sort(), [...facilityIds].sort());
    for (const one of facilityIds)
      for (const other of facilityIds) {
        if (one === other) continue;
        const rows = rowsOf(of(one, other));
        for (const { title, cells } of rows) assert.equal(cells.length, 2, title);
        assert.equal(new Set(rows.map(({ title }) => title)).size, rows.length, `${one}, ${other}`);
        assert.ok(rows.some(({ differs }) => differs));
      }
  });
});
