import type { ComparisonView, FacilityId } from '../../server/protocol';

/** What the comparison's host (extension) and its webview say to each other. */

export type ToCompareWebview =
  | { type: 'comparison'; view: ComparisonView }
  /** A sentence for people. */
  | { type: 'problem'; message: string };

export type FromCompareWebview =
  /** The webview has loaded (again) and wants the state. */
  | { type: 'ready' }
  /** These facilities, in this order. */
  | { type: 'choose'; ids: FacilityId[] }
  | { type: 'explain'; id: FacilityId }
  | { type: 'demo'; scenario: string };

/** What the webview keeps over reloads of the window. */
export interface CompareState {
  ids?: FacilityId[];
  onlyDifferences?: boolean;
}

const isText = (value: unknown): value is string => typeof value === 'string';

export const isIds = (value: unknown): value is FacilityId[] =>
  Array.isArray(value) && value.length <= 16 && value.every(isText);

/** A webview's message is checked before it is believed. */
export function isFromCompareWebview(value: unknown): value is FromCompareWebview {
  if (typeof value !== 'object' || value === null) return false;
  const { type, ids, id, scenario } = value as Record<string, unknown>;
  switch (type) {
    case 'ready':
      return true;
    case 'choose':
      return isIds(ids);
    case 'explain':
      return isText(id);
    case 'demo':
      return isText(scenario);
    default:
      return false;
  }
}
