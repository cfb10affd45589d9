import { rootName } from '../../analysis/aliasing';
import type { FunctionScope } from '../../analysis/context';
import { unwrap } from '../../analysis/operators';
import { FileIndex } from '../../analysis/survey';
import {
  children,
  type Expr,
  expressionsOf,
  type FunctionDefinition,
  parameterIndex,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { assignmentsTo, callsIn, usesOf } from '../shared/uses';
import { callsTo, type FileCall, fileCalls, fileMakes, isAllRead, isProgram } from '../shared/whole-file';

/**
 * Members of structures that hold descriptors which nothing in the whole program closes or takes over, as all functions of the file
 * together tell: where such a structure is freed, they are lost.
 */

/** What a function does with a member of this name. `made`: it puts a new descriptor there. */
type MemberUse =
  | { made: FileCall }
  | { param: number; within: FunctionDefinition }
  | Passed
  | 'io'
  | 'idle'
  | 'out';

/** Given to a function that may take it over. */
interface Passed {
  to: string;
  index: number;
}

const opening =
  /^(?:accept4?|open(?:at)?|socket|epoll_create1?|eventfd|timerfd_create|signalfd|inotify_init1?|memfd_create|shm_open)$/;
const pairing = /^(?:pipe2?|socketpair)$/;

/** Calls that leave their descriptors open. */
const harmless =
  /^(?:p?(?:read|write)v?2?|(?:recv|send)(?:from|to|m?msg)?|sendfile|FD_(?:SET|CLR|ISSET)|epoll_ctl|fcntl|ioctl|[gs]etsockopt|get(?:peer|sock)name|shutdown|f(?:data)?sync|fstat|ftruncate|f?lock[f]?|lseek|v?dprintf|v?f?printf|v?snprintf|syslog|isatty|tc\w+|bind|listen|connect|accept4?|inotify_\w+|timerfd_[sg]ettime|splice|tee)$/;

const members = new FileIndex<MemberUse>((within, file) => {
  const scope = file.scopeOf(within);
  const found: [string, MemberUse][] = [];
  const visit = (expr: Expr, around: readonly Expr[], isReturned: boolean): void => {
    if (expr.kind === 'member') found.push([expr.field, useOf(expr, around, isReturned, scope)]);
    if (expr.kind === 'init') {
      for (const { designators, value } of expr.items) {
        const [field] = designators;
        if (typeof field === 'string') found.push([field, storedBy(value, scope)]);
      }
    }
    const inside = [expr, ...around];
    for (const child of children(expr)) visit(child, inside, isReturned);
  };
  walkStmt(within.body, {
    stmt: (stmt) => {
      for (const expr of expressionsOf(stmt)) visit(expr, [], stmt.kind === 'return');
    },
  });
  return found;
});

function useOf(expr: Expr, around: readonly Expr[], isReturned: boolean, scope: FunctionScope): MemberUse {
  const outer = around.find(({ kind }) => kind !== 'cast');
  if (!outer) return isReturned ? 'out' : 'idle';
  switch (outer.kind) {
    case 'assign':
      if (unwrap(outer.target) === expr) return outer.op === '=' ? storedBy(outer.value, scope) : 'out';
      return isOnlyCompared(outer.target, scope) ? 'idle' : 'out';
    case 'binary':
    case 'logical':
    case 'sizeof':
      return 'idle';
    case 'unary':
      return outer.op === '&' || outer.op === '*' ? 'out' : 'idle';
    case 'call': {
      const index = outer.args.findIndex((arg) => unwrap(arg) === expr);
      const name = calledName(outer);
      // `log(LOG_INFO, "closing %d", c->fd)`, whatever `log` is: a number behind a format is there to be printed.
      const format = outer.args.findIndex((arg) => unwrap(arg).kind === 'string' && isFormat(unwrap(arg)));
      if (format >= 0 && index > format) return 'idle';
      if (name === undefined || index < 0) return 'out';
      return harmless.test(name) ? 'io' : { to: name, index };
    }
    default:
      return 'out';
  }
}

function isFormat(text: Expr): boolean {
  return text.kind === 'string' && /%[-0 ]*\d*[diux]/.test(text.value);
}

/** `c->fd = fd`: where it comes from. */
function storedBy(value: Expr, scope: FunctionScope): MemberUse {
  const { definition } = scope;
  const given = unwrap(value);
  if (scope.evaluator.constant(given, scope) !== undefined) return 'idle';
  const param = parameterIndex(definition.type.params, given.kind === 'name' ? given.name : undefined);
  if (param >= 0) return { param, within: definition };
  const pair = given.kind === 'index' ? rootName(given.array) : undefined;
  if (pair !== undefined) {
    const made = callsIn(definition, pairing).find((call) => call.args.some((arg) => rootName(arg) === pair));
    return made ? { made: { name: calledName(made) ?? '', expr: made, within: definition } } : 'out';
  }
  const stored =
    given.kind === 'name' ? assignmentsTo(definition, given.name).map((one) => unwrap(one.value)) : [given];
  const made = stored.find((one) => one.kind !== 'number');
  const name = made && calledName(made);
  return made?.kind === 'call' && name !== undefined && opening.test(name)
    ? { made: { name, expr: made, within: definition } }
    : 'out';
}

/** `if (c->fd > most) most = c->fd;` */
function isOnlyCompared(target: Expr, { definition }: FunctionScope): boolean {
  return (
    target.kind === 'name' &&
    usesOf(definition, target.name).every(({ expr, around }) => {
      const [outer] = around;
      if (outer?.kind === 'assign' && outer.target === expr) return true;
      const isTest = outer?.kind === 'binary' && /^[<>=!]=?$/.test(outer.op);
      return isTest || around.some((each) => /^p?select$/.test(calledName(each) ?? ''));
    })
  );
}

/** Whether a function of the file leaves the descriptor as it is that it is given. */
function leavesAlone({ to, index }: Passed, context: RuleContext, depth: number): boolean {
  const callee = depth < 3 ? context.functionNamed(to)?.definition : undefined;
  const param = callee?.type.params[index]?.name;
  if (!callee || !param) return false;
  return usesOf(callee, param).every(({ expr, around }) => {
    const outer = around.find(({ kind }) => kind !== 'cast');
    if (outer?.kind === 'binary' || outer?.kind === 'logical') return true;
    if (outer?.kind !== 'call') return false;
    const name = calledName(outer) ?? '';
    const at = outer.args.findIndex((arg) => unwrap(arg) === expr);
    return at >= 0 && (harmless.test(name) || leavesAlone({ to: name, index: at }, context, depth + 1));
  });
}

/** The call that makes what such a member holds, where nothing in the file ever gives that up. */
function keptOpenFor(field: string, context: RuleContext): FileCall | undefined {
  let made: FileCall | undefined;
  for (const use of context.ask(members, field)) {
    if (use === 'out') return undefined;
    if (typeof use === 'string') continue;
    if ('to' in use) {
      if (!leavesAlone(use, context, 0)) return undefined;
    } else if ('made' in use) made ??= use.made;
    else {
      const given = madeFor(use, context);
      if (!given) return undefined;
      made ??= given;
    }
  }
  return made;
}

/** All callers of the function give it what a call has made. */
function madeFor(
  { param, within }: { param: number; within: FunctionDefinition },
  context: RuleContext,
): FileCall | undefined {
  const given = callsTo(context, within.name).map((call) => {
    const arg = call.expr.args[param];
    const use = arg && storedBy(arg, context.scope.file.scopeOf(call.within));
    return typeof use === 'object' && 'made' in use ? use.made : undefined;
  });
  return given.every((one) => one !== undefined) ? given[0] : undefined;
}

/** `free(c)`, in whatever function, of a structure that holds a descriptor which this function made and nothing in the program closes. */
export function tellNeverClosed(said: ReadonlySet<number>, context: RuleContext): void {
  const { scope } = context;
  const { definition } = scope;
  const makes = callsIn(definition, opening).length > 0 || callsIn(definition, pairing).length > 0;
  if (!makes || definition.broken || !isProgram(context) || !isAllRead(context)) return;
  const frees = fileCalls(context, /^free$/).filter(({ expr }) => !said.has(expr.start));
  // Where nothing is closed at all, nobody cares; a macro may close anything.
  if (frees.length === 0 || !fileMakes(context, /^close$/) || mayCloseByMacro(context)) return;
  for (const { expr, within } of frees) {
    const [pointer] = expr.args;
    for (const { name, type } of (pointer && membersOf(pointer, within, context)) ?? []) {
      if (name === undefined || type.k !== 'int') continue;
      const made = keptOpenFor(name, context);
      // Where it is stored, the structure may be freed because that has failed.
      if (made?.within !== definition || storesIn(name, within)) continue;
      context.report({
        span: { start: expr.start, end: expr.end, within },
        message: `The structure is freed here, but the descriptor in its member \`${name}\` stays open: nothing in this program ever closes it. Each time one is lost until the process may open no more. Close it before.`,
        related: [
          {
            span: { start: made.expr.start, end: made.expr.end, within: made.within },
            message: 'Opened here',
          },
        ],
      });
      return;
    }
  }
}

function mayCloseByMacro({ scope }: RuleContext): boolean {
  return [...scope.file.symbols.macros.values()].some(({ body }) => /close/i.test(body));
}

/** Of the structure that a pointer leads to, where no header shows it to other files. */
function membersOf(pointer: Expr, within: FunctionDefinition, { scope }: RuleContext) {
  const { tags, typedefs } = scope.file.symbols;
  const { types } = scope.evaluator;
  const type = scope.file.scopeOf(within).resolvedTypeOf(pointer);
  const struct = type?.k === 'pointer' ? types.resolve(type.to) : undefined;
  const isDeclaredHere = [...tags.values(), ...typedefs.values()].some(
    (one) => types.resolve(one) === struct,
  );
  return isDeclaredHere && struct?.k === 'struct' ? struct.members : undefined;
}

function storesIn(field: string, { body }: FunctionDefinition): boolean {
  let found = false;
  walkStmt(body, {
    expr: (expr) => {
      found ||= expr.kind === 'assign' && expr.target.kind === 'member' && expr.target.field === field;
    },
  });
  return found;
}
