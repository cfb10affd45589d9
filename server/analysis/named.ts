import { errnoByName } from '../../catalog';
import type { Expr } from '../c/ast';
import type { FunctionScope } from './context';
import type { Comparison } from './operators';
import type { Value } from './values';

/** Constants of headers that are not at hand, such as `G_IO_STATUS_AGAIN`: what they are is not known, but that they are told apart. */

const capitals = /^[A-Z][A-Z0-9]*_[A-Z0-9_]+$/;

/** Two names of these may well stand for one number. */
const alias = /(?:^|_)(?:DEFAULT|MAX|MIN|FIRST|LAST|BASE|ANY|MASK)(?:_|$)/;

/** The name of a constant that nothing at hand declares. */
export function constantName(expr: Expr, scope: FunctionScope): string | undefined {
  if (expr.kind !== 'name' || !capitals.test(expr.name) || alias.test(expr.name)) return undefined;
  const { name } = expr;
  const { symbols, evaluator } = scope.file;
  const isKnown =
    scope.typeOf(name) ||
    symbols.global(name) ||
    symbols.macro(name) ||
    symbols.function(name) ||
    evaluator.constant(expr) !== undefined;
  return isKnown ? undefined : name;
}

/** The value of such a constant. One that is named after an error number, as `NET_ENOMEM`, is not 0. */
export function namedValue(named: string): Value {
  return errnoByName.has(/_(E[A-Z0-9]+)$/.exec(named)?.[1] ?? '') ? { named, nonzero: true } : { named };
}

/** What a comparison gives of two constants of one family: `ST_OK` is not `ST_AGAIN`. */
export function comparedNames(op: Comparison, a: Value, b: Value): boolean | undefined {
  if (a.named === undefined || b.named === undefined || (op !== '==' && op !== '!=')) return undefined;
  if (a.named === b.named) return op === '==';
  return familyOf(a.named) === familyOf(b.named) ? op === '!=' : undefined;
}

/** `G_IO` of `G_IO_STATUS_AGAIN`, `SASL` of `SASL_OK`. */
function familyOf(name: string): string | undefined {
  return /^(?:[A-Z]_)?[A-Z0-9]+(?=_)/.exec(name)?.[0];
}
