import { calls } from '../../catalog';
import type { EffectOp } from '../../catalog/schema';
import { type Expr, type Stmt, walkExpr, walkStmt } from '../c/ast';
import { calledName } from '../c/cfg';
import { isWrapper } from './call-chain';
import type { FunctionScope } from './context';
import type { Operand } from './events';
import type { Frame } from './frame';
import { changedBy } from './operators';
import type { Path } from './path';
import { depthOf, isWithin, type Place } from './places';
import { distanceTo, fillsStructures, isEveryday, isQuestion, wordsOf } from './relevance';
import type { Value } from './values';

/** Why a call may matter to what is followed: not at all, by what the function does of itself, or by what it can get hold of. */
export type Bearing = 'none' | 'own' | 'given';

/**
 * Whether a call of a function of the project may matter to what is followed on a path. One that makes or closes objects, waits, locks,
 * forks or ends the process always does. One that only uses objects does if it can get hold of such an object, or puts what it is
 * given into a call of the catalog; else it is as good as unknown. `levels` are the calls, one inside the other, that would be walked into from there.
 */
export function bearingOf(
  scope: FunctionScope,
  args: readonly Operand[],
  path: Path,
  frame: Frame,
  levels: number,
): Bearing {
  if (args.some((arg, index) => handsOver(arg, fateOf(scope, index), path, frame)) || anyObject(path)) {
    return 'given';
  }
  return distanceToChange(scope) <= levels ? 'own' : 'none';
}

/* ----------------------------------------------------------- what a function does */

/** What only uses an object: it is as it was afterwards, and so are the processes. */
const uses: ReadonlySet<EffectOp> = new Set<EffectOp>([
  'read',
  'write',
  'seek',
  'sync',
  'query',
  'configure',
  'free',
  'poll',
]);

const distances = new WeakMap<FunctionScope, number>();

/**
 * How many calls away from a function something more is done than to use objects: 0 where it does so itself, Infinity for never. What
 * fills in an address decides what is connected.
 */
function distanceToChange(scope: FunctionScope): number {
  let answer = distances.get(scope);
  if (answer === undefined) {
    answer =
      isWrapper(scope) || fillsStructures(scope)
        ? 0
        : Math.min(distanceTo(scope, isChange), distanceTo(scope, isEnd, nearEnd));
    distances.set(scope, answer);
  }
  return answer;
}

function isChange(name: string): boolean {
  return calls.get(name)?.record.effects.some(({ op }) => !uses.has(op) && op !== 'exit') ?? false;
}

/** Nearly every function may end the program, far away, when memory is short or something is as it cannot be. */
const nearEnd = 1;

function isEnd(name: string): boolean {
  return name !== 'assert' && (calls.get(name)?.record.effects.some(({ op }) => op === 'exit') ?? false);
}

/* ------------------------------------------------------ what becomes of parameters */

/** How far what is handed to a parameter gets, from nowhere to a call that acts on an object; printing and the like come between. */
const degrees = ['nowhere', 'used', 'printed', 'acted-on'] as const;
type Fate = (typeof degrees)[number];

const fates = new WeakMap<FunctionScope, Map<number, Fate>>();

function fateOf(scope: FunctionScope, index: number): Fate {
  const known = fates.get(scope) ?? new Map<number, Fate>();
  fates.set(scope, known);
  let fate = known.get(index);
  if (fate === undefined) {
    // While it is being found out, a function that calls itself adds nothing.
    known.set(index, 'nowhere');
    const name = scope.definition.type.params[index]?.name;
    fate = name === undefined ? 'nowhere' : followed(scope, carriersOf(scope, name));
    known.set(index, fate);
  }
  return fate;
}

/** The parameter and the variables that may get its value or a part of it. */
function carriersOf({ definition }: FunctionScope, parameter: string): ReadonlySet<string> {
  const carriers = new Set([parameter]);
  for (let size = 0; size < carriers.size; ) {
    size = carriers.size;
    walkStmt(definition.body, {
      stmt: (stmt) => {
        for (const { name, init } of stmt.kind === 'decl' ? stmt.declaration.declarators : []) {
          if (init && mentions(init, carriers)) carriers.add(name);
        }
      },
      expr: (expr) => {
        if (expr.kind !== 'assign' || !mentions(expr.value, carriers)) return;
        const into = rootVariable(expr.target);
        if (into !== undefined) carriers.add(into);
      },
    });
  }
  return carriers;
}

function followed(scope: FunctionScope, carriers: ReadonlySet<string>): Fate {
  let fate: Fate = 'nowhere';
  const asks = isQuestion(scope.definition);
  walkStmt(scope.definition.body, {
    stmt: (stmt) => {
      // The caller goes on with what it gave.
      if (stmt.kind === 'return' && stmt.value && mentions(stmt.value, carriers)) fate = worse(fate, 'used');
      // What it tells depends on it.
      const test = asks ? decidedBy(stmt) : undefined;
      if (test && mentions(test, carriers)) fate = worse(fate, 'used');
    },
    expr: (expr) => {
      // Filled in for the caller, or kept.
      const changed = changedBy(expr);
      if (changed && changed.kind !== 'name' && mentions(changed, carriers)) fate = worse(fate, 'used');
      if (expr.kind !== 'call') return;
      const name = calledName(expr) ?? '';
      expr.args.forEach((arg, index) => {
        if (mentions(arg, carriers)) fate = worse(fate, fateIn(scope, name, index));
      });
    },
  });
  return fate;
}

function decidedBy(stmt: Stmt): Expr | undefined {
  return stmt.kind === 'if' ? stmt.test : stmt.kind === 'switch' ? stmt.value : undefined;
}

function fateIn(scope: FunctionScope, name: string, index: number): Fate {
  const call = scope.call(name);
  if (call) {
    return call.effects.length === 0 ? 'used' : isEveryday(name) ? 'printed' : 'acted-on';
  }
  const macro = scope.file.symbols.macro(name);
  if (macro) {
    return wordsOf(macro).reduce<Fate>((fate, word) => worse(fate, fateInMacro(scope, word)), 'used');
  }
  const callee = scope.file.callee(name);
  return callee ? fateOf(callee, index) : 'used';
}

/** Which argument of a macro gets where is not looked for. */
function fateInMacro(scope: FunctionScope, word: string): Fate {
  if (scope.call(word)) return fateIn(scope, word, 0);
  const callee = scope.file.callee(word);
  const fates = callee?.definition.type.params.map((_, index) => fateOf(callee, index)) ?? [];
  return fates.reduce(worse, 'nowhere');
}

function worse(a: Fate, b: Fate): Fate {
  return degrees.indexOf(a) > degrees.indexOf(b) ? a : b;
}

function mentions(expr: Expr, names: ReadonlySet<string>): boolean {
  let found = false;
  walkExpr(expr, (inner) => {
    found ||= inner.kind === 'name' && names.has(inner.name);
  });
  return found;
}

function rootVariable(expr: Expr): string | undefined {
  switch (expr.kind) {
    case 'name':
      return expr.name;
    case 'member':
      return rootVariable(expr.object);
    case 'index':
      return rootVariable(expr.array);
    default:
      return undefined;
  }
}

/* ------------------------------------------------------------- what a caller knows */

function handsOver({ expr, value }: Operand, fate: Fate, path: Path, frame: Frame): boolean {
  if (fate === 'nowhere') {
    return false;
  }
  const { target } = value;
  const isPlain = value.constant !== undefined || value.text !== undefined;
  if (isTracked(value) || (fate === 'acted-on' && isPlain) || (fate !== 'used' && target !== undefined)) {
    return true;
  }
  if (target !== undefined && anyTracked(path, (inner) => isWithin(inner, target))) {
    return true;
  }
  const place = frame.pointer(expr, path);
  return place !== undefined && anyTracked(path, (inner) => inner !== place && isWithin(inner, place));
}

function isTracked({ origins, verdict }: Value): boolean {
  return verdict !== undefined || origins !== undefined;
}

/** Something that every function can reach says what became of an object. */
function anyObject(path: Path): boolean {
  for (const [place, { origins }] of path.entries()) {
    if (depthOf(place) === 0 && origins?.some(({ site }) => site.call.effects.length > 0)) return true;
  }
  return false;
}

function anyTracked(path: Path, test: (place: Place) => boolean): boolean {
  for (const [place, value] of path.entries()) {
    if (isTracked(value) && test(place)) return true;
  }
  return false;
}
