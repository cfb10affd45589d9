import { unwrap } from '../../analysis/operators';
import type { Location } from '../../analysis/path';
import {
  type Expr,
  type ExprOf,
  type FunctionDefinition,
  type Stmt,
  somePart,
  walkExpr,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { leavesAtEnd, type Project } from '../shared/endings';
import { loopAround } from '../shared/loops';
import { contains } from '../shared/statements';
import { assignmentsTo, type Use, usesOf, variableIn } from '../shared/uses';
import { lastName } from '../shared/whole-file';

/** How a function keeps the highest descriptor of its sets in a variable. */

/** A descriptor that is put into a set, and the set. */
export interface Put {
  call: ExprOf<'call'>;
  fd: Expr;
  set: string | undefined;
}

export function putsIn(definition: FunctionDefinition): Put[] {
  const found: Put[] = [];
  walkStmt(definition.body, {
    expr: (expr) => {
      const [fd, set] = expr.kind === 'call' && calledName(expr) === 'FD_SET' ? expr.args : [];
      if (expr.kind === 'call' && fd) found.push({ call: expr, fd, set: set && variableIn(set) });
    },
  });
  return found;
}

/** The sets by these names, and those that are copied into them: `ready = all` before each call. */
export function filledInto(
  names: readonly (string | undefined)[],
  definition: FunctionDefinition,
): Set<string> {
  const known = names.flatMap((name) => name ?? []);
  const copied = known.flatMap((name) =>
    assignmentsTo(definition, name).map(({ value }) => variableIn(value)),
  );
  return new Set([...known, ...copied.flatMap((name) => name ?? [])]);
}

/** Where a variable that is otherwise one more than the highest descriptor gets that descriptor itself. */
export function notOneMore(
  name: string,
  definition: FunctionDefinition,
  isDescriptor: (expr: Expr) => boolean,
): Expr | undefined {
  if (isCounted(name, definition)) {
    return undefined;
  }
  const assigned = assignmentsTo(definition, name).filter(({ op }) => op === '=');
  // What is made of the variable itself in the end, `1 + max(highest, fd)`, is one more of all that came before.
  if (assigned.some(({ value }) => isOneMore(value) && mentions(value, name))) return undefined;
  const values = assigned.flatMap(({ value }) => choices(value));
  const others = values.filter((value) => !isName(value, name));
  return others.some(isOneMore) ? others.find(isDescriptor) : undefined;
}

/** What a value may be: both sides of a choice, and what a maximum is taken of. */
function choices(value: Expr): Expr[] {
  const inner = unwrap(value);
  if (inner.kind === 'conditional' && inner.consequent)
    return [inner.consequent, inner.alternative].flatMap(choices);
  return inner.kind === 'call' && /^(?:max|imax)$/i.test(calledName(inner) ?? '')
    ? inner.args.flatMap(choices)
    : [inner];
}

/**
 * A variable of the file that its functions set to descriptors which they put into sets, and never to one more: it is the highest of
 * them. `source` gives the text of a place in a function.
 */
export function isHighestOfFile(
  name: string,
  definitions: readonly FunctionDefinition[],
  source: (span: Location) => string,
): boolean {
  let stored = 0;
  const isLeft = definitions.every((definition) => {
    const assignments = assignmentsTo(definition, name);
    if (assignments.length === 0) return usesOf(definition, name).every((use) => !isLent(use));
    if (isCounted(name, definition)) return false;
    const text = (expr: Expr) => source({ ...unwrap(expr), within: definition }).replace(/\s+/g, '');
    const puts = new Set(putsIn(definition).map(({ fd }) => text(fd)));
    const values = assignments.flatMap(({ value }) => choices(value)).filter((value) => !isName(value, name));
    const descriptors = values.filter((value) => puts.has(text(value)));
    stored += descriptors.length;
    return values.every((value) => descriptors.includes(value) || isStart(value));
  });
  return isLeft && stored > 0;
}

/** What a member of this name is set to where the file raises it: `if (fd > loop->highest) loop->highest = fd;`. */
interface Raising {
  value: Expr;
  within: FunctionDefinition;
}

/**
 * A member that the functions of a file raise to descriptors, and set to nothing else but what it starts with: it is the highest of them,
 * and not one more.
 */
export function isHighestMember(field: string, definitions: readonly FunctionDefinition[]): boolean {
  const raised: Raising[] = [];
  const isMember = (expr: Expr) => expr.kind === 'member' && expr.field === field;
  let isOther = false;
  for (const within of definitions) {
    const compared: Expr[] = [];
    walkStmt(within.body, {
      expr: (expr) => {
        if (expr.kind === 'assign' && isMember(expr.target)) {
          isOther ||= expr.op !== '=';
          raised.push({ value: unwrap(expr.value), within });
        }
        isOther ||= expr.kind === 'update' && isMember(expr.operand);
        isOther ||= expr.kind === 'unary' && expr.op === '&' && isMember(expr.operand);
        if (expr.kind !== 'binary' || !/^[<>]=?$/.test(expr.op)) return;
        if (isMember(unwrap(expr.left))) compared.push(unwrap(expr.right));
        if (isMember(unwrap(expr.right))) compared.push(unwrap(expr.left));
      },
    });
    isOther ||= raised.some(
      ({ value, within: place }) =>
        place === within &&
        !isStart(value) &&
        !compared.some((other) => isSameDescriptor(value, other, within)),
    );
  }
  return !isOther && raised.some(({ value }) => !isStart(value));
}

/** A descriptor, by its name, that is compared as it is stored; one that has been counted up is none. */
function isSameDescriptor(value: Expr, other: Expr, within: FunctionDefinition): boolean {
  const name = lastName(value);
  return (
    name !== undefined &&
    name === lastName(other) &&
    value.kind === other.kind &&
    /fd|sock|desc|conn/i.test(name) &&
    assignmentsTo(within, name).every((assigned) => assigned.op === '=' && !isOneMore(assigned.value))
  );
}

/** No descriptor yet, or the standard input alone. */
function isStart(value: Expr): boolean {
  const number = value.kind === 'unary' && value.op === '-' ? value.operand : value;
  return number.kind === 'number' && /^[01]$/.test(number.text);
}

function isLent({ around: [outer] }: Use): boolean {
  return outer?.kind === 'update' || (outer?.kind === 'unary' && outer.op === '&');
}

function isOneMore(expr: Expr): boolean {
  const inner = unwrap(expr);
  const isOne = (part: Expr) => part.kind === 'number' && part.text === '1';
  return inner.kind === 'binary' && inner.op === '+' && (isOne(inner.left) || isOne(inner.right));
}

const mentions = (expr: Expr, name: string) => somePart(expr, (part) => isName(part, name));

const isName = (expr: Expr, name: string) => expr.kind === 'name' && expr.name === name;

/** It is changed in other ways than by assignment, and by those who only raise it to their own. */
function isCounted(
  name: string,
  definition: FunctionDefinition,
  isRaised: (use: Use) => boolean = () => false,
): boolean {
  return (
    usesOf(definition, name).some((use) => isLent(use) && !isRaised(use)) ||
    assignmentsTo(definition, name).some(({ op }) => op !== '=')
  );
}

/**
 * The descriptors put into sets that a maximum kept in a local variable never looks at; none where it is not seen how the variable comes
 * to its values. `isRaised`: a function gets its address and makes it no less.
 */
export function uncounted(
  name: string,
  context: RuleContext,
  puts: readonly Put[],
  text: (expr: Expr) => string,
  isRaised: (use: Use) => boolean,
): Put[] {
  const { definition } = context.scope;
  const compared = comparedWith(name, definition);
  const idle = idleTests(name, definition, context);
  const telling = compared.filter((expr) => !idle.some((test) => contains(test, expr)));
  const assigned = assignmentsTo(definition, name).flatMap(({ value }) => choices(value));
  if (isCounted(name, definition, isRaised)) {
    return [];
  }
  const plain = (expr: Expr) => ['name', 'member', 'index', 'number', 'unary', 'binary'].includes(expr.kind);
  if (!assigned.every(plain)) {
    return [];
  }
  const seen = new Set<string>();
  const take = (expr: Expr, deeper: boolean): void =>
    walkExpr(expr, (part) => {
      if (!['name', 'member', 'index', 'call'].includes(part.kind)) return;
      seen.add(text(part));
      if (part.kind === 'name' && deeper)
        for (const { value } of assignmentsTo(definition, part.name)) take(value, false);
    });
  for (const expr of [...telling, ...assigned]) take(expr, true);
  const isSeen = ({ fd }: Put) => {
    const own = unwrap(fd);
    const sources = own.kind === 'name' ? assignmentsTo(definition, own.name).map(({ value }) => value) : [];
    return (
      seen.has(text(own)) ||
      sources.some((value) => seen.has(text(unwrap(value)))) ||
      (own.kind === 'name' && upTo(own.name, definition).some((most) => seen.has(text(most))))
    );
  };
  if (!puts.some(isSeen)) return [];
  const unseen = puts.filter((put) => isDescriptorOfOwn(unwrap(put.fd)) && !isSeen(put));
  // Of two that were opened one after the other, the second is the higher one.
  return compared.length > 0 ? unseen : unseen.filter((put) => isMadeLater(put, name, definition));
}

/** A round of a loop makes the descriptor, and none of them changes the maximum. */
function isMadeLater({ call, fd }: Put, name: string, definition: FunctionDefinition): boolean {
  const loop = loopAround(definition, call);
  const own = unwrap(fd);
  const made = own.kind === 'name' && loop ? assignmentsTo(definition, own.name) : [];
  return (
    loop !== undefined &&
    made.some(({ at, value }) => contains(loop, at) && /^accept4?$/.test(calledName(unwrap(value)) ?? '')) &&
    assignmentsTo(definition, name).every(({ at }) => !contains(loop, at))
  );
}

/** What a variable that counts is at most, in the loops that it counts for. */
function upTo(name: string, definition: FunctionDefinition): Expr[] {
  const found: Expr[] = [];
  walkStmt(definition.body, {
    stmt: ({ kind, ...loop }) => {
      const test = kind === 'for' && 'test' in loop ? loop.test : undefined;
      if (test?.kind === 'binary' && /^<=?$/.test(test.op) && isName(unwrap(test.left), name))
        found.push(unwrap(test.right));
    },
  });
  return found;
}

/** Neither a number nor what a call gives: those may be low. */
export function isDescriptorOfOwn(fd: Expr): boolean {
  return fd.kind === 'member' || fd.kind === 'index' || (fd.kind === 'name' && !/^[A-Z_]+$/.test(fd.name));
}

/** Tests of a variable of which nothing comes: neither is it set behind them, nor does control leave. */
function idleTests(name: string, definition: FunctionDefinition, project: Project): Expr[] {
  const idle: Expr[] = [];
  const isSet = (stmt: Stmt) => assignmentsTo(definition, name).some(({ at }) => contains(stmt, at));
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.kind === 'if' && !stmt.alternative && !isSet(stmt) && !leavesAtEnd(stmt.consequent, project))
        idle.push(stmt.test);
    },
  });
  return idle;
}

/** What a variable is compared with to see which is larger; a loop that counts up to it sees nothing. */
function comparedWith(name: string, definition: FunctionDefinition): Expr[] {
  const found: Expr[] = [];
  const counting = new Set<Expr>();
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.kind === 'for' && stmt.test && stmt.update) counting.add(stmt.test);
    },
  });
  walkStmt(definition.body, {
    expr: (expr) => {
      // `MAX(a, b)`, and `SET_MAX(highest, fd)`.
      if (expr.kind === 'call' && /(?:^|_)i?max(?:_|$)/i.test(calledName(expr) ?? '')) {
        if (expr.args.some((arg) => isName(unwrap(arg), name))) found.push(...expr.args);
      }
      if (expr.kind !== 'binary' || counting.has(expr) || !['<', '<=', '>', '>='].includes(expr.op)) return;
      if (isName(unwrap(expr.left), name)) found.push(expr.right);
      if (isName(unwrap(expr.right), name)) found.push(expr.left);
    },
  });
  return found;
}
