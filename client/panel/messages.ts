import type { DemoView, IssueRequest, PlaygroundOffer, Refusal } from '../../server/protocol';
import type { History } from './history';

/** What the panel's host (extension) and its webview say to each other. */

export type ToWebview =
  /** A session is being opened; nothing to draw yet. */
  | { type: 'opening'; scenario: string }
  | { type: 'view'; view: DemoView; history: History }
  /** What may be done by hand. */
  | { type: 'offer'; offer: PlaygroundOffer }
  /** The call that was asked for last has been issued, or was refused. */
  | { type: 'issued'; refused?: Refusal }
  /** There is no session, or it was lost. `message` is a sentence for people. */
  | { type: 'problem'; message: string };

export type Action = 'step' | 'run' | 'pause' | 'restart' | 'leave';

export type FromWebview =
  /** The webview has loaded (again) and wants the state. */
  | { type: 'ready' }
  | { type: 'act'; action: Action; delay?: number }
  /** Wants to know what may be done by hand. */
  | { type: 'offer' }
  | { type: 'issue'; request: IssueRequest }
  /** Writes the programs into a folder that the person chooses. */
  | { type: 'open-project' }
  /** Opens a new session after a problem. */
  | { type: 'reopen' }
  /** Opens the program of a process in an editor. */
  | { type: 'open-program'; process: string }
  /** Opens the page of the scenario's facility or topic. */
  | { type: 'explain' }
  /** Offers the demos of the scenario's facility or topic. */
  | { type: 'pick' };

/** A call by hand as it stands in the fields. */
export interface CallForm {
  process: string;
  call: string;
  args: string[];
  into: string;
}

/** One thing that was done: a step of the script, a call by hand, or the leaving of the script. */
export type Played = 'step' | 'leave' | IssueRequest;

/** What the webview keeps over reloads of the window; `scenario` lets the panel come back, `played` bring it where it was. */
export interface PanelState {
  scenario?: string;
  delay?: number;
  asText?: boolean;
  /** The playground is open. */
  byHand?: boolean;
  /** The call that is being put together there. */
  form?: CallForm;
  played?: Played[];
}

/** What has been played, in its order: doing it again leads to the same place. */
export function playedIn(view: DemoView): Played[] {
  const done = view.steps
    .filter((step) => step.status !== 'pending')
    .map((step): Played => (step.yours ? { process: step.process, ...step.yours } : 'step'));
  return view.left ? [...done, 'leave'] : done;
}

const actions = ['step', 'run', 'pause', 'restart', 'leave'];
const mostArguments = 16;

/** A webview's message is checked before it is believed. */
export function isFromWebview(value: unknown): value is FromWebview {
  if (typeof value !== 'object' || value === null) return false;
  const message = value as Record<string, unknown>;
  switch (message.type) {
    case 'ready':
    case 'reopen':
    case 'explain':
    case 'offer':
    case 'open-project':
    case 'pick':
      return true;
    case 'act':
      return (
        typeof message.action === 'string' &&
        actions.includes(message.action) &&
        (message.delay === undefined || (typeof message.delay === 'number' && message.delay >= 0))
      );
    case 'issue':
      return isIssueRequest(message.request);
    case 'open-program':
      return typeof message.process === 'string';
    default:
      return false;
  }
}

function isIssueRequest(value: unknown): value is IssueRequest {
  if (typeof value !== 'object' || value === null) return false;
  const { process, call, args, into } = value as Record<string, unknown>;
  return (
    typeof process === 'string' &&
    typeof call === 'string' &&
    Array.isArray(args) &&
    args.length <= mostArguments &&
    args.every((argument) => typeof argument === 'string') &&
    (into === undefined || typeof into === 'string')
  );
}

/** What a webview kept is its own; it may be of an older version. */
export function isPlayed(value: unknown): value is Played[] {
  return (
    Array.isArray(value) && value.every((one) => one === 'step' || one === 'leave' || isIssueRequest(one))
  );
}
