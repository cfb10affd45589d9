/** What the client makes of the kernel's state: the model, its arrangement, and the rows of the tree. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Arrangement, arrange, usual } from '../../client/kernel/arrange';
import { isFromKernelWebview } from '../../client/kernel/messages';
import { KernelModel, wholeState } from '../../client/kernel/model';
import * as kernel from '../../client/views/kernel-model';
import type { GroupDelta, KernelDelta, KernelProcess, KernelRow } from '../../server/protocol';

const row = (id: string, more: Partial<KernelRow> = {}): KernelRow => ({
  id,
  label: `label ${id}`,
  description: '3 messages',
  details: [{ label: 'Owner', value: 'root' }],
  removable: true,
  ...more,
});

const group = (table: string, changed: KernelRow[], more: Partial<GroupDelta> = {}): GroupDelta => ({
  table,
  facility: 'sysv-msg',
  title: table,
  changed,
  removed: [],
  ...more,
});

let moment = 0;
const delta = (groups: GroupDelta[], more: Partial<KernelDelta> = {}): KernelDelta => ({
  taken: ++moment,
  groups,
  ...more,
});

function modelOf(...deltas: KernelDelta[]): KernelModel {
  const model = new KernelModel();
  for (const one of deltas) model.apply(one);
  return model;
}

const whole = { whole: true } as const;

describe("the model of the kernel's state", () => {
  it('puts together what is told, and tells it anew to one who comes later', () => {
    const model = modelOf(
      delta([group('A', [row('1'), row('2')])], whole),
      delta([group('A', [row('2', { label: 'other' })], { removed: ['1'] }), group('B', [row('3')])]),
    );
    assert.deepEqual([...(model.tables.get('A')?.rows.keys() ?? [])], ['2']);
    assert.equal(model.row('2')?.label, 'other');
    assert.equal(model.tableOf('3')?.head.title, 'B');
    const again = modelOf(wholeState(model));
    assert.deepEqual([...again.tables], [...model.tables]);
  });

  it('counts changes from the first look, and from when it is asked to', () => {
    const model = modelOf(delta([group('A', [row('1'), row('2')])], whole));
    assert.deepEqual(model.changes, { new: 0, changed: 0, gone: 0 });
    model.apply(delta([group('A', [row('2', { label: 'x' }), row('3')], { removed: ['1'] })]));
    assert.deepEqual(model.changes, { new: 1, changed: 1, gone: 1 });
    assert.equal(model.row('1')?.label, 'label 1', 'what is gone can still be looked at');
    assert.equal(model.tableOf('1')?.head.title, 'A');
    model.apply(delta([group('A', [], { removed: ['3'] })]));
    assert.deepEqual(model.changes, { new: 0, changed: 1, gone: 1 }, 'came and went');
    model.mark();
    assert.deepEqual(model.changes, { new: 0, changed: 0, gone: 0 });
    assert.equal(model.row('1'), undefined);
  });

  it('takes what is told anew after a break for what it is', () => {
    const model = modelOf(delta([group('A', [row('1'), row('2')])], whole));
    model.apply(delta([group('A', [row('1'), row('3')])], whole));
    assert.deepEqual(
      ['1', '2', '3'].map((id) => model.changeOf(id)),
      [undefined, 'gone', 'new'],
    );
  });

  it('agrees with a fresh look, whatever came in between', () => {
    const state = fc.uniqueArray(fc.record({ id: fc.nat(8).map(String), label: fc.constantFrom('a', 'b') }), {
      selector: ({ id }) => id,
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.array(state, { minLength: 1, maxLength: 6 }), (states) => {
        const model = new KernelModel();
        let before = new Map<string, string>();
        states.forEach((rows, index) => {
          const now = new Map(rows.map(({ id, label }) => [id, label]));
          const changed = rows
            .filter(({ id, label }) => before.get(id) !== label)
            .map(({ id, label }) => row(id, { label }));
          const removed = [...before.keys()].filter((id) => !now.has(id));
          model.apply(delta([group('A', changed, { removed })], index === 0 ? whole : {}));
          before = now;
        });
        const shown = [...(model.tables.get('A')?.rows.values() ?? [])];
        assert.deepEqual(new Map(shown.map(({ id, label }) => [id, label])), before);
        for (const [id] of model.gone) assert.ok(!before.has(id));
      }),
    );
  });

  it('remembers how full an object was', () => {
    const fill = (used: number) => ({ fill: { used, capacity: 100, unit: 'bytes' as const } });
    const model = modelOf(delta([group('A', [row('1', fill(0))])], whole));
    model.apply(delta([group('A', [row('1', fill(40))])]));
    model.apply(delta([group('B', [row('2')])]));
    assert.deepEqual(
      model.levels.get('1')?.map(({ used }) => used),
      [0, 40, 40],
    );
    model.apply(delta([group('A', [], { removed: ['1'] })]));
    assert.equal(model.levels.get('1'), undefined);
  });
});

describe("the arrangement of the kernel's objects", () => {
  const holder = (pid: number, role: string) => ({ pid, program: `program${pid}`, role });
  const process = (pid: number): KernelProcess => ({
    ...row(`process:${pid}`, { label: `program${pid}`, description: `${pid}, sleeps, 2 objects` }),
    ...{ pid, program: `program${pid}`, parent: 1, holds: [], waits: [] },
  });
  const model = modelOf(
    delta(
      [
        group('A', [
          row('10', { owner: 'ana', mine: true, holders: [holder(1, 'reads'), holder(2, 'writes')] }),
          row('9', { owner: 'bob', holders: [], fill: { used: 9, capacity: 10, unit: 'bytes' } }),
        ]),
        group('B', [row('7', { owner: 'ana', mine: true, editor: true, holders: [holder(3, 'reads')] })]),
        group('C', [], { problem: 'Not permitted.' }),
      ],
      { ...whole, processes: { changed: [process(1), process(2)], removed: [] } },
    ),
  );
  const shown = (change: Partial<Arrangement>) =>
    arrange(model, { ...usual, ...change }).sections.map(
      ({ title, entries }) => `${title}: ${entries.map((entry) => entry.row.id).join(' ')}`,
    );

  it("hides empty tables, keeps those that say why they are, and leaves out the editor's own", () => {
    assert.deepEqual(shown({}), ['A: 9 10', 'C: ']);
    assert.deepEqual(shown({ hideEditor: false }), ['A: 9 10', 'B: 7', 'C: ']);
    assert.deepEqual(shown({ filter: 'editor' }), ['B: 7'], 'who asks for it gets it');
    assert.equal(arrange(model, usual).editor, 1);
  });

  it('groups by process, with what each does, and by owner, oneself first', () => {
    assert.deepEqual(shown({ by: 'process' }), ['program1: 10', 'program2: 10', 'Nobody: 9']);
    const [first] = arrange(model, { ...usual, by: 'process' }).sections;
    assert.equal(first?.note, '1, sleeps');
    assert.equal(first?.entries[0]?.role, 'reads');
    assert.deepEqual(shown({ by: 'owner' }), ['ana: 10', 'bob: 9']);
  });

  it('filters by words and sorts', () => {
    assert.deepEqual(shown({ filter: 'owner:bob' }), ['A: 9']);
    assert.deepEqual(shown({ mine: true }), ['A: 10', 'C: ']);
    assert.deepEqual(shown({ filter: '-mine label' }), ['A: 9']);
    assert.deepEqual(shown({ sort: 'holders' }), ['A: 10 9', 'C: ']);
    assert.deepEqual(shown({ sort: 'fill' }), ['A: 9 10', 'C: ']);
    assert.equal(arrange(model, { ...usual, filter: 'nothing' }).filtered, 2);
  });

  it('shows what is new and what is gone when asked to', () => {
    const model = modelOf(delta([group('A', [row('1')])], whole));
    model.apply(delta([group('A', [row('2')], { removed: ['1'] })]));
    const told = (gone: boolean) =>
      arrange(model, { ...usual, gone }).sections[0]?.entries.map(
        (entry) => `${entry.row.id} ${entry.change}`,
      );
    assert.deepEqual(told(true), ['1 gone', '2 new']);
    assert.deepEqual(told(false), ['2 new']);
  });

  it('is quick with ten thousand objects', () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => row(String(i)));
    const many = modelOf(delta([group('A', rows)], whole));
    const { sections } = arrange(many, usual);
    assert.equal(sections[0]?.entries.length, 10_000);
    assert.equal(sections[0]?.entries[2]?.row.id, '2', 'numbers in their order');
  });
});

describe('messages of the Kernel State panel', () => {
  it('are checked before they are believed', () => {
    for (const good of [
      { type: 'ready' },
      { type: 'freeze', on: true },
      { type: 'peek', id: 'a', offset: 4096 },
      { type: 'row', action: 'remove', id: 'a' },
      { type: 'explain', subject: 'pipe' },
    ])
      assert.ok(isFromKernelWebview(good), JSON.stringify(good));
    for (const bad of [
      undefined,
      'ready',
      { type: 'freeze' },
      { type: 'peek', id: 'a', offset: -1 },
      { type: 'peek', id: 'a', offset: 0.5 },
      { type: 'row', action: 'format', id: 'a' },
      { type: 'run', command: 'x' },
    ])
      assert.ok(!isFromKernelWebview(bad), JSON.stringify(bad));
  });
});

describe('the Kernel Objects view', () => {
  const section = { id: 'A', title: 'A', facility: 'sysv-msg', entries: [] };

  it('refreshes only what changed, unless sections appear or vanish', () => {
    const model = modelOf(delta([group('A', [row('1')]), group('B', [row('2')])], whole));
    const tree = new kernel.KernelTree(model);
    assert.equal(tree.update(usual), undefined);
    const [, b] = tree.roots();
    assert.deepEqual(tree.update(usual), [], 'nothing new');
    model.apply(delta([group('B', [row('3')])]));
    assert.deepEqual(tree.update(usual), [b]);
    assert.equal(tree.roots()[1], b, 'the same element');
    assert.equal(tree.childrenOf(b!).length, 2, 'with the new rows');
    model.apply(delta([group('New', [row('4')])]));
    assert.equal(tree.update(usual), undefined);
  });

  it("tells why a table is empty, and that the editor's own is left out", () => {
    const model = modelOf(
      delta([group('A', [], { problem: 'Not permitted.' }), group('B', [row('1', { editor: true })])], whole),
    );
    const tree = new kernel.KernelTree(model);
    tree.update(usual);
    assert.deepEqual(
      tree.roots().map((element) => kernel.itemOf(element).label),
      ['A', '1 object of the editor itself'],
    );
    assert.deepEqual(
      tree.childrenOf(tree.roots()[0]!).map((element) => kernel.itemOf(element).label),
      ['Not permitted.'],
    );
  });

  it('counts objects and orphans', () => {
    const model = modelOf(delta([group('A', [row('1', { orphan: true }), row('2')])], whole));
    const tree = new kernel.KernelTree(model);
    tree.update(usual);
    assert.equal(kernel.itemOf(tree.roots()[0]!).description, '2 · 1 orphaned');
  });

  it('tells an orphan in words, and offers removal only where it is possible', () => {
    const item = (more: Partial<KernelRow>) =>
      kernel.itemOf({ type: 'object', row: row('1', more), section });
    assert.match(item({ orphan: true }).spoken, /orphan/);
    assert.equal(item({ removable: true }).contextValue, 'object+removable');
    assert.equal(item({ removable: false }).contextValue, 'object');
  });

  it('has an icon for a group, and one for the state of an object', () => {
    const icon = (more: Partial<KernelRow>) =>
      kernel.itemOf({ type: 'object', row: row('1', more), section }).icon;
    const holder = { pid: 7, program: 'cat', role: 'reads' };
    assert.equal(kernel.itemOf({ type: 'section', section, node: { id: '', title: '' } }).icon, 'inbox');
    assert.equal(icon({ orphan: true, warning: 'Nobody reads.' }), 'warning');
    assert.equal(icon({ orphan: true }), 'debug-disconnect');
    assert.equal(icon({ holders: [{ ...holder, waiting: 'read' }] }), 'watch');
    assert.equal(icon({ holders: [holder] }), 'circle-filled');
    assert.equal(icon({ holders: [] }), 'circle-outline');
  });

  it('shows a warning once, before the details', () => {
    const warned = row('1', {
      warning: 'Nobody reads.',
      details: [
        { label: 'Owner', value: 'root' },
        { label: 'Warning', value: 'Nobody reads.' },
      ],
    });
    const object = { type: 'object', row: warned, section } as const;
    const labels = new kernel.KernelTree(new KernelModel())
      .childrenOf(object)
      .map((child) => kernel.itemOf(child).label);
    assert.deepEqual(labels, ['Nobody reads.', 'Owner']);
    assert.equal(kernel.itemOf(object).tooltip.split('Nobody reads').length, 2);
  });

  it('offers the command that removes an object', () => {
    const item = kernel.itemOf({
      type: 'object',
      row: row('1', { command: 'ipcrm -q 1' }),
      section,
    });
    assert.equal(item.contextValue, 'object+command+removable');
    assert.match(item.tooltip, /Removed by: ipcrm \\-q 1/);
  });

  it('shortens what stands beside a label', () => {
    const fill = { used: 8192, capacity: 16384, unit: 'bytes' } as const;
    const description = '3 messages, 8192 of 16384 bytes';
    assert.equal(kernel.shortDescription(row('1', { description, fill })), '3 messages, 50 % full');
    assert.equal(kernel.shortDescription(row('1', { description })), description);
    assert.equal(kernel.shortLabel('/run/user/1000/bus ↔ 4711'), '…/bus ↔ 4711');
    assert.equal(kernel.shortLabel('/jobs'), '/jobs');
    assert.equal(kernel.shortLabel('/dev/ptmx'), '/dev/ptmx');
    const now = new Date(2026, 10, 21, 9, 0, 0);
    const text = 'cat (7), 2026-11-21 08:15:30';
    assert.equal(kernel.shortMoments(text, now), 'cat (7), 08:15:30');
    assert.equal(kernel.shortMoments(text, new Date(2026, 10, 22)), 'cat (7), 2026-11-21');
  });

  it('never lets the name of an object become Markdown', () => {
    const item = kernel.itemOf({
      type: 'object',
      row: row('1', { label: '/[a](command:evil)|`x`', details: [{ label: 'k', value: 'a|b\nc' }] }),
      section,
    });
    assert.ok(item.tooltip.includes('/\\[a\\]\\(command:evil\\)\\|\\`x\\`'), item.tooltip);
    assert.ok(item.tooltip.includes('a\\|b c'));
  });

  it('copies everything it shows', () => {
    assert.equal(kernel.detailsAsText(row('1')), 'label 1: 3 messages\nOwner: root\n');
  });
});
