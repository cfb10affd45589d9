import type { FacilityTreeNode, ScenarioSummary } from '../../server/protocol';
import { iconOf } from './facility-icons';

/** An element of the Facilities view. Commands get it as their argument. */
export type FacilityElement =
  | { type: 'node'; node: FacilityTreeNode }
  | { type: 'scenario'; scenario: ScenarioSummary; parent: string };

/** How an element looks, without VS Code. */
export interface FacilityRow {
  id: string;
  label: string;
  description: string;
  tooltip: string;
  icon?: string;
  iconColor?: string;
  /** Menus are bound to this. */
  contextValue: string;
  expandable: 'open' | 'closed' | 'no';
  /** Said by screen readers. */
  spoken: string;
}

export function childrenOf(element: FacilityElement): FacilityElement[] {
  if (element.type === 'scenario') return [];
  const { node } = element;
  return [
    ...node.children.map((child): FacilityElement => ({ type: 'node', node: child })),
    ...node.scenarios.map((scenario): FacilityElement => ({ type: 'scenario', scenario, parent: node.id })),
  ];
}

export function rowOf(element: FacilityElement): FacilityRow {
  return element.type === 'scenario' ? scenarioRow(element.scenario, element.parent) : nodeRow(element.node);
}

function scenarioRow(scenario: ScenarioSummary, parent: string): FacilityRow {
  const pitfall = scenario.kind === 'pitfall';
  const rule = scenario.rule ? `\n\nThe linter reports this mistake as \`${scenario.rule}\`.` : '';
  return {
    // A scenario may stand under a facility and under a topic; ids of rows are unique.
    id: `${parent}>${scenario.id}`,
    label: shortTitle(scenario.title),
    // The icon says whether it is a pitfall; the tooltip and screen readers say it in words.
    description: '',
    tooltip: `**${scenario.title}** · ${pitfall ? 'pitfall' : 'as intended'}\n\n${scenario.summary}${rule}`,
    icon: pitfall ? 'warning' : 'play-circle',
    iconColor: pitfall ? 'list.warningForeground' : 'charts.green',
    contextValue: 'scenario+demo',
    expandable: 'no',
    spoken: `Demo: ${scenario.title}${pitfall ? ', pitfall' : ''}. ${scenario.summary}`,
  };
}

/** What fits the side bar at its usual width, below three levels. */
const roomForTitle = 28;

/** The title of a demo as a row shows it: without its article, and without what follows a colon where that is too long. */
export function shortTitle(title: string): string {
  const bare = title.replace(/^(?:the|an?) (?=\S)/i, '');
  const head = bare.length > roomForTitle ? bare.split(': ', 1)[0]! : bare;
  return head.charAt(0).toUpperCase() + head.slice(1);
}

function nodeRow(node: FacilityTreeNode): FacilityRow {
  const demos = node.scenarios.length;
  const spokenDemos = demos === 1 ? '1 demo' : `${demos} demos`;
  return {
    id: node.id,
    label: node.title,
    // How many demos there are, in the way the other view counts objects.
    description: demos > 0 ? String(demos) : '',
    tooltip: tooltipOf(node),
    icon: node.kind === 'category' ? undefined : iconOf(node.id),
    contextValue: node.kind === 'category' ? 'category' : demos > 0 ? `${node.kind}+demo` : node.kind,
    expandable: node.kind === 'category' ? 'open' : demos + node.children.length > 0 ? 'closed' : 'no',
    spoken:
      node.kind === 'category'
        ? `${node.title}, category`
        : `${node.title}. ${node.description}. ${spokenDemos}`,
  };
}

function tooltipOf(node: FacilityTreeNode): string {
  const { title, tooltip, description } = node;
  return [`**${title}**`, tooltip, ...(description ? [`_${description}_`] : [])].join('\n\n');
}
