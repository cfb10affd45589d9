import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { FileIndex } from '../../analysis/survey';
import { type Expr, type ExprOf, type FunctionDefinition, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Report, RuleContext, RuleListener } from '../rule';
import { reachedFrom } from '../shared/globals';
import { loopAround } from '../shared/loops';
import { constantNamed } from '../shared/support';
import { callsOf, fileCalls, fileMakes, isProgram, nameMade } from '../shared/whole-file';
import { installation, installs } from './signal-handlers';

/** What handlers of SIGCHLD do about the children that have ended. */

export interface Wait {
  call: ExprOf<'call'>;
  within: FunctionDefinition;
  looped: boolean;
  /** For any child, and not for one by its identifier. */
  any: boolean;
  /** Whether it returns when no child has ended yet; undefined where that is not known. */
  returns: boolean | undefined;
}

/** The rest of an example's program, whose handler `on_child` is. */
export const eightChildren = `int main(void) {
  struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGCHLD, &action, NULL) == -1)
    return 1;
  for (int i = 0; i < 8; i++) {
    pid_t pid = fork();
    if (pid == -1)
      return 1;
    if (pid == 0)
      _exit(0);
  }
  for (;;)
    pause();
}
`;

/**
 * A rule on the handlers of SIGCHLD in programs that have several children at a time: `find` tells which wait of a handler is
 * wrong, `tell` what is wrong with it.
 */
export function childHandlers(
  own: RuleContext,
  find: (handler: FunctionDefinition, context: RuleContext) => Wait | undefined,
  tell: (wait: Wait, handler: FunctionDefinition, context: RuleContext) => Pick<Report, 'message' | 'fix'>,
): RuleListener {
  return {
    end() {
      const { definition } = own.scope;
      const wait = looksLikeHandler(own) ? find(definition, own) : undefined;
      if (wait)
        own.report({
          span: { start: wait.call.start, end: wait.call.end, within: wait.within },
          ...tell(wait, definition, own),
        });
    },
    call(event, context) {
      const handler =
        installs(event) && event.args[0]?.value.constant === constantNamed('SIGCHLD')
          ? installation(event, context)?.handler
          : watcherOf(event, context);
      const wait = handler && find(handler, context);
      if (!handler || !wait || !makesSeveral(wait, context)) return;
      context.report({
        span: { start: wait.call.start, end: wait.call.end, within: wait.within },
        related: [{ span: event.at, message: `\`${handler.name}\` becomes the handler of SIGCHLD here` }],
        ...tell(wait, handler, context),
      });
    },
  };
}

/** The function that a library of events is to call for SIGCHLD: `ev_signal_init(&watcher, on_child, SIGCHLD)`. */
function watcherOf({ site, name, args }: CallEvent, context: RuleContext): FunctionDefinition | undefined {
  const isWatch =
    !site && /sig/i.test(name) && args.some(({ value }) => value.constant === constantNamed('SIGCHLD'));
  if (!isWatch || context.functionNamed(name)) return undefined;
  const [handler, ...others] = args.flatMap(({ expr }) => {
    const given = unwrap(expr);
    const found =
      given.kind === 'name' && !context.scope.typeOf(given.name)
        ? context.functionNamed(given.name)
        : undefined;
    return found ? [found.definition] : [];
  });
  return others.length === 0 ? handler : undefined;
}

/** A function that is shaped and named as a handler of SIGCHLD, for programs in other files: nothing in this one installs, calls or forks. */
function looksLikeHandler(own: RuleContext): boolean {
  const { name, type, storage } = own.scope.definition;
  const [signal, ...others] = type.params;
  return (
    /(?:chld|child)/i.test(name) &&
    /^sig(?:nal)?_?(?:no|num|number|nr)?$/.test(signal?.name ?? '') &&
    type.returns.k === 'void' &&
    others.length === 0 &&
    !storage.includes('static') &&
    !fileMakes(own, /^(?:fork|vfork|main|signal|sigaction|sigset)$/) &&
    !fileMakes(own, name) &&
    !isProgram(own)
  );
}

/** Every wait that a handler comes to. */
export function waitsOf(handler: FunctionDefinition, context: RuleContext): Wait[] {
  return reachedFrom(handler, context).flatMap((within) => {
    const found: Wait[] = [];
    const scope = context.scope.file.scopeOf(within);
    walkStmt(within.body, {
      expr: (expr) => {
        const name = calledName(expr) ?? '';
        if (expr.kind !== 'call' || !/^(?:wait|waitpid|wait[34]|waitid)$/.test(name)) return;
        const pid = expr.args[0] && scope.evaluator.constant(expr.args[0], scope);
        const flags = expr.args[name === 'wait3' ? 1 : 2];
        const options =
          name === 'wait' ? 0n : flags && name !== 'waitid' && scope.evaluator.constant(flags, scope);
        found.push({
          call: expr,
          within,
          looped: loopAround(within, expr) !== undefined,
          // With a negative number, any child of a group; with 0, of one's own.
          any:
            /^wait3?$/.test(name) ||
            (/^(?:waitpid|wait4)$/.test(name) && (pid === -1n || pid === 0n || isNegated(expr.args[0]))),
          returns: typeof options === 'bigint' ? (options & constantNamed('WNOHANG')) !== 0n : undefined,
        });
      },
    });
    return found;
  });
}

function isNegated(pid: Expr | undefined): boolean {
  return pid?.kind === 'unary' && pid.op === '-';
}

/** Forks and calls that are made in a loop. */
const repeated = new FileIndex((definition, file): [string, true][] =>
  callsOf(definition).flatMap(({ name, expr }): [string, true][] =>
    loopAround(definition, expr)
      ? [
          [name, true],
          [nameMade(name, file.scopeOf(definition)), true],
        ]
      : [],
  ),
);

/** Variables that handlers of SIGCHLD set, by their names: there are children to be waited for. */
export const childFlags = new FileIndex(function* (definition, file): Generator<[string, true]> {
  const [signal] = definition.type.params;
  const isHandler = /chld|child/i.test(definition.name) && /^sig|signo|^s$|^$/.test(signal?.name ?? '');
  if (!isHandler || definition.type.returns.k !== 'void') return;
  const scope = file.scopeOf(definition);
  const found = new Set<string>();
  walkStmt(definition.body, {
    expr: (expr) => {
      const name = expr.kind === 'assign' && expr.target.kind === 'name' ? expr.target.name : undefined;
      if (expr.kind !== 'assign' || name === undefined || scope.typeOf(name)) return;
      if (file.symbols.qualities.has(name) && scope.evaluator.constant(expr.value, scope) === 1n)
        found.add(name);
    },
  });
  for (const name of found) yield [name, true];
});

/** The program can have more than one child at a time. Where the forks are elsewhere, who waits in a loop says so, or waits for any that has ended. */
export function makesSeveral({ looped, any, returns }: Wait, context: RuleContext): boolean {
  const forks = fileCalls(context, /^(?:__)?v?fork$/);
  if (forks.length === 0) return looped || (any && returns === true);
  const isRepeated = (name: string) => context.ask(repeated, name).length > 0;
  return forks.length > 1 || forks.some(({ name, within }) => isRepeated(name) || isRepeated(within.name));
}
