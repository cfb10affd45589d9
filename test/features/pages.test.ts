import assert from 'node:assert/strict';
import { calls, facilities, facilityIds, topicIds, topics } from '../../catalog';
import { facilityTree } from '../../server/features/facility-tree';
import { explain } from '../../server/features/pages';
import type { FacilityTreeNode, ScenarioSummary } from '../../server/protocol';

const scenarioOf = (subject: string) => ({ id: `${subject}/test`, subject }) as unknown as ScenarioSummary;

function flat(nodes: readonly FacilityTreeNode[]): FacilityTreeNode[] {
  return nodes.flatMap((node) => [node, ...flat(node.children)]);
}

describe('the tree of facilities', () => {
  const { nodes } = facilityTree([]);

  it('holds every facility and every topic exactly once', () => {
    const ids = (kind: FacilityTreeNode['kind']) =>
      flat(nodes)
        .filter((node) => node.kind === kind)
        .map(({ id }) => id)
        .sort();
    assert.deepEqual(ids('facility'), [...facilityIds].sort());
    assert.deepEqual(ids('topic'), [...topicIds].sort());
  });

  it('has no id twice, no empty category and no empty text', () => {
    const all = flat(nodes);
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
    for (const node of all) {
      assert.ok(node.title && node.tooltip, node.id);
      assert.equal(node.children.length > 0, node.kind === 'category', node.id);
      assert.ok(
        node.kind !== 'facility' || /, (process|kernel|file-system) persistence$/.test(node.description),
      );
    }
  });

  it('puts each scenario under its subject', () => {
    const subjects = [...facilityIds, ...topicIds];
    const tree = facilityTree(subjects.map(scenarioOf));
    for (const { id, kind, scenarios } of flat(tree.nodes)) {
      assert.deepEqual(
        scenarios.map((scenario) => scenario.id),
        kind === 'category' ? [] : [`${id}/test`],
        id,
      );
    }
  });
});

/** The cells of a Markdown table row. */
function cells(row: string): string[] {
  return row.replace(/\\\|/g, '').split('|').slice(1, -1);
}

describe('the page of', () => {
  for (const id of [...facilityIds, ...topicIds]) {
    it(`${id} is whole`, () => {
      const page = explain(id);
      const record = facilities.get(id as never) ?? topics.get(id as never);
      assert.ok(page && record);
      const { title, markdown } = page;
      assert.equal(title, record.title);
      assert.ok(markdown.startsWith(`# ${title}\n\n${record.summary}\n\n`));
      assert.ok(markdown.endsWith('\n') && !markdown.endsWith('\n\n'));
      assert.doesNotMatch(markdown, /(?:^|[`*|(]|: )undefined|\[object|\bNaN\b|\n{3,}|(?<!\.)\.\.(?:\s|$)/m);
      for (const pitfall of record.pitfalls) assert.ok(markdown.includes(`\n- ${pitfall}`));
      for (const name of Object.keys(record.uses)) assert.ok(markdown.includes(`- \`${name}\`: `), name);
      for (const { page: man, section } of record.manPages) {
        assert.ok(markdown.includes(`[${man}(${section})](https://man7.org/`), man);
      }
    });
  }

  it('every facility lists the calls of its own', () => {
    for (const { record, chapter } of calls.values()) {
      if (chapter.facility) {
        assert.ok(explain(chapter.facility.id)?.markdown.includes(`- \`${record.prototype}\``), record.name);
      }
    }
  });

  it('every facility has well-formed tables, links and code', () => {
    for (const id of [...facilityIds, ...topicIds]) {
      const lines = explain(id)?.markdown.split('\n') ?? [];
      let width = 0;
      for (const [i, line] of lines.entries()) {
        if (!line.startsWith('|')) {
          width = 0;
        } else if (width === 0) {
          width = cells(line).length;
          assert.match(lines[i + 1] ?? '', /^\|(?: --- \|)+$/, `${id}: ${line}`);
          assert.equal(lines[i - 1], '', `${id}: an empty line before the table`);
        } else {
          assert.equal(cells(line).length, width, `${id}: ${line}`);
        }
        assert.equal((line.match(/`/g) ?? []).length % 2, 0, `${id}: ${line}`);
      }
      const headings = lines.filter((line) => line.startsWith('#'));
      assert.equal(new Set(headings).size, headings.length, id);
    }
  });

  it('nothing is not there', () => {
    for (const id of ['', 'pipes', 'constructor', '__proto__', 'communication', '../pipe']) {
      assert.equal(explain(id as never), undefined, id);
    }
  });
});
