import type { FacilityTree, FacilityTreeNode, SourceUse } from '../../server/protocol';

/** Rows of the quick picks, without VS Code: what is offered, in which order and under which heading. */
export type DemoPick =
  | { separator: string }
  | { scenario: string; title: string; summary: string; kindWords: string; icon: string };

/** Demos grouped by facility and topic in the order of the tree; `only` restricts them to one node and what lies under it. */
export function demoPicks(tree: FacilityTree, only?: string): DemoPick[] {
  const picks: DemoPick[] = [];
  for (const node of flatten(tree.nodes, only)) {
    if (node.scenarios.length === 0) continue;
    picks.push({ separator: node.title });
    for (const scenario of node.scenarios) {
      const pitfall = scenario.kind === 'pitfall';
      picks.push({
        scenario: scenario.id,
        title: scenario.title,
        summary: scenario.summary,
        kindWords: pitfall ? 'pitfall' : 'as intended',
        icon: pitfall ? 'warning' : 'play-circle',
      });
    }
  }
  return picks;
}

export type ExplainPick = { separator: string } | { id: string; title: string; description: string };

/** Facilities under the heading of the category that holds them, then the topics. */
export function explainPicks(tree: FacilityTree): ExplainPick[] {
  const picks: ExplainPick[] = [];
  let heading = '';
  const visit = (nodes: FacilityTreeNode[], path: string): void => {
    for (const node of nodes) {
      if (node.kind !== 'category') {
        if (path !== heading) picks.push({ separator: path });
        heading = path;
        picks.push({ id: node.id, title: node.title, description: node.description });
      }
      visit(node.children, node.kind === 'category' ? node.title : path);
    }
  };
  visit(tree.nodes, '');
  return picks;
}

/** Lines of source to choose from: what happens there, and where. */
export function sourcePicks(
  uses: readonly SourceUse[],
  shownFile: (path: string) => string,
): { label: string; description: string; detail?: string; use: SourceUse }[] {
  return uses.map((use) => ({
    label: `${use.within} ${use.does}`,
    description: `${shownFile(use.path)}:${use.range.start.line + 1}`,
    detail: [use.call, ...(use.detail === undefined ? [] : [use.detail])].join(', '),
    use,
  }));
}

/** Every node, parents first; with `only`, that node and those under it. */
export function flatten(nodes: FacilityTreeNode[], only?: string): FacilityTreeNode[] {
  return nodes.flatMap((node) =>
    only === undefined || node.id === only ? [node, ...flatten(node.children)] : flatten(node.children, only),
  );
}

/** A scenario id given by a code action, a link or a scenario row of the Facilities view. */
export function scenarioIdOf(argument: unknown): string | undefined {
  if (typeof argument === 'string') return argument;
  if (isRecord(argument) && isRecord(argument.scenario) && typeof argument.scenario.id === 'string') {
    return argument.scenario.id;
  }
  return undefined;
}

/** The facility or topic a row of a view stands for. */
export function nodeOf(argument: unknown): { id: string; title: string } | undefined {
  if (!isRecord(argument) || !isRecord(argument.node)) return undefined;
  const { id, title } = argument.node;
  return typeof id === 'string' && typeof title === 'string' ? { id, title } : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
