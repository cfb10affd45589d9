import assert from 'node:assert/strict';
import { demoPicks, explainPicks, nodeOf, scenarioIdOf } from '../../client/commands/picks';
import { CrashBudget } from '../../client/crash-budget';
import { linkPages, pageHtml } from '../../client/explain/html';
import * as facilities from '../../client/views/facilities-model';
import type { FacilityTree, FacilityTreeNode, ScenarioSummary } from '../../server/protocol';

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
