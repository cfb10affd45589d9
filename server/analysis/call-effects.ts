import type { Effect } from '../../catalog/schema';
import type { Expr } from '../c/ast';
import { applies } from './conditions';
import type { FunctionScope } from './context';
import type { Operand } from './events';
import { unwrap } from './operators';
import { mayStoreThrough } from './signature';
import { placeOf, rootOf, type State } from './state';
import type { CallSite, Origin, Value } from './values';

/** Calls that turn a number from network to host order. */
const toHost = new Set(['ntohs', 'ntohl']);

/** What a catalogued call does to what is known, by its effects in the catalog. Returns the value of the call. */
export function callEffects(site: CallSite, args: Operand[], state: State, scope: FunctionScope): Value {
  const { call } = site;
  args.forEach(({ expr }, index) => {
    if (mayStoreThrough(call, index)) {
      forgetTarget(expr, state);
    }
  });
  for (const effect of call.effects) {
    if (makesObject(effect) && effect.at !== 'return' && applies(effect, call, args, scope) !== false) {
      const place = placeOfEffect(site, effect.at);
      if (place !== undefined && !scope.ambiguous.has(rootOf(place))) {
        state.set(place, { origins: [originOf(site, effect.at, effect)] });
      }
    }
  }
  const made = madeAtReturn(site, args, scope);
  return { origins: [originOf(site, 'return', made)], ...(toHost.has(call.name) ? { hostOrder: true } : {}) };
}

/**
 * The effect by which a call makes the object it returns. Several that exclude each other, as "creates with O_CREAT"
 * and "opens without", leave no doubt that it makes one even where the flags are not known.
 */
function madeAtReturn(site: CallSite, args: Operand[], scope: FunctionScope): Effect | undefined {
  const candidates = site.call.effects.filter((effect) => effect.at === 'return' && makesObject(effect));
  const possible = candidates.map((effect) => ({ effect, sure: applies(effect, site.call, args, scope) }));
  const sure = possible.find((candidate) => candidate.sure === true);
  const unsure = possible.filter((candidate) => candidate.sure === undefined);
  return sure?.effect ?? (unsure.length > 1 ? unsure[0]?.effect : undefined);
}

function originOf(site: CallSite, at: string, effect: Effect | undefined): Origin {
  return { site, at, ...(effect ? { effect } : {}), ...(effect?.kind ? { kind: effect.kind } : {}) };
}

const making = new Set<Effect['op']>(['create', 'open', 'accept', 'duplicate', 'map', 'fork', 'make-key']);

export function makesObject(effect: Effect): boolean {
  return making.has(effect.op);
}

/** The argument that an effect's place names: index into the call's arguments. */
export function argumentIndex(site: CallSite, where: string): number {
  const name = where.replace(/^\*/, '').replace(/\[\d+\]$/, '');
  return site.call.params.findIndex((param) => param.name === name);
}

function placeOfEffect(site: CallSite, where: string): string | undefined {
  const arg = site.expr.args[argumentIndex(site, where)];
  if (!arg) {
    return undefined;
  }
  const element = /\[\d+\]$/.exec(where)?.[0];
  const target = unwrap(arg);
  if (target.kind === 'unary' && target.op === '&') {
    // `&fd[0]` names the array's first element.
    const place = placeOf(target.operand);
    return element === undefined ? place : element === '[0]' ? place : place?.replace(/\[0\]$/, element);
  }
  const place = placeOf(target);
  return place === undefined ? undefined : `${place}${element ?? '[0]'}`;
}

function forgetTarget(arg: Expr, state: State): void {
  const target = unwrap(arg);
  if (target.kind === 'unary' && target.op === '&') {
    const place = placeOf(target.operand);
    if (place !== undefined) state.forget(place);
    return;
  }
  const place = placeOf(target);
  if (place !== undefined) {
    state.forgetParts(place);
  }
}
