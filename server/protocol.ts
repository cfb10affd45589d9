/**
 * The requests and notifications beyond LSP, shared by server and client: types and names, and the language of filters, which both
 * speak. The client imports nothing else of the server.
 */
import type { FacilityId, TopicId } from '../catalog/schema';
import type {
  DemoView,
  IssueRequest,
  PlaygroundOffer,
  ProjectView,
  Refusal,
  ScenarioSummary,
} from './demos/view';
import type {
  KernelDelta,
  KernelGroup,
  KernelRow,
  KernelView,
  PeekResult,
  RemoveResult,
  SignalRequest,
  SignalResult,
} from './kernel/view';
import type { SourceAnswer, SourceQuestion, WorkspaceObjects } from './workspace/objects/view';

export type * from './demos/view';
export { filterWords } from './kernel/filter';
export type * from './kernel/view';
export { namedTable } from './workspace/objects/tables';
export type * from './workspace/objects/view';
export type { FacilityId, TopicId };

/** How the server is: sent when it changes. */
export interface ServerStatus {
  state: 'starting' | 'ready' | 'failed';
  /** For people: what failed and what to do. */
  message?: string;
  /** Why live demos and kernel state are not available; absent when they are. */
  nativeProblem?: string;
}

/** The tree of the Facilities view: the taxonomy with its facilities, then the topics. */
export interface FacilityTree {
  nodes: FacilityTreeNode[];
}

export interface FacilityTreeNode {
  /** A taxonomy id, a facility id or a topic id. */
  id: string;
  kind: 'category' | 'facility' | 'topic';
  title: string;
  /** One line beside the title. */
  description: string;
  tooltip: string;
  scenarios: ScenarioSummary[];
  children: FacilityTreeNode[];
}

/** Facilities side by side. */
export interface ComparisonView {
  /** The columns. */
  facilities: { id: FacilityId; title: string }[];
  /** All that can be chosen, in groups. */
  offered: { title: string; facilities: { id: FacilityId; title: string }[] }[];
  /** How many columns there may be. */
  most: number;
  sections: { title: string; rows: ComparisonRow[] }[];
}

export interface ComparisonRow {
  title: string;
  /** One a column; an empty one for what the facility does not have. */
  cells: ComparisonCell[];
  /** They are not all the same, by their values where they have such. */
  differs: boolean;
}

export interface ComparisonCell {
  /** The thing itself, in a few words; `text` says more. */
  value?: string;
  text?: string;
  list?: string[];
  scenarios?: ScenarioSummary[];
  /** Of a limit: what this machine shows now, and where. */
  live?: string;
  shownAt?: string;
}

/** Method names with the types of their parameters and results. */
export interface Requests {
  /** The Facilities view's content. */
  'ipcLens/facilities': { params: null; result: FacilityTree };
  /** The page of a facility or topic, as Markdown. */
  'ipcLens/explain': { params: { id: FacilityId | TopicId }; result: { title: string; markdown: string } };
  /** Facilities side by side, with what the machine shows for their limits now. */
  'ipcLens/compare': { params: { ids: FacilityId[] }; result: ComparisonView };
  /** Every scenario that can be played. */
  'ipcLens/demo/list': { params: null; result: ScenarioSummary[] };
  /** Starts a session: processes are made, nothing of the script has run. Fails with a sentence for people. */
  'ipcLens/demo/open': { params: { scenario: string }; result: DemoView };
  /** `step`: the next step; resolves when it ended or blocked. `run`: steps on at `delay` ms until the end or `pause`. `restart`: everything anew. `leave`: what is left of the script is not played. */
  'ipcLens/demo/act': {
    params: { session: string; action: 'step' | 'run' | 'pause' | 'restart' | 'leave'; delay?: number };
    result: DemoView;
  };
  /** What a person may do by hand in a session. */
  'ipcLens/demo/offer': { params: { session: string }; result: PlaygroundOffer };
  /** A call by hand: resolves when it ended or blocked, or says why it was not issued. */
  'ipcLens/demo/issue': {
    params: { session: string } & IssueRequest;
    result: { view: DemoView; refused?: Refusal };
  };
  /** A scenario as a folder of C sources, with the person's own calls where a session is named. */
  'ipcLens/demo/project': { params: { scenario: string; session?: string }; result: ProjectView };
  /** Ends a session and everything it made. */
  'ipcLens/demo/close': { params: { session: string }; result: null };
  /**
   * While `on`, the server polls and sends `ipcLens/kernel/changed`, or `ipcLens/kernel/delta` when `deltas` are asked for.
   * The result is the state now.
   */
  'ipcLens/kernel/watch': { params: { on: boolean; deltas?: boolean }; result: KernelView };
  /** Removes one object; the client has asked the person before. */
  'ipcLens/kernel/remove': { params: { id: string }; result: RemoveResult };
  /** What `removeOrphans` would remove: to be named to the person first. */
  'ipcLens/kernel/orphans': { params: null; result: KernelRow[] };
  /** Removes those that still are orphans. One result each, in the order of `ids`. */
  'ipcLens/kernel/removeOrphans': { params: { ids: string[] }; result: RemoveResult[] };
  /** What an object holds, memory from byte `offset` on; nothing is taken out. */
  'ipcLens/kernel/peek': { params: { id: string; offset?: number }; result: PeekResult };
  /** Sends a signal to a process; the client has asked the person before. */
  'ipcLens/kernel/signal': { params: SignalRequest; result: SignalResult };
  /** The objects that the sources of the workspace use. From the first time on, the server tells when they changed. */
  'ipcLens/workspaceObjects': { params: null; result: WorkspaceObjects };
  /** The lines of source that create an object of the kernel, or else use it. */
  'ipcLens/findSource': { params: SourceQuestion; result: SourceAnswer };
}

export interface Notifications {
  'ipcLens/status': ServerStatus;
  /** A session's view changed. */
  'ipcLens/demo/changed': DemoView;
  /** The groups whose rows changed since the last message, whole. */
  'ipcLens/kernel/changed': { taken: number; groups: KernelGroup[] };
  /** The rows that changed since the last message. */
  'ipcLens/kernel/delta': KernelDelta;
  /** `ipcLens/workspaceObjects` would answer otherwise now. */
  'ipcLens/workspaceObjects/changed': Record<string, never>;
}
