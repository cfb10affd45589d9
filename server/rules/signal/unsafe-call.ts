import { calls } from '../../../catalog';
import type { FunctionScope } from '../../analysis/context';
import { unwrap } from '../../analysis/operators';
import { FileIndex } from '../../analysis/survey';
import {
  type Expr,
  type FunctionDefinition,
  parameterIndex,
  type Span,
  type Stmt,
  someExprIn,
  somePart,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { fixOf, replaced } from '../shared/edits';
import { leavesAtEnd } from '../shared/endings';
import { usersOf } from '../shared/globals';
import { contains } from '../shared/statements';
import { assignmentsTo } from '../shared/uses';
import { fileCalls } from '../shared/whole-file';
import { installation, installers, installs, isSignalled, signalName } from '../subjects/signal-handlers';
import { isHeldBack, mayBeBlocked } from '../subjects/signal-masks';

export const unsafeCall: Rule = {
  meta: {
    id: 'signal/unsafe-call',
    severity: 'warning',
    preset: 'recommended',
    title: 'A signal handler calls a function that is not async-signal-safe',
    explanation:
      'A handler may run in the middle of any function of the program. If that one holds the lock of the heap or of a stream, a handler that calls malloc or printf waits for it for ever, or finds the structures half changed.',
    silence:
      'Functions of which nothing is known, those that are unsafe only by the letter (snprintf, plain system calls), and programs that wait with sigsuspend, ppoll, pselect or epoll_pwait, which may let signals in only there. Handlers of the signals that a fault of the program itself sends (SIGSEGV, SIGABRT and their like), which seldom come inside another call. Where a comment in the function says that the call is unsafe, it is information only.',
    references: [
      { page: 'signal-safety', section: 7 },
      { page: 'sigaction', section: 2 },
    ],
    example: {
      bad: `#include <signal.h>
#include <stdio.h>

static void on_interrupt(int sig) {
  printf("signal %d\\n", sig);
}

int watch(void) {
  struct sigaction action = {.sa_handler = on_interrupt};
  sigemptyset(&action.sa_mask);
  return sigaction(SIGINT, &action, NULL);
}
`,
      good: `#include <signal.h>

static volatile sig_atomic_t interrupted;

static void on_interrupt(int sig) {
  interrupted = sig;
}

int watch(void) {
  struct sigaction action = {.sa_handler = on_interrupt};
  sigemptyset(&action.sa_mask);
  return sigaction(SIGINT, &action, NULL);
}
`,
    },
  },
  check: (root) => {
    const guarded = mentions(root.scope.definition, (name) => lettingIn.has(name));
    return {
      call(event, context) {
        if (
          !installs(event) ||
          isFault(event.args[0]?.value.constant) ||
          isHeldBack(event, context) ||
          ((guarded || mentions(context.scope.definition, (name) => lettingIn.has(name))) &&
            mayComeOnlyThere(event.args[0]?.value.constant, context))
        ) {
          return;
        }
        const found = installation(event, context);
        if (!found || (event.args[0]?.value.constant === undefined && aborts(found.handler))) {
          return;
        }
        const steps = unsafeSteps(found.handler, context);
        const first = steps[0];
        if (!first) {
          return;
        }
        const [call, ...through] = first.chain;
        const unsafe = first.chain.at(-1)!;
        const names = [...new Set(steps.slice(1).map(({ chain }) => chain.at(-1)!.name))].filter(
          (name) => name !== unsafe.name,
        );
        const more =
          names.length > 0
            ? ` (and also ${names
                .slice(0, 3)
                .map((name) => `\`${name}\``)
                .join(', ')})`
            : '';
        const way =
          through.length > 0
            ? `, by way of \`${call!.name}\`, calls \`${unsafe.name}\``
            : ` calls \`${unsafe.name}\``;
        const known = first.chain.some(({ within }) => isAcknowledged(within, context));
        context.report({
          span: { ...call!.at, within: found.handler },
          ...(known ? { severity: 'information' as const } : {}),
          message: `The signal handler \`${found.handler.name}\`${way}${more}, which is not async-signal-safe: ${harm(unsafe.name)}. ${advice(unsafe.name)}.`,
          related: [
            { span: event.at, message: `\`${found.handler.name}\` becomes a signal handler here` },
            ...through.map(({ name, at, within }) => ({
              span: { start: at.start, end: at.end, within },
              message: `\`${within.name}\` calls \`${name}\``,
            })),
          ],
          ...(steps.every(({ chain }) => chain.length === 1 && chain[0]?.name === 'exit')
            ? exitFix(steps.map(({ chain }) => chain[0]!.at))
            : {}),
        });
      },
    };
  },
};

/** Signals that the program brings on itself, by a faulty instruction or abort: they come where it is just then, seldom inside another call. */
const faults = new Set(['SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGABRT', 'SIGTRAP', 'SIGSYS']);

function isFault(signal: bigint | undefined): boolean {
  return signal !== undefined && faults.has(signalName(Number(signal)));
}

/** What ends in abort whatever the signal reports a crash: it is a handler of faults, though their names stand in a table. */
function aborts({ body }: FunctionDefinition): boolean {
  const last = body.kind === 'block' ? body.body.at(-1) : undefined;
  return last?.kind === 'expr' && calledName(last.expr) === 'abort';
}

/** Of a signal that is never blocked it is nothing to the program that it lets in others at one place only. */
function mayComeOnlyThere(signal: bigint | undefined, context: RuleContext): boolean {
  return signal === undefined || mayBeBlocked(signal, context);
}

/** Calls that let signals in at one place only, where any function is safe. */
const lettingIn = new Set(['sigsuspend', 'ppoll', 'pselect', 'epoll_pwait', 'epoll_pwait2']);

const heap = new Set(
  'malloc calloc realloc reallocarray free strdup strndup asprintf vasprintf aligned_alloc posix_memalign getline'.split(
    ' ',
  ),
);
const streams = new Set(
  'printf fprintf vprintf vfprintf puts fputs putchar putc fputc fwrite fread fgets fgetc getc getchar fscanf scanf fflush fopen fdopen freopen fclose perror popen pclose err errx warn warnx verr verrx error psignal psiginfo'.split(
    ' ',
  ),
);
const locks = new Set(
  'pthread_mutex_lock pthread_mutex_trylock pthread_mutex_timedlock pthread_mutex_unlock pthread_cond_signal pthread_cond_broadcast pthread_cond_wait pthread_create pthread_join'.split(
    ' ',
  ),
);
const others = new Set(
  'exit system syslog vsyslog openlog closelog localtime gmtime ctime asctime mktime strsignal getpwnam getpwuid getgrnam getaddrinfo gethostbyname atexit qsort backtrace_symbols opendir readdir closedir setenv putenv unsetenv shm_open sem_open mq_open'.split(
    ' ',
  ),
);

function isUnsafe(name: string): boolean {
  const known = heap.has(name) || streams.has(name) || locks.has(name) || others.has(name);
  return known && calls.get(name)?.record.asyncSignalSafe !== true;
}

function harm(name: string): string {
  if (heap.has(name))
    return 'when the signal comes inside `malloc` or `free`, the heap is damaged or the program hangs';
  if (streams.has(name))
    return 'when the signal comes inside another call of stdio, the program hangs or the output is damaged';
  if (locks.has(name)) return 'when the thread it interrupts holds the lock, the program hangs';
  if (name === 'exit')
    return 'it flushes streams and runs exit handlers that the signal may have interrupted';
  return 'when the signal comes inside a function that shares its data or locks, the program hangs or the data is damaged';
}

function advice(name: string): string {
  if (name === 'exit')
    return 'Use `_exit` or `_Exit`, or set a `volatile sig_atomic_t` flag and leave from the main loop';
  return 'Set a `volatile sig_atomic_t` flag or write to a pipe, and do the work outside the handler';
}

interface Step {
  name: string;
  at: Expr;
  within: FunctionDefinition;
}

/** Of the two ways to end a process that a handler may take, the one that comes with the header of exit. */
function exitFix(exits: Expr[]) {
  const edits = exits.map((expr) => (expr.kind === 'call' ? replaced(expr.callee, '_Exit') : undefined));
  return fixOf(
    'End with _Exit, which runs nothing else',
    edits.every((edit) => edit !== undefined) ? edits.flat() : undefined,
  );
}

const deepest = 4;

/** Each way from a handler to an unsafe function: the call in the handler first. */
function unsafeSteps(handler: FunctionDefinition, context: RuleContext): { chain: Step[] }[] {
  const found: { chain: Step[] }[] = [];
  const seen = new Set([handler]);
  const look = (definition: FunctionDefinition, before: Step[], unreached: readonly Span[] = []) => {
    const scope: FunctionScope = context.scope.file.scopeOf(definition);
    // What only some builds do may not be done here at all.
    const skipped: Span[] =
      definition === handler
        ? [...notForSignals(definition, context), ...neverSent(handler, context)]
        : [...unreached];
    walkStmt(definition.body, {
      stmt: (stmt) => {
        if (stmt.kind === 'either') skipped.push(stmt);
        // A valid signal gets its action: what a helper does where that fails is never done.
        if (stmt.kind === 'if' && definition !== handler && asksInstaller(stmt.test))
          skipped.push(stmt.consequent);
      },
    });
    walkStmt(definition.body, {
      expr: (expr) => {
        const name = calledName(expr);
        if (skipped.some((span) => contains(span, expr))) return;
        if (name === undefined || scope.typeOf(name) || context.scope.file.symbols.macro(name)) {
          return;
        }
        const chain = [...before, { name, at: expr, within: definition }];
        const callee =
          context.functionNamed(name) ?? (expr.kind === 'call' ? pointedTo(name, context) : undefined);
        if (!callee) {
          if (isUnsafe(name) && !context.scope.file.symbols.function(name)?.definition) found.push({ chain });
        } else if (!seen.has(callee.definition) && chain.length < deepest) {
          const others = expr.kind === 'call' ? otherCases(callee, expr.args, scope, context) : [];
          if (others.length === 0) seen.add(callee.definition);
          look(callee.definition, chain, others);
        }
      },
    });
  };
  look(handler, []);
  return found;
}

/** What a pointer of the file leads to, `log = log_to_file;`: one of the functions that are ever stored in it. */
function pointedTo(name: string, context: RuleContext): FunctionScope | undefined {
  const { symbols } = context.scope.file;
  if (symbols.function(name) || context.scope.call(name)) return undefined;
  for (const stored of context.ask(pointers, name)) {
    const found = context.functionNamed(stored);
    if (found) return found;
  }
  return undefined;
}

/** The functions that are stored in variables of the file, by the names of these. */
const pointers = new FileIndex((definition, file): [string, string][] => {
  const found: [string, string][] = [];
  const scope = file.scopeOf(definition);
  walkStmt(definition.body, {
    expr: (expr) => {
      if (expr.kind !== 'assign' || expr.op !== '=' || expr.target.kind !== 'name') return;
      const value = unwrap(expr.value);
      const given = value.kind === 'unary' && value.op === '&' ? unwrap(value.operand) : value;
      if (given.kind === 'name' && !scope.typeOf(given.name) && !scope.typeOf(expr.target.name))
        found.push([expr.target.name, given.name]);
    },
  });
  return found;
});

function asksInstaller(test: Expr): boolean {
  return somePart(test, (part) => installers.test(calledName(part) ?? ''));
}

/** What a handler that only `signal` installs, for these and those signals, would do with others. */
function neverSent(handler: FunctionDefinition, context: RuleContext): Span[] {
  const isMeant = (arg: Expr | undefined) => arg?.kind === 'name' && arg.name === handler.name;
  const sent = fileCalls(context, installers).filter(({ expr }) => isMeant(expr.args[1]));
  const installing = new Set(sent.map(({ within }) => within));
  if (sent.length === 0 || installing.size < usersOf(handler.name, context)) return [];
  const own = context.scope.file.scopeOf(handler);
  const [first = [], ...others] = sent.map(({ expr, within }) =>
    otherCases(own, expr.args, context.scope.file.scopeOf(within), context),
  );
  return first.filter((span) => others.every((spans) => spans.some(({ start }) => start === span.start)));
}

/** What a function does only where a parameter has another value than the constant that it is given. */
function otherCases(
  { definition, evaluator }: FunctionScope,
  args: Expr[],
  caller: FunctionScope,
  context: RuleContext,
): Span[] {
  const given = (value: Expr): bigint | undefined => {
    const name = value.kind === 'name' ? value.name : undefined;
    const index = parameterIndex(definition.type.params, name);
    const arg = name !== undefined && assignmentsTo(definition, name).length === 0 && args[index];
    return arg ? caller.evaluator.constant(arg, caller) : undefined;
  };
  const spans: Span[] = [];
  walkStmt(definition.body, {
    stmt: (stmt) => {
      const constant = stmt.kind === 'switch' ? given(stmt.value) : undefined;
      if (stmt.kind !== 'switch' || stmt.body.kind !== 'block' || constant === undefined) return;
      const { body } = stmt.body;
      const isMeant = (one: Stmt) =>
        one.kind === 'case' && one.value !== undefined && evaluator.constant(one.value) === constant;
      const plain = body.every(
        (one) => one.kind !== 'case' || !one.value || evaluator.constant(one.value) !== undefined,
      );
      if (!plain) return;
      const start = body.some(isMeant) ? isMeant : (one: Stmt) => one.kind === 'case' && !one.value;
      let reached = false;
      for (const one of body) {
        reached ||= start(one);
        if (!reached) spans.push(one);
        else if (leavesAtEnd(one, context)) reached = false;
      }
    },
  });
  return [...spans, ...untaken(definition, (test) => truth(test, given), context)];
}

/** What a test gives when some names in it stand for constants, where that decides it. */
function truth(test: Expr, given: (value: Expr) => bigint | undefined): boolean | undefined {
  if (test.kind === 'unary' && test.op === '!') {
    const inner = truth(test.operand, given);
    return inner === undefined ? undefined : !inner;
  }
  if (test.kind === 'logical') {
    const sides = [truth(test.left, given), truth(test.right, given)];
    const decides = test.op === '||';
    if (sides.includes(decides)) return decides;
    return sides.includes(undefined) ? undefined : !decides;
  }
  const constant = given(test);
  return constant === undefined ? undefined : constant !== 0n;
}

/** What a handler that is called like any function too, with 0 for the signal, does only then. */
function notForSignals(definition: FunctionDefinition, context: RuleContext): Span[] {
  const signal = definition.type.params[0]?.name;
  return untaken(definition, (test) => isSignalled(test, signal), context);
}

/** The branches that are not taken, and what stands behind those that are and leave. */
function untaken(
  { body }: FunctionDefinition,
  decided: (test: Expr) => boolean | undefined,
  context: RuleContext,
): Span[] {
  const spans: Span[] = [];
  walkStmt(body, {
    stmt: (stmt) => {
      const taken = stmt.kind === 'if' ? decided(stmt.test) : undefined;
      if (stmt.kind !== 'if' || taken === undefined) return;
      const other = taken ? stmt.alternative : stmt.consequent;
      if (other) spans.push(other);
    },
  });
  walkStmt(body, {
    stmt: (block) => {
      for (const stmt of block.kind === 'block' ? block.body : []) {
        const taken = stmt.kind === 'if' ? decided(stmt.test) : undefined;
        if (stmt.kind !== 'if' || taken === undefined) continue;
        const branch = taken ? stmt.consequent : stmt.alternative;
        if (branch && leavesAtEnd(branch, context)) spans.push({ start: stmt.end, end: block.end });
      }
    },
  });
  return spans;
}

/** A comment in the function says that its calls are not safe: the author knows. */
function isAcknowledged(definition: FunctionDefinition, context: RuleContext): boolean {
  const text = context.source({ ...definition.body, within: definition });
  return (text.match(/\/\*[\s\S]*?\*\/|\/\/.*/g) ?? []).some((comment) => acknowledging.test(comment));
}

const acknowledging = /\bunsafe\b|signal[- ]safe|reentran|\bnot safe\b/i;

function mentions(definition: FunctionDefinition, test: (name: string) => boolean): boolean {
  return someExprIn(definition.body, (expr) => {
    const name = calledName(expr);
    return name !== undefined && test(name);
  });
}
