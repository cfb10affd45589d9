import { type Expr, type FunctionDefinition, someExprIn, somePart, walkStmt } from '../c/ast';
import { buildCfg } from '../c/build-cfg';
import { type Block, calledName, successors } from '../c/cfg';
import type { FunctionScope } from './context';
import type { Operand } from './events';
import { changedBy, unwrap } from './operators';

/** Calls that end the process, as they stand in functions that do so only when they are told to. */
const ending = /^(?:_?exit|_Exit|quick_exit|abort)$/;

/** `report(FATAL, "...")`: the function ends the process somewhere, and asks for a number that it is given. */
export function mayEndByLevel(scope: FunctionScope): boolean {
  let answer = known.get(scope.definition);
  if (answer === undefined) {
    answer = asksAndEnds(scope);
    known.set(scope.definition, answer);
  }
  return answer;
}

const known = new WeakMap<FunctionDefinition, boolean>();

function asksAndEnds({ definition, evaluator }: FunctionScope): boolean {
  const isNumber = definition.type.params.some(({ type }) =>
    /^(?:int|enum)$/.test(evaluator.types.resolve(type).k),
  );
  return isNumber && someExprIn(definition.body, (expr) => ending.test(calledName(expr) ?? ''));
}

/**
 * Whether a function that is given these numbers does not come back: what tests of them decide is followed, and of everything else both
 * ways. A `switch` without `default` over a mode of the program has a case for each.
 */
export function endsByLevel(
  scope: FunctionScope,
  given: ReadonlyMap<string, bigint>,
  neverReturns: (name: string) => boolean,
): boolean {
  if (given.size === 0) return false;
  const { blocks, entry, exit } = buildCfg(scope.definition, neverReturns, undefined, scope.expander);
  const complete = completeSwitches(scope);
  let decides = false;
  const followed = ({ edge }: Block): number[] => {
    if (edge.kind === 'branch') {
      const value = folded(edge.test, given, scope);
      if (value === undefined) return [edge.yes, edge.no];
      decides = true;
      return [value === 0n ? edge.no : edge.yes];
    }
    if (edge.kind !== 'switch') return successors(edge);
    const value = folded(edge.value, given, scope);
    if (value === undefined) {
      const cases = edge.cases.map(({ to }) => to);
      return complete.has(edge.value.start) ? cases : [...cases, edge.otherwise];
    }
    decides = true;
    const own = edge.cases.find((each) => folded(each.value, given, scope) === value);
    return [own?.to ?? edge.otherwise];
  };
  const seen = new Set<number>();
  const open = [entry];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === exit) return false;
    if (seen.has(id)) continue;
    seen.add(id);
    const block = blocks[id];
    if (block) open.push(...followed(block));
  }
  return decides;
}

const askedFor = new WeakMap<FunctionDefinition, ReadonlySet<string>>();

/** The parameters that decide about branches and keep their value. */
function deciding({ definition }: FunctionScope): ReadonlySet<string> {
  const found = askedFor.get(definition);
  if (found) return found;
  const names = new Set<string>();
  const note = (test: Expr) =>
    somePart(test, (part) => {
      if (part.kind === 'name') names.add(part.name);
      return false;
    });
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.kind === 'if') note(stmt.test);
      else if (stmt.kind === 'switch') note(stmt.value);
    },
  });
  someExprIn(definition.body, (expr) => {
    const pointed = expr.kind === 'unary' && expr.op === '&' ? expr.operand : undefined;
    for (const place of [changedBy(expr), pointed]) if (place?.kind === 'name') names.delete(place.name);
    return false;
  });
  askedFor.set(definition, names);
  return names;
}

/** The numbers that a call gives to such parameters. */
export function levelsIn(scope: FunctionScope, args: readonly Operand[]): ReadonlyMap<string, bigint> {
  const names = deciding(scope);
  const given = new Map<string, bigint>();
  scope.definition.type.params.forEach(({ name }, index) => {
    const constant = args[index]?.value.constant;
    if (name !== undefined && constant !== undefined && names.has(name)) given.set(name, constant);
  });
  return given;
}

/** Where switches without `default` stand that have several cases. */
function completeSwitches({ definition }: FunctionScope): ReadonlySet<number> {
  const found = new Set<number>();
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'switch' || stmt.body.kind !== 'block') return;
      const cases = stmt.body.body.filter(({ kind }) => kind === 'case');
      const hasDefault = cases.some((each) => each.kind === 'case' && !each.value);
      if (cases.length > 1 && !hasDefault) found.add(stmt.value.start);
    },
  });
  return found;
}

const compared: Readonly<Record<string, (left: bigint, right: bigint) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

function folded(expr: Expr, given: ReadonlyMap<string, bigint>, scope: FunctionScope): bigint | undefined {
  const inner = unwrap(expr);
  if (inner.kind === 'name' && given.has(inner.name)) return given.get(inner.name);
  if (inner.kind === 'name' && scope.typeOf(inner.name)) return undefined;
  if (inner.kind === 'unary' && inner.op === '!') {
    const operand = folded(inner.operand, given, scope);
    return operand === undefined ? undefined : operand === 0n ? 1n : 0n;
  }
  if (inner.kind === 'binary') {
    const [left, right] = [folded(inner.left, given, scope), folded(inner.right, given, scope)];
    if (left === undefined || right === undefined) return undefined;
    if (inner.op === '&') return left & right;
    const holds = compared[inner.op]?.(left, right);
    return holds === undefined ? undefined : holds ? 1n : 0n;
  }
  return scope.evaluator.constant(inner, scope);
}
