import { type Expr, type FunctionDefinition, walkExpr } from '../c/ast';
import { buildCfg } from '../c/build-cfg';
import { type Cfg, expressionsIn } from '../c/cfg';
import { type Reachable, reachableIn, rootName } from './aliasing';
import type { FileContext, FunctionScope } from './context';
import { type Deciders, decidersOf } from './deciders';
import { mayEndByLevel } from './ends-by-level';
import { judgesByName } from './judges';
import { onlyBorrows } from './lent';
import { constantName } from './named';
import { mayEndByName, signalling } from './never-returns';
import type { Walk } from './walk';

/** Calls that make two processes of one. */
export const forks = new Set(['fork', 'vfork', 'forkpty', '_Fork']);

/** What is the same for all walks through a function. */
export interface Code {
  cfg: Cfg;
  reachable: Reachable;
  deciders: Deciders;
  /** The names that were asked for on the way: whether they return, and whether they are walked into. */
  calls: ReadonlySet<string>;
  /** Functions whose text tells whether they keep the addresses that they are given. */
  reads: ReadonlySet<FunctionDefinition>;
}

export function codeOf(scope: FunctionScope, walk: Walk): Code {
  const calls = new Set<string>();
  const neverReturns = (name: string) => {
    calls.add(name);
    return walk.neverReturns(name, scope.file);
  };
  const hoist = (name: string) => {
    calls.add(name);
    return (
      forks.has(scope.call(name)?.name ?? '') ||
      mayEndByName(name) ||
      judgesByName(name) ||
      signalling.has(name) ||
      walk.scopeOf(name, scope.file) !== undefined ||
      endsForSome(name, scope.file)
    );
  };
  const cfg = buildCfg(scope.definition, neverReturns, hoist, scope.expander);
  const reads = new Set<FunctionDefinition>();
  const calleeOf = (name: string, file: FileContext) => {
    const callee = walk.scopeOf(name, file);
    if (callee) reads.add(callee.definition);
    return callee;
  };
  const keeps = (name: string | undefined, index: number) => {
    const call = name === undefined ? undefined : scope.call(name);
    if (call) return call.effects.some(({ op }) => op === 'spawn-thread');
    const callee = name === undefined || scope.typeOf(name) ? undefined : calleeOf(name, scope.file);
    return !callee || !onlyBorrows(callee, index, (inner, from) => calleeOf(inner, from.file));
  };
  const reachable = reachableIn(scope.definition.body, (expr) => scope.resolvedTypeOf(expr), keeps);
  exposeInMacros(cfg, scope, reachable.exposed);
  const isFollowed = (name: string) =>
    scope.typeOf(name) !== undefined && !scope.ambiguous.has(name) && !reachable.exposed.has(name);
  const isConstant = (expr: Parameters<typeof scope.evaluator.constant>[0]) =>
    scope.evaluator.constant(expr, scope) !== undefined || constantName(expr, scope) !== undefined;
  return { cfg, reachable, deciders: decidersOf(cfg, isFollowed, isConstant), calls, reads };
}

/** Adds the variables whose address is taken in what macros stand for. */
function exposeInMacros(cfg: Cfg, scope: FunctionScope, exposed: Set<string>): void {
  const visit = (expr: Expr): void => {
    if (expr.kind === 'unary' && expr.op === '&' && expr.use) {
      const root = rootName(expr.operand);
      if (root !== undefined) exposed.add(root);
    } else if (expr.kind === 'name' && scope.file.symbols.macro(expr.name)?.body.includes('&')) {
      const expanded = scope.evaluator.expand(expr);
      if (expanded) walkExpr(expanded, (inner) => visit({ ...inner, use: expr }));
    }
  };
  for (const { steps, edge } of cfg.blocks) {
    for (const step of steps) for (const expr of expressionsIn(step)) walkExpr(expr, visit);
    if (edge.kind === 'branch') walkExpr(edge.test, visit);
    else if ('value' in edge && edge.value) walkExpr(edge.value, visit);
  }
}

/** The program may end in the call, as what it is given says. */
function endsForSome(name: string, file: FileContext): boolean {
  if (file.call(name)) return false;
  const callee = file.callee(name);
  if (callee) return mayEndByLevel(callee);
  return !file.symbols.function(name)?.definition && file.several(name).some(mayEndByLevel);
}
