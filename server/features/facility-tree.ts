import {
  type Facility,
  facilities,
  facilityIds,
  type TaxonomyNode,
  type Topic,
  taxonomy,
  topicIds,
  topics,
} from '../../catalog';
import type { FacilityTree, FacilityTreeNode, ScenarioSummary } from '../protocol';

/** The tree of the Facilities view: the taxonomy with the facilities in it, then the topics. */
export function facilityTree(scenarios: readonly ScenarioSummary[]): FacilityTree {
  const roots = taxonomy.filter(({ parent }) => parent === undefined);
  return { nodes: [...roots.map((node) => categoryNode(node, scenarios)), topicsNode(scenarios)] };
}

function categoryNode(node: TaxonomyNode, scenarios: readonly ScenarioSummary[]): FacilityTreeNode {
  const below = taxonomy.filter(({ parent }) => parent === node.id);
  const here = facilityIds.flatMap((id) => {
    const facility = facilities.get(id);
    return facility?.taxonomy === node.id ? [facility] : [];
  });
  return {
    id: node.id,
    kind: 'category',
    title: node.title,
    description: '',
    tooltip: node.meaning,
    scenarios: [],
    children: [
      ...here.map((facility) => facilityNode(facility, scenarios)),
      ...below.map((child) => categoryNode(child, scenarios)),
    ],
  };
}

function facilityNode(facility: Facility, scenarios: readonly ScenarioSummary[]): FacilityTreeNode {
  return {
    id: facility.id,
    kind: 'facility',
    title: facility.title,
    description: `${facility.accessibility.scope === 'network' ? 'network' : `${facility.accessibility.scope} processes`}, ${facility.persistence.kind} persistence`,
    tooltip: facility.summary,
    scenarios: scenarios.filter(({ subject }) => subject === facility.id),
    children: [],
  };
}

function topicsNode(scenarios: readonly ScenarioSummary[]): FacilityTreeNode {
  const list = topicIds.flatMap((id) => topics.get(id) ?? []);
  return {
    id: 'topics',
    kind: 'category',
    title: 'Across facilities',
    description: '',
    tooltip: 'Questions that several facilities share.',
    scenarios: [],
    children: list.map((topic) => topicNode(topic, scenarios)),
  };
}

function topicNode(topic: Topic, scenarios: readonly ScenarioSummary[]): FacilityTreeNode {
  return {
    id: topic.id,
    kind: 'topic',
    title: topic.title,
    description: '',
    tooltip: topic.summary,
    scenarios: scenarios.filter(({ subject }) => subject === topic.id),
    children: [],
  };
}
