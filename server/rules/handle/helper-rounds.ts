import { type CallEvent, resourcesOf } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { nameOf } from '../../analysis/places';
import type { CallSite, Resource } from '../../analysis/values';
import { type Expr, type FunctionDefinition, type Stmt, walkStmt } from '../../c/ast';
import type { RuleContext } from '../rule';
import { failureBranch, loopAround, resultName } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { callsIn, isAddressTaken, variableIn } from '../shared/uses';
import { callOfCaller } from '../shared/whole-file';
import type { Fates } from './fates';
import { isForOption, isPlainLocal, kinds } from './leaking';
import { tellRound } from './lost-reports';

/** Handles that a helper opens and returns, and that the rounds of a loop which calls it leave open. */
export class HelperRounds {
  private readonly rounds = new Map<Resource, { name: string; call: Expr }>();

  constructor(
    private readonly context: RuleContext,
    private readonly isSelfClosing: (name: string) => boolean,
  ) {}

  /** A helper is about to open another, while the one of the round before is open. */
  hear({ site, path }: CallEvent): void {
    const { definition } = this.context.scope;
    if (!site || site.within === definition || path.role.kind === 'child') return;
    for (const [resource, { state }] of path.holdings()) {
      if (resource.site !== site || state !== 'open' || path.outcome(site) !== 'success') continue;
      if (!kinds.has(resource.kind) || resource.at !== 'return') continue;
      const places = [...path.entries()].filter(([, value]) => resourcesOf(value).includes(resource));
      const call = this.callOf(site);
      const name = call && resultName(definition, call);
      if (!call || name === undefined || this.context.scope.ambiguous.has(name)) continue;
      const isAlone = places.every(
        ([place, { several }]) =>
          !several && isPlainLocal(place, this.context.scope) && nameOf(place) === name,
      );
      if (isAlone && !isAddressTaken(definition, name) && !this.isSelfClosing(name))
        this.rounds.set(resource, { name, call });
    }
  }

  /** The call of the function at hand that leads to the helper, and straight to it. */
  private callOf({ within }: CallSite): Expr | undefined {
    const [caller] = this.context.callers();
    const { definition } = this.context.scope;
    if (caller?.scope.definition !== definition) return undefined;
    const found = callOfCaller(caller);
    return found?.name === within.name ? found.expr : undefined;
  }

  report(fates: Fates): Resource[] {
    const { definition } = this.context.scope;
    const told: Resource[] = [];
    for (const [resource, { name, call }] of this.rounds) {
      const loop = loopAround(definition, call);
      if (!loop || isForOption(loop, resource) || fates.isElsewhereBefore(resource, loop.end)) continue;
      if (fates.isOfUse(resource) || isClosedSomewhere(name, call, this.context)) continue;
      if (!handsOnAlways(resource.site, this.context)) continue;
      told.push(resource);
      const at = { start: call.start, end: call.end, within: definition };
      tellRound(resource, name, at, this.context);
    }
    return told;
  }
}

/** A walk that has lost sight of the variable knows no better than the text: something closes what it holds, or what it was copied to. */
function isClosedSomewhere(name: string, call: Expr, { scope: { definition } }: RuleContext): boolean {
  const names = new Set([name]);
  walkStmt(definition.body, {
    expr: (expr) => {
      if (expr.kind === 'assign' && expr.target.kind === 'name' && variableIn(expr.value) === name)
        names.add(expr.target.name);
    },
  });
  return callsIn(definition, /close/i).some(
    (other) => other !== call && other.args.some((arg) => names.has(variableIn(arg) ?? '')),
  );
}

/** On every way on which the helper has the handle it returns or closes it: what it loses itself is told there. */
function handsOnAlways({ within, expr }: CallSite, context: RuleContext): boolean {
  const scope = context.functionNamed(within.name);
  if (scope?.definition !== within) return false;
  const name = resultName(within, expr);
  const failed = failureBranch(expr, context.in(scope));
  let always = true;
  walkStmt(within.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'return' || stmt.end <= expr.start || (failed && contains(failed, stmt))) return;
      const value = stmt.value && unwrap(stmt.value);
      const isIt = value === expr || (value?.kind === 'name' && value.name === name);
      always &&= isIt || isClosedBefore(stmt, name, within);
    },
  });
  return always;
}

/** `close(fd); return -1;` */
function isClosedBefore(stmt: Stmt, name: string | undefined, within: FunctionDefinition): boolean {
  const block = around(within, stmt).findLast(({ kind }) => kind === 'block') ?? within.body;
  return callsIn(within, /close/i).some(
    (call) =>
      contains(block, call) && call.end <= stmt.start && call.args.some((arg) => variableIn(arg) === name),
  );
}
