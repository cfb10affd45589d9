import type { KernelDelta, PeekResult } from '../../server/protocol';
import type { Arrangement } from './arrange';

/** What the Kernel State panel's host (extension) and its webview say to each other. */

export type ToKernelWebview =
  /** What changed; `whole` at first and after a break. */
  | { type: 'state'; delta: KernelDelta }
  | { type: 'frozen'; on: boolean }
  /** Changes are counted from now on. */
  | { type: 'marked' }
  /** What an object holds, as asked for. */
  | { type: 'peeked'; id: string; offset: number; result: PeekResult }
  /** An object to look at, or words to filter by. */
  | { type: 'show'; id?: string; filter?: string }
  /** There is nothing to show. A sentence for people. */
  | { type: 'problem'; message: string };

/** What can be done with one object or process, by a command of VS Code. */
export const rowActions = [
  'goToSource',
  'copyName',
  'copyDetails',
  'copyCommand',
  'copyJson',
  'remove',
  'signal',
] as const;
export type RowAction = (typeof rowActions)[number];

export type FromKernelWebview =
  /** The webview has loaded (again) and wants the state. */
  | { type: 'ready' }
  | { type: 'freeze'; on: boolean }
  | { type: 'mark' }
  | { type: 'peek'; id: string; offset: number }
  | { type: 'row'; action: RowAction; id: string }
  | { type: 'removeOrphans' }
  /** Opens the page of a facility, or one of its demos. */
  | { type: 'explain' | 'demo'; subject: string };

/** What the webview keeps over reloads of the window. */
export interface KernelPanelState {
  arrangement?: Arrangement;
  page?: string;
}

/** A webview's message is checked before it is believed. */
export function isFromKernelWebview(value: unknown): value is FromKernelWebview {
  if (typeof value !== 'object' || value === null) return false;
  const message = value as Record<string, unknown>;
  switch (message.type) {
    case 'ready':
    case 'mark':
    case 'removeOrphans':
      return true;
    case 'freeze':
      return typeof message.on === 'boolean';
    case 'peek':
      return (
        typeof message.id === 'string' &&
        Number.isSafeInteger(message.offset) &&
        (message.offset as number) >= 0
      );
    case 'row':
      return typeof message.id === 'string' && (rowActions as readonly unknown[]).includes(message.action);
    case 'explain':
    case 'demo':
      return typeof message.subject === 'string';
    default:
      return false;
  }
}
