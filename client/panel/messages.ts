import type { DemoView } from '../../server/protocol';
import type { History } from './history';

/** What the panel's host (extension) and its webview say to each other. */

export type ToWebview =
  /** A session is being opened; nothing to draw yet. */
  | { type: 'opening'; scenario: string }
  | { type: 'view'; view: DemoView; history: History }
  /** There is no session, or it was lost. `message` is a sentence for people. */
  | { type: 'problem'; message: string };

export type FromWebview =
  /** The webview has loaded (again) and wants the state. */
  | { type: 'ready' }
  | { type: 'act'; action: 'step' | 'run' | 'pause' | 'restart'; delay?: number }
  /** Opens a new session after a problem. */
  | { type: 'reopen' }
  /** Opens the program of a process in an editor. */
  | { type: 'open-program'; process: string }
  /** Opens the page of the scenario's facility or topic. */
  | { type: 'explain' };

/** What the webview keeps over reloads of the window; `scenario` lets the panel come back. */
export interface PanelState {
  scenario?: string;
  delay?: number;
  asText?: boolean;
}

const actions = ['step', 'run', 'pause', 'restart'];

/** A webview's message is checked before it is believed. */
export function isFromWebview(value: unknown): value is FromWebview {
  if (typeof value !== 'object' || value === null) return false;
  const message = value as Record<string, unknown>;
  switch (message.type) {
    case 'ready':
    case 'reopen':
    case 'explain':
      return true;
    case 'act':
      return (
        typeof message.action === 'string' &&
        actions.includes(message.action) &&
        (message.delay === undefined || (typeof message.delay === 'number' && message.delay >= 0))
      );
    case 'open-program':
      return typeof message.process === 'string';
    default:
      return false;
  }
}
