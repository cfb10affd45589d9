import assert from 'node:assert/strict';
import { demoPicks, explainPicks, nodeOf, scenarioIdOf } from '../../client/commands/picks';
import { CrashBudget } from '../../client/crash-budget';
import { linkPages, pageHtml } from '../../client/explain/html';
import * as facilities from '../../client/views/facilities-model';
import * as kernel from '../../client/views/kernel-model';
import type {
  FacilityTree,
  FacilityTreeNode,
  KernelGroup,
  KernelRow,
  ScenarioSummary,
} from '../../server/protocol';

const scenario = (id: string, kind: ScenarioSummary['kind'] = 'normal'): ScenarioSummary => ({
  id,
  subject: 'pipe',
  title: `Title of ${id}`,
  summary: 'What one sees.',
  kind,
  ...(kind === 'pitfall' ? { rule: 'pipe/unused-end-open' } : {}),
});

const node = (
  id: string,
  kind: FacilityTreeNode['kind'],
  more: Partial<FacilityTreeNode> = {},
): FacilityTreeNode => ({
  id,
  kind,
  title: id.toUpperCase(),
  description: `about ${id}`,
  tooltip: `more about ${id}`,
  scenarios: [],
  children: [],
  ...more,
});

const tree: FacilityTree = {
  nodes: [
    node('communication', 'category', {
      children: [
        node('byte-stream', 'category', {
          children: [
            node('pipe', 'facility', { scenarios: [scenario('pipe/a'), scenario('pipe/b', 'pitfall')] }),
            node('fifo', 'facility'),
          ],
        }),
      ],
    }),
    node('topics', 'category', {
      children: [node('peeking', 'topic', { scenarios: [scenario('peeking/a')] })],
    }),
  ],
};

describe('quick picks', () => {
  it('group demos by facility and tell pitfalls', () => {
    assert.deepEqual(
      demoPicks(tree).map((pick) => ('separator' in pick ? pick.separator : `${pick.icon} ${pick.scenario}`)),
      ['PIPE', 'play-circle pipe/a', 'warning pipe/b', 'PEEKING', 'play-circle peeking/a'],
    );
  });

  it('restrict demos to a node and what lies under it', () => {
    const of = (id: string) => demoPicks(tree, id).filter((pick) => 'scenario' in pick).length;
    assert.deepEqual(
      [of('pipe'), of('communication'), of('peeking'), of('fifo'), of('nothing')],
      [2, 2, 1, 0, 0],
    );
  });

  it('put facilities under their category', () => {
    assert.deepEqual(
      explainPicks(tree).map((pick) => ('separator' in pick ? `- ${pick.separator}` : pick.id)),
      ['- BYTE-STREAM', 'pipe', 'fifo', '- TOPICS', 'peeking'],
    );
  });

  it('take ids from links and rows, and nothing from nonsense', () => {
    assert.equal(scenarioIdOf('pipe/a'), 'pipe/a');
    assert.equal(scenarioIdOf({ type: 'scenario', scenario: scenario('pipe/b') }), 'pipe/b');
    assert.equal(nodeOf({ type: 'node', node: tree.nodes[0] })?.id, 'communication');
    for (const nonsense of [undefined, null, 3, {}, { scenario: 1 }, { node: null }]) {
      assert.equal(scenarioIdOf(nonsense), undefined);
      assert.equal(nodeOf(nonsense), undefined);
    }
  });
});

describe('the Facilities view', () => {
  const all = (elements: facilities.FacilityElement[]): facilities.FacilityElement[] =>
    elements.flatMap((element) => [element, ...all(facilities.childrenOf(element))]);
  const rows = all(tree.nodes.map((one) => ({ type: 'node', node: one }))).map(facilities.rowOf);

  it('shows categories, facilities, then their demos, each under an id of its own', () => {
    assert.equal(rows.length, 9);
    assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
  });

  it('offers demos only where there are some', () => {
    const context = Object.fromEntries(rows.map(({ id, contextValue }) => [id, contextValue]));
    assert.equal(context.pipe, 'facility+demo');
    assert.equal(context.fifo, 'facility');
    assert.equal(context.peeking, 'topic+demo');
    assert.equal(context['pipe>pipe/b'], 'scenario+demo');
  });

  it('says pitfall in words, and which rule reports it', () => {
    const pitfall = rows.find(({ id }) => id === 'pipe>pipe/b');
    assert.match(pitfall?.tooltip ?? '', /· pitfall/);
    assert.match(pitfall?.spoken ?? '', /pitfall/);
    assert.match(pitfall?.tooltip ?? '', /`pipe\/unused-end-open`/);
  });
});

describe('the rows of the Facilities view', () => {
  it('are short, and tell the rest in the tooltip', () => {
    const titles = {
      'The reader that never sees end-of-file': 'Reader that never sees end-of-file',
      'The careful writer: EPIPE instead of SIGPIPE': 'Careful writer',
      'Writing when nobody reads: SIGPIPE': 'Writing when nobody reads',
      'A pipe: two ends': 'Pipe: two ends',
      'Another one': 'Another one',
    };
    for (const [title, short] of Object.entries(titles)) assert.equal(facilities.shortTitle(title), short);
    const row = facilities.rowOf({
      type: 'node',
      node: node('pipe', 'facility', { scenarios: [scenario('a')] }),
    });
    assert.equal(row.description, '1');
    assert.equal(row.tooltip, '**PIPE**\n\nmore about pipe\n\n_about pipe_');
  });
});

describe('the Kernel Objects view', () => {
  const row = (id: string, more: Partial<KernelRow> = {}): KernelRow => ({
    id,
    label: `label ${id}`,
    description: '3 messages',
    details: [{ label: 'Owner', value: 'root' }],
    removable: true,
    ...more,
  });
  const group = (title: string, rows: KernelRow[], problem?: string) =>
    ({
      table: title,
      facility: 'sysv-msg',
      title,
      rows,
      ...(problem === undefined ? {} : { problem }),
    }) as KernelGroup;

  it('hides empty groups and keeps those that say why they are', () => {
    const groups = new kernel.KernelGroups();
    groups.replace([group('A', []), group('B', [row('1')]), group('C', [], 'Not permitted.')]);
    assert.deepEqual(
      groups.roots().map((element) => kernel.itemOf(element).label),
      ['B', 'C'],
    );
    const problem = kernel.childrenOf(groups.roots()[1]!).map(kernel.itemOf);
    assert.deepEqual(
      problem.map(({ label }) => label),
      ['Not permitted.'],
    );
  });

  it('takes changed groups whole and keeps the order', () => {
    const groups = new kernel.KernelGroups();
    groups.replace([group('A', [row('1')]), group('B', [row('2')])]);
    groups.merge([group('A', [row('1'), row('3')]), group('New', [row('4')])]);
    assert.deepEqual(
      groups.all().map(({ title, rows }) => `${title} ${rows.length}`),
      ['A 2', 'B 1', 'New 1'],
    );
    assert.equal(groups.groupOf(row('4'))?.title, 'New');
  });

  it('refreshes only what changed, unless groups appear or vanish', () => {
    const groups = new kernel.KernelGroups();
    groups.replace([group('A', [row('1')]), group('B', [row('2')])]);
    const [, b] = groups.roots();
    assert.deepEqual(groups.merge([group('B', [row('2'), row('3')])]), [b]);
    assert.equal(groups.roots()[1], b, 'the same element');
    assert.equal(b?.group.rows.length, 2, 'with the new rows');
    assert.equal(groups.merge([group('A', [])]), undefined);
    assert.equal(groups.merge([group('New', [row('4')])]), undefined);
  });

  it('counts objects and orphans', () => {
    const element = {
      type: 'group',
      group: group('Queues', [row('1', { orphan: true }), row('2')]),
      node: { id: 'x', title: 'y' },
    };
    assert.equal(kernel.itemOf(element as kernel.KernelElement).description, '2 · 1 orphaned');
  });

  it('tells an orphan in words, and offers removal only where it is possible', () => {
    const item = (more: Partial<KernelRow>) =>
      kernel.itemOf({ type: 'object', row: row('1', more), group: group('Queues', []) });
    assert.match(item({ orphan: true }).spoken, /orphan/);
    assert.equal(item({ removable: true }).contextValue, 'object+removable');
    assert.equal(item({ removable: false }).contextValue, 'object');
  });

  it('has an icon for a group, and one for the state of an object', () => {
    const icon = (more: Partial<KernelRow>) =>
      kernel.itemOf({ type: 'object', row: row('1', more), group: group('Queues', []) }).icon;
    const holder = { pid: 7, program: 'cat', role: 'reads' };
    assert.equal(
      kernel.itemOf({ type: 'group', group: group('Q', []), node: { id: '', title: '' } }).icon,
      'inbox',
    );
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
    const object = { type: 'object', row: warned, group: group('Pipes', []) } as const;
    const labels = kernel.childrenOf(object).map((child) => kernel.itemOf(child).label);
    assert.deepEqual(labels, ['Nobody reads.', 'Owner']);
    assert.equal(kernel.itemOf(object).tooltip.split('Nobody reads').length, 2);
  });

  it('offers the command that removes an object', () => {
    const item = kernel.itemOf({
      type: 'object',
      row: row('1', { command: 'ipcrm -q 1' }),
      group: group('Queues', []),
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
      group: group('Queues', []),
    });
    assert.ok(item.tooltip.includes('/\\[a\\]\\(command:evil\\)\\|\\`x\\`'), item.tooltip);
    assert.ok(item.tooltip.includes('a\\|b c'));
  });

  it('copies everything it shows', () => {
    assert.equal(kernel.detailsAsText(row('1')), 'label 1: 3 messages\nOwner: root\n');
  });
});

describe('the page of a facility', () => {
  it('turns links between pages into commands', () => {
    assert.equal(
      linkPages('[FIFO](ipc-lens:fifo) [site](https://example.org)'),
      '[FIFO](command:ipcLens.explain?%5B%22fifo%22%5D) [site](https://example.org)',
    );
  });

  it('escapes what it shows and runs no script', () => {
    const html = pageHtml({
      title: '<script>',
      body: '<h1>Pipe</h1>',
      scenarios: [{ ...scenario('pipe/"x"'), title: '<b>' }],
      cspSource: 'https://source',
      styles: [],
    });
    assert.ok(!html.includes('<script') && !html.includes('<b>'));
    assert.match(html, /default-src 'none'/);
    assert.doesNotMatch(html, /script-src|unsafe/);
  });
});

describe('restarts after a crash', () => {
  it('stop after three within three minutes', () => {
    const budget = new CrashBudget(3, 180_000);
    assert.deepEqual(
      [0, 1, 2, 3].map((second) => budget.spend(second * 1000)),
      [true, true, true, false],
    );
    assert.equal(budget.spend(400_000), true, 'old crashes are forgiven');
    budget.forget();
    assert.equal(budget.spend(400_001), true);
  });
});
