import assert from 'node:assert/strict';
import { sourcePicks } from '../../client/commands/picks';
import { KernelModel } from '../../client/kernel/model';
import { liveOf, type WorkspaceElement, WorkspaceTree } from '../../client/views/workspace-model';
import type { KernelRow, SourceUse, WorkspaceObject } from '../../server/protocol';

const use = (does: string, line: number, more: Partial<SourceUse> = {}): SourceUse => ({
  does,
  creates: does === 'creates',
  call: 'mq_open',
  within: 'main',
  path: '/p/src/server.c',
  range: { start: { line, character: 2 }, end: { line, character: 20 } },
  ...more,
});

const jobs: WorkspaceObject = {
  id: 'posix-mq name /jobs',
  facility: 'posix-mq',
  label: '/jobs',
  kernel: { tables: ['posix-mq'], labels: ['/jobs'] },
  uses: [use('creates', 10, { detail: 'mode 0600' }), use('removes', 20)],
};
const lost: WorkspaceObject = {
  id: 'posix-mq name /lost',
  facility: 'posix-mq',
  label: '/lost',
  kernel: { tables: ['posix-mq'], labels: ['/lost'] },
  uses: [use('opens', 30)],
};
const runtime: WorkspaceObject = {
  id: 'fifo written argv[1]',
  facility: 'fifo',
  label: 'argv[1]',
  note: 'The name is known only when the program runs.',
  uses: [use('creates', 40)],
};
const objects = {
  files: 3,
  groups: [
    { facility: 'posix-mq' as const, title: 'POSIX message queue', objects: [jobs, lost] },
    { facility: 'fifo' as const, title: 'FIFO', objects: [runtime] },
  ],
};

const row: KernelRow = {
  id: 'posix-mq:/jobs',
  label: '/jobs',
  description: '3 messages, 96 of 16384 bytes',
  details: [],
  removable: true,
  fill: { used: 96, capacity: 16384, unit: 'bytes' },
};

function modelWith(rows: KernelRow[], problem?: string): KernelModel {
  const model = new KernelModel();
  const head = {
    facility: 'posix-mq' as const,
    title: 'POSIX message queues',
    ...(problem ? { problem } : {}),
  };
  model.apply({ taken: 1, whole: true, groups: [{ ...head, changed: rows, removed: [] }] });
  return model;
}

function treeWith(model: KernelModel): WorkspaceTree {
  const tree = new WorkspaceTree(model);
  tree.take(objects);
  return tree;
}

function flat(tree: WorkspaceTree, elements = tree.roots()): WorkspaceElement[] {
  return elements.flatMap((element) => [element, ...flat(tree, tree.childrenOf(element))]);
}

describe('the rows of the view In This Workspace', () => {
  it('are facilities, their objects, and who does what with each', () => {
    const tree = treeWith(new KernelModel());
    const items = flat(tree).map((element) => tree.itemOf(element));
    assert.deepEqual(
      items.map(({ label, description }) => `${label} | ${description}`),
      [
        'POSIX message queue | 2',
        '/jobs | server.c:11',
        'creates | server.c:11 · main · mode 0600',
        'removes | server.c:21 · main',
        '/lost | server.c:31 · nobody here creates it',
        'opens | server.c:31 · main',
        'FIFO | 1',
        'argv[1] | server.c:41',
        'creates | server.c:41 · main',
      ],
    );
    assert.equal(new Set(items.map(({ id }) => id)).size, items.length, 'ids are unique');
    for (const { spoken, tooltip } of items) assert.ok(spoken && tooltip);
  });

  it('tell what exists now in the kernel, and lead there', () => {
    const tree = treeWith(modelWith([row]));
    const elements = flat(tree);
    const [there, missing] = elements.filter(({ type }) => type === 'object');
    assert.ok(there && missing);
    assert.equal(tree.itemOf(there).description, 'exists: 3 messages, 1 % full');
    assert.equal(tree.itemOf(there).contextValue, 'object+live');
    assert.match(tree.itemOf(there).spoken, /exists/);
    assert.match(tree.itemOf(missing).description, /^does not exist now · nobody here creates it$/);
    const now = elements.find(({ type }) => type === 'live');
    assert.ok(now?.type === 'live' && now.row.id === row.id);
  });

  it('claim nothing where the kernel could not be read', () => {
    assert.equal(liveOf(jobs, new KernelModel()), 'unknown');
    assert.equal(liveOf(jobs, modelWith([], 'not mounted')), 'unknown');
    assert.equal(liveOf(runtime, modelWith([row])), 'unknown');
    assert.equal(liveOf(jobs, modelWith([])), 'absent');
    assert.equal(liveOf(jobs, modelWith([row])), row);
  });

  it('are drawn anew when the kernel has news of them, and not for others', () => {
    const model = modelWith([row]);
    const tree = treeWith(model);
    const before = tree.liveState;
    const groups = (changed: KernelRow[]) => [
      { facility: 'posix-mq' as const, title: 'POSIX message queues', changed, removed: [] },
    ];
    model.apply({ taken: 2, groups: groups([{ ...row, id: 'posix-mq:/other', label: '/other' }]) });
    assert.equal(tree.liveState, before);
    model.apply({ taken: 3, groups: groups([{ ...row, description: '4 messages' }]) });
    assert.notEqual(tree.liveState, before);
  });

  it("keep other people's names from becoming Markdown", () => {
    const tree = new WorkspaceTree(new KernelModel());
    const label = '/[x](command:y)';
    tree.take({ files: 1, groups: [{ facility: 'posix-mq', title: 'Q', objects: [{ ...jobs, label }] }] });
    for (const element of flat(tree)) {
      assert.ok(!tree.itemOf(element).tooltip.includes('](command'), tree.itemOf(element).tooltip);
    }
  });
});

describe('the choice between lines of source', () => {
  it('names who does what, and where', () => {
    assert.deepEqual(
      sourcePicks(jobs.uses, (file) => file.replace('/p/', '')).map(({ use: _, ...shown }) => shown),
      [
        { label: 'main creates', description: 'src/server.c:11', detail: 'mq_open, mode 0600' },
        { label: 'main removes', description: 'src/server.c:21', detail: 'mq_open' },
      ],
    );
  });
});
