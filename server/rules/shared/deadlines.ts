import { rootName } from '../../analysis/aliasing';
import type { CallEvent } from '../../analysis/events';
import { type Expr, type FunctionDefinition, type Stmt, somePart, walkExpr, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { around } from './statements';
import { addressed } from './uses';

/** Where the time in a `struct timespec` comes from, as far as the text tells. */
export interface Sources {
  /** Clocks that were read into it, by the names of their constants. */
  clocks: Set<string>;
  /** The calls that read them, in the function asked about. */
  reads: Expr[];
  /** Numbers that say how long, and not when. */
  spans: { expr: Expr; zero: boolean }[];
  /** Something else, of which nothing is known. */
  unknown: boolean;
}

/** The absolute times that calls are given: which parameter, and where the clock is named. */
const deadlineCalls: Record<string, { index: number; clock?: number }> = {
  sem_timedwait: { index: 1 },
  sem_clockwait: { index: 2, clock: 1 },
  mq_timedsend: { index: 4 },
  mq_timedreceive: { index: 4 },
  pthread_mutex_timedlock: { index: 1 },
  pthread_mutex_clocklock: { index: 2, clock: 1 },
  pthread_rwlock_timedrdlock: { index: 1 },
  pthread_rwlock_timedwrlock: { index: 1 },
  pthread_cond_timedwait: { index: 2 },
  pthread_cond_clockwait: { index: 3, clock: 2 },
  pthread_timedjoin_np: { index: 2 },
  mtx_timedlock: { index: 1 },
  cnd_timedwait: { index: 2 },
};

const deepest = 3;

/** Where the time in a variable of a function comes from. `pointer`: the variable is a pointer to it; `place`: where it is meant. */
export function sourcesOf(
  definition: FunctionDefinition,
  name: string,
  context: RuleContext,
  pointer = false,
  depth = 0,
  place?: Expr,
): Sources {
  const search = new Search(definition, context, depth, place);
  search.variable(name, pointer);
  return search.found;
}

class Search {
  readonly found: Sources = { clocks: new Set(), reads: [], spans: [], unknown: false };
  private readonly seen = new Set<string>();

  constructor(
    private readonly definition: FunctionDefinition,
    private readonly context: RuleContext,
    private readonly depth: number,
    private readonly place?: Expr,
  ) {}

  variable(name: string, pointer: boolean): void {
    if (this.seen.has(name)) return;
    this.seen.add(name);
    let declared = pointer;
    walkStmt(this.scopeOf(name), {
      stmt: (stmt) => {
        if (stmt.kind !== 'decl') return;
        for (const declarator of stmt.declaration.declarators) {
          if (declarator.name !== name) continue;
          declared = true;
          if (declarator.init) this.initial(declarator.init);
        }
      },
      expr: (expr) => this.setting(expr, name, pointer),
    });
    if (!declared) this.found.unknown = true;
  }

  /** The block that declares the variable: two blocks may have one of the same name. */
  private scopeOf(name: string): Stmt {
    const blocks = this.place ? around(this.definition, this.place) : [];
    const own = blocks.findLast(
      (stmt) =>
        stmt.kind === 'block' &&
        stmt.body.some(
          (part) =>
            part.kind === 'decl' &&
            part.declaration.declarators.some((declarator) => declarator.name === name),
        ),
    );
    return own ?? this.definition.body;
  }

  private initial(init: Expr): void {
    if (init.kind !== 'init') {
      this.value(init);
      return;
    }
    const seconds = init.items.find(({ designators: [first] }) => first === 'tv_sec') ?? init.items[0];
    const rest = init.items.some((item) => item !== seconds && !isZero(item.value));
    if (seconds && !(isZero(seconds.value) && rest)) this.value(seconds.value);
    else if (seconds) this.found.spans.push({ expr: seconds.value, zero: false });
  }

  private setting(expr: Expr, name: string, pointer: boolean): void {
    if (expr.kind === 'assign' && rootName(expr.target) === name && expr.op === '+=') {
      const { unknown } = this.found;
      if (expr.target.kind === 'member' && expr.target.field === 'tv_sec') this.value(expr.value);
      // What is added says nothing of where the rest comes from.
      this.found.unknown = unknown;
    } else if (expr.kind === 'assign' && rootName(expr.target) === name && expr.op === '=') {
      const { target } = expr;
      if (target.kind === 'member') {
        if (target.field === 'tv_sec') this.value(expr.value);
        // Nanoseconds alone may be the whole of it.
        else if (target.field === 'tv_nsec' && isNumber(expr.value) && !isZero(expr.value))
          this.found.spans.push({ expr: expr.value, zero: false });
      } else this.value(expr.value);
    } else if (expr.kind === 'call') {
      expr.args.forEach((arg, index) => {
        const inner = arg.kind === 'cast' ? arg.value : arg;
        const address = pointer
          ? inner.kind === 'name' && inner.name === name
          : inner.kind === 'unary' &&
            inner.op === '&' &&
            inner.operand.kind === 'name' &&
            inner.operand.name === name;
        if (address) this.handedTo(expr, index);
      });
    } else if (expr.kind === 'unknown' || expr.kind === 'statements') this.found.unknown = true;
  }

  private handedTo(call: Extract<Expr, { kind: 'call' }>, index: number): void {
    const name = calledName(call);
    if (name === 'clock_gettime' && index === 1) {
      const [clock] = call.args;
      this.found.reads.push(call);
      if (clock?.kind === 'name' && /^CLOCK_/.test(clock.name)) this.found.clocks.add(clock.name);
      else this.found.unknown = true;
    } else if (name === 'gettimeofday' || name === 'timespec_get' || name === 'time') {
      this.found.clocks.add('CLOCK_REALTIME');
    } else if (name !== undefined && Object.hasOwn(deadlineCalls, name)) {
      // It is read there.
    } else if (name !== 'memset' && name !== 'bzero') this.callee(name, index);
  }

  private callee(name: string | undefined, index: number): void {
    const callee = name === undefined ? undefined : this.context.functionNamed(name)?.definition;
    const param = callee?.type.params[index]?.name;
    if (!callee || param === undefined || this.depth >= deepest) {
      this.found.unknown = true;
      return;
    }
    this.take(sourcesOf(callee, param, this.context, true, this.depth + 1));
  }

  private take(other: Sources): void {
    for (const clock of other.clocks) this.found.clocks.add(clock);
    this.found.spans.push(...other.spans);
    this.found.unknown ||= other.unknown;
  }

  /** What a value stored into the seconds, or the whole, says. */
  private value(expr: Expr): void {
    const before = this.found.clocks.size;
    let known = true;
    let number = false;
    walkExpr(expr, (inner) => {
      if (inner.kind === 'call') known = this.called(inner) && known;
      else if (inner.kind === 'name' && !isInCall(expr, inner)) {
        if (this.isTime(inner.name)) this.variable(inner.name, false);
        else if (this.isCount(inner.name)) number = true;
        else known &&= this.context.scope.evaluator.constant(inner, this.context.scope) !== undefined;
        number ||= this.context.scope.evaluator.constant(inner, this.context.scope) !== undefined;
      } else if (inner.kind === 'number') number = true;
      else known &&= inner.kind !== 'unknown';
    });
    if (!known) this.found.unknown = true;
    else if (number && this.found.clocks.size === before && !this.readsTime(expr)) {
      this.found.spans.push({ expr, zero: isZero(expr) });
    }
  }

  private called(call: Extract<Expr, { kind: 'call' }>): boolean {
    const name = calledName(call);
    if (name === 'time') {
      this.found.clocks.add('CLOCK_REALTIME');
      return true;
    }
    if (name !== undefined && /^(?:ato[il]|strto[ul]l?)$/.test(name)) {
      this.found.spans.push({ expr: call, zero: false });
      return true;
    }
    const callee = name === undefined ? undefined : this.context.functionNamed(name)?.definition;
    const returned = callee && this.depth < deepest ? returnedName(callee) : undefined;
    if (!callee || returned === undefined) return false;
    this.take(sourcesOf(callee, returned, this.context, false, this.depth + 1));
    return true;
  }

  private readsTime(expr: Expr): boolean {
    return somePart(
      expr,
      (inner) => (inner.kind === 'name' && this.isTime(inner.name)) || calledName(inner) === 'time',
    );
  }

  /** A variable of the function that holds a time: a structure, or the result of time(). */
  private isTime(name: string): boolean {
    return /^(?:struct (?:timespec|timeval)|time_t)$/.test(this.typeName(name));
  }

  /** A whole number of seconds or milliseconds, and no point in time. */
  private isCount(name: string): boolean {
    const named = /time_?out|sec|wait|delay|ms\b|msec|interval/i.test(name);
    return named && this.typeName(name) === 'int' && !this.isComputed(name);
  }

  /** Some call gives the variable its value, perhaps one that tells the time, or a time is put into it, be it by way of other variables. */
  private isComputed(name: string, asked = new Set<string>()): boolean {
    if (asked.has(name)) return false;
    asked.add(name);
    let computed = false;
    const look = (value: Expr | undefined) => {
      if (value)
        walkExpr(
          value,
          (inner) =>
            (computed ||=
              (inner.kind === 'call' && !/^ato/.test(calledName(inner) ?? '')) ||
              (inner.kind === 'name' && (this.isTime(inner.name) || this.isComputed(inner.name, asked)))),
        );
    };
    walkStmt(this.definition.body, {
      stmt: (stmt) => {
        if (stmt.kind !== 'decl') return;
        for (const { name: own, init } of stmt.declaration.declarators) if (own === name) look(init);
      },
      expr: (expr) => {
        if (expr.kind === 'assign' && expr.target.kind === 'name' && expr.target.name === name)
          look(expr.value);
      },
    });
    return computed;
  }

  private typeName(name: string): string {
    let type = this.definition.type.params.find((param) => param.name === name)?.type;
    walkStmt(this.definition.body, {
      stmt: (stmt) => {
        if (stmt.kind !== 'decl') return;
        type ??= stmt.declaration.declarators.find((declarator) => declarator.name === name)?.type;
      },
    });
    if (type?.k === 'struct') return `struct ${type.tag}`;
    return type?.k === 'named' ? type.name : (type?.k ?? '');
  }
}

function isInCall(whole: Expr, name: Expr): boolean {
  return somePart(whole, (expr) => expr.kind === 'call' && expr.start <= name.start && name.end <= expr.end);
}

function isNumber(expr: Expr): boolean {
  return expr.kind === 'number';
}

function isZero(expr: Expr): boolean {
  return expr.kind === 'number' && /^0+[uUlL]*$/.test(expr.text);
}

/** The variable that every return of a function gives. */
function returnedName(definition: FunctionDefinition): string | undefined {
  const names = new Set<string | undefined>();
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.kind === 'return') names.add(stmt.value?.kind === 'name' ? stmt.value.name : undefined);
    },
  });
  return names.size === 1 ? [...names][0] : undefined;
}

/** The point in time until which a call waits, where it is given by the address of a local variable. */
export function deadlineOf({ name, site, args }: CallEvent): Deadline | undefined {
  const timed = site && Object.hasOwn(deadlineCalls, name) ? deadlineCalls[name] : undefined;
  const arg = timed && args[timed.index]?.expr;
  const variable = addressed(arg);
  return timed && arg && variable !== undefined ? { arg, variable, clock: timed.clock } : undefined;
}

export interface Deadline {
  arg: Expr;
  variable: string;
  /** The argument that names the clock, where one does. */
  clock: number | undefined;
}
