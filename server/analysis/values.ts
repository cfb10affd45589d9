import type { Call, Effect, ResourceKind } from '../../catalog/schema';
import type { CType, Expr, ExprOf } from '../c/ast';

/** One place in a function where a catalogued call is made. */
export interface CallSite {
  call: Call;
  expr: ExprOf<'call'>;
}

/** Something a call made or returned. */
export interface Origin {
  site: CallSite;
  /** The place of the call it came from: `return`, or a parameter such as `pipefd[0]`. */
  at: string;
  /** The effect that created it, if it is an object. */
  effect?: Effect;
  kind?: ResourceKind;
}

/**
 * What is known of a value. Absent means unknown. A value with `origins` is the result of one of those calls and
 * nothing else; a value that may also be something else has none.
 */
export interface Value {
  /** Its integer value. */
  constant?: bigint;
  /** The text it points to. */
  text?: string;
  origins?: readonly Origin[];
  /** It is the size of this type, as `sizeof` gave it; `of` is the sizeof's operand when that was an expression. */
  measures?: { type: CType; of?: Expr };
  /** An integer in the machine's byte order for certain: a constant, or a parsed or converted number. */
  hostOrder?: boolean;
}

export const unknown: Value = Object.freeze({});

const mostOrigins = 4;

function sameOrigins(
  a: readonly Origin[] | undefined,
  b: readonly Origin[] | undefined,
): readonly Origin[] | undefined {
  if (!a || !b) {
    return undefined;
  }
  const extra = b.filter((x) => !a.some((y) => y.site.expr === x.site.expr && y.at === x.at));
  return extra.length === 0 ? a : a.length + extra.length <= mostOrigins ? [...a, ...extra] : undefined;
}

/** What is known when a value is either of two. */
export function joinValues(a: Value, b: Value): Value {
  if (a === b) {
    return a;
  }
  const joined: Value = {};
  if (a.constant !== undefined && a.constant === b.constant) joined.constant = a.constant;
  if (a.text !== undefined && a.text === b.text) joined.text = a.text;
  const origins = sameOrigins(a.origins, b.origins);
  if (origins) joined.origins = origins;
  if (a.measures && a.measures === b.measures) joined.measures = a.measures;
  if (a.hostOrder && b.hostOrder) joined.hostOrder = true;
  return joined;
}

export function sameValue(a: Value, b: Value): boolean {
  return (
    a === b ||
    (a.constant === b.constant &&
      a.text === b.text &&
      a.measures === b.measures &&
      a.hostOrder === b.hostOrder &&
      a.origins?.length === b.origins?.length &&
      (a.origins ?? []).every((x) => b.origins?.some((y) => y.site.expr === x.site.expr && y.at === x.at)))
  );
}

export function isUnknown(value: Value): boolean {
  return Object.keys(value).length === 0;
}
