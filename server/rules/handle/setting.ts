import { rootName } from '../../analysis/aliasing';
import { unwrap, withoutCasts } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, type Span, type Stmt, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { isLoop } from '../shared/loops';
import { around } from '../shared/statements';
import { nameMade } from '../shared/whole-file';
import { readings } from './struct-members';

/** Something in a function that gives a variable a value. */
export interface Setting {
  at: Span;
  /** The member set; absent when the whole of it is. */
  member?: string;
  /** The element set, where the variable is an array and the index a constant. */
  element?: bigint;
  /** What is stored into the member. */
  value?: Expr;
}

/** Everything that sets a local variable or its parts; undefined when its address goes where that cannot be told. */
export function settingsOf(
  definition: FunctionDefinition,
  name: string,
  context: RuleContext,
): Setting[] | undefined {
  const found: Setting[] = [];
  const seen = new Set<Expr>();
  const text = context.code({ ...definition.body, within: definition });
  let lost = new RegExp(`#[ \\t]*define\\b.*\\b${name}\\b`).test(text);
  const isNamedIn = ({ start, end }: Span) =>
    new RegExp(`\\b${name}\\b`).test(context.source({ start, end, within: definition }));
  walkStmt(definition.body, {
    stmt: (stmt) => {
      // Of what conditional compilation chooses from everything is looked at, and counts for every build.
      lost ||= stmt.kind === 'unknown' && isNamedIn(stmt);
    },
    expr: (expr) => {
      const isUnread = expr.kind === 'unknown' && isNamedIn(expr);
      if (isUnread || expr.kind === 'statements' || hides(expr, name, context)) lost = true;
      else if (expr.kind === 'assign' && rootName(expr.target) === name) {
        // `sa.sa_flags |= SA_RESTART` adds to what is there already.
        if (expr.op !== '=' && expr.target.kind === 'member') return;
        found.push(setting(expr.target, expr, context, expr.op === '=' ? expr.value : undefined));
      } else if (expr.kind === 'call') {
        expr.args.forEach((arg, index) => {
          const inner = withoutCasts(arg);
          // What is added to a set, or taken out of it, does not make one of it.
          if (/^sig(?:add|del)set$/.test(nameMadeBy(expr, context) ?? '') && index === 0) seen.add(inner);
          const whole = isWhole(inner, name);
          if (!whole) return;
          seen.add(inner);
          if (reads(expr, index, nameMadeBy(expr, context))) return;
          found.push(...setByCall(expr, index, context));
        });
      } else if (expr.kind === 'unary' && expr.op === '&' && rootName(expr.operand) === name) {
        if (seen.has(expr)) return;
        const { member, element } = partOf(expr.operand, context);
        if (member === undefined) lost = true;
        else found.push({ at: expr, member, ...(element === undefined ? {} : { element }) });
      } else if (expr.kind === 'member' && rootName(expr) === name) {
        // An array inside, as in `strcpy(a.path, ...)`.
        const type = context.scope.resolvedTypeOf(expr);
        if (type?.k === 'array' || type === undefined) found.push(setting(expr, expr, context));
      }
    },
  });
  return lost ? undefined : found;
}

/** A macro of the file that stands for a part of the variable, or for statements that name it, `SLEEP(ms)` for `pause.tv_sec = 0; ...`. */
function hides(expr: Expr, name: string, { scope }: RuleContext): boolean {
  const called = expr.kind === 'call' ? calledName(expr) : undefined;
  const macro = scope.file.symbols.macro(called ?? (expr.kind === 'name' ? expr.name : ''));
  const isOwn =
    macro !== undefined && !macro.params?.includes(name) && (called !== undefined) === !!macro.params;
  return isOwn && new RegExp(`\\b${name}\\b`).test(macro.body);
}

/** `&name`, `name`, `&name[i]`: the variable or an element as a whole is handed over. */
function isWhole(arg: Expr, name: string): boolean {
  const inner = arg.kind === 'unary' && arg.op === '&' ? arg.operand : arg;
  const base = inner.kind === 'index' ? inner.array : inner;
  return base.kind === 'name' && base.name === name;
}

/** The name of the call that is made here, be it through a wrapper that hands on what it is given. */
export function nameMadeBy(call: Extract<Expr, { kind: 'call' }>, context: RuleContext): string | undefined {
  const name = calledName(call);
  return name === undefined ? undefined : nameMade(name, context.scope);
}

/** A call that only reads what it is given there. */
function reads(
  call: Extract<Expr, { kind: 'call' }>,
  index: number,
  name: string | undefined = calledName(call),
): boolean {
  if (/^CMSG_(?:FIRST|NXT)HDR$/.test(name ?? '')) return true;
  const known = name !== undefined && Object.hasOwn(readings, name) ? readings[name] : undefined;
  return known?.some((reading) => reading.index === index) ?? false;
}

/** A function at hand tells which members it sets; any other may set all. */
function setByCall(call: Extract<Expr, { kind: 'call' }>, index: number, context: RuleContext): Setting[] {
  const name = call.callee.kind === 'name' ? call.callee.name : undefined;
  const callee = name === undefined ? undefined : context.functionNamed(name)?.definition;
  const param = callee?.type.params[index]?.name;
  const members = callee && param !== undefined ? membersSet(callee, param) : undefined;
  return members ? [...members].map((member) => ({ at: call, member })) : [{ at: call }];
}

/** The members that a function sets through a pointer it is given; undefined when it does anything else with the pointer. */
function membersSet(definition: FunctionDefinition, param: string): Set<string> | undefined {
  const members = new Set<string>();
  const known = new Set<Expr>();
  let only = true;
  walkStmt(definition.body, {
    expr: (expr) => {
      if (expr.kind === 'member' && expr.arrow && expr.object.kind === 'name' && expr.object.name === param) {
        members.add(expr.field);
        known.add(expr.object);
      } else if (expr.kind === 'call') {
        expr.args.forEach((arg, index) => {
          if (arg.kind === 'name' && arg.name === param && reads(expr, index)) known.add(arg);
        });
      } else if (expr.kind === 'name' && expr.name === param && !known.has(expr)) only = false;
      only &&= expr.kind !== 'unknown' && expr.kind !== 'statements';
    },
    stmt: ({ kind }) => {
      only &&= kind !== 'unknown' && kind !== 'either';
    },
  });
  return only ? members : undefined;
}

function setting(target: Expr, at: Span, context: RuleContext, value?: Expr): Setting {
  return { at: { start: at.start, end: at.end }, ...partOf(target, context), ...(value ? { value } : {}) };
}

/** The outermost member, and the element, that an expression is of its variable. */
function partOf(expr: Expr, context: RuleContext): { member?: string; element?: bigint } {
  let member: string | undefined;
  let element: bigint | undefined;
  let at = expr;
  for (;;) {
    const inner = unwrap(at);
    if (inner.kind === 'member') {
      member = inner.field;
      element = undefined;
      at = inner.object;
    } else if (inner.kind === 'index') {
      element = context.scope.evaluator.constant(inner.index, context.scope);
      at = inner.array;
    } else {
      return { ...(member === undefined ? {} : { member }), ...(element === undefined ? {} : { element }) };
    }
  }
}

/** Whether something may have happened when control comes to a place: it stands before it, or a loop holds both. */
export function mayPrecede(definition: FunctionDefinition, earlier: Span, later: Expr): boolean {
  if (earlier.start < later.start) {
    return true;
  }
  const loops = around(definition, later).filter((stmt: Stmt) => isLoop(stmt));
  return loops.some(({ start, end }) => start <= earlier.start && earlier.end <= end);
}
