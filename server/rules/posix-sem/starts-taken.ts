import { type Expr, parameterIndex } from '../../c/ast';
import type { RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { callsIn } from '../shared/uses';
import { fileCalls, fileMakes, isProgram, lastName, ownCalls } from '../shared/whole-file';
import { takenFirst } from '../subjects/taken-first';

/** Semaphores that a function of the program makes with the first value that it is given, or that functions of the program take and give. */

interface Made {
  at: Expr;
  /** The variable that the semaphore is known by. */
  name: string;
}

/** Those that start at 0 although everybody takes them before he gives them. */
export function startingTaken(
  context: RuleContext,
): { made: Made; first: NonNullable<ReturnType<typeof takenFirst>> }[] {
  if (!isWhole(context)) return [];
  const all = [...madeByHelpers(context), ...madeHere(context)];
  return all.flatMap((made) => {
    const first = takenFirst(({ kind, last }) => kind === 'semaphore' && last === made.name, context);
    return first ? [{ made, first }] : [];
  });
}

/** `lock = make("/lock", 0)`, or `prepare(&lock, 0)` */
function madeByHelpers(context: RuleContext): Made[] {
  const { scope } = context;
  return ownCalls(context, /./).flatMap(({ name: called, expr }) => {
    const own = scope.file.symbols.functions.has(called)
      ? context.functionNamed(called)?.definition
      : undefined;
    const [make, ...others] = own ? callsIn(own, /^[sS]em_(?:open|init)$/) : [];
    if (!own || !make || others.length > 0) return [];
    const isOpen = make.args.length > 3;
    const value = make.args[isOpen ? 3 : 2];
    const given = (arg: Expr | undefined) => {
      const index = arg?.kind === 'name' ? parameterIndex(own.type.params, arg.name) : -1;
      return index < 0 ? undefined : expr.args[index];
    };
    const first = given(value);
    const target = isOpen ? targetOf(scope.definition, expr) : given(make.args[0]);
    const name = target && !isElement(target) ? lastName(target) : undefined;
    return first && name !== undefined && scope.evaluator.constant(first, scope) === 0n
      ? [{ at: expr, name }]
      : [];
  });
}

/** Made here, and posted by a function that is handed it: where `sem_post` names it itself, its calls tell. */
function madeHere(context: RuleContext): Made[] {
  const { scope } = context;
  return ownCalls(context, /^sem_(?:open|init)$/).flatMap(({ expr }) => {
    const isOpen = expr.args.length > 3;
    const value = expr.args[isOpen ? 3 : 2];
    const target = isOpen ? targetOf(scope.definition, expr) : expr.args[0];
    const name = target && !isElement(target) ? lastName(target) : undefined;
    const isPosted = fileCalls(context, 'sem_post').some(
      ({ expr: post }) => post.args[0] && lastName(post.args[0]) === name,
    );
    const isEmpty = value !== undefined && scope.evaluator.constant(value, scope) === 0n;
    return name !== undefined && isEmpty && !isPosted ? [{ at: expr, name }] : [];
  });
}

/** One of several, of which the first may start otherwise. */
function isElement(target: Expr): boolean {
  return target.kind === 'index' || (target.kind === 'unary' && isElement(target.operand));
}

/** Nobody outside of the file takes part: its threads or children do, and it takes the name away. */
function isWhole(context: RuleContext): boolean {
  return (
    isProgram(context) &&
    fileMakes(context, /^[sS]em_(?:open|init)$/) &&
    fileMakes(context, /^(?:fork|pthread_create|thrd_create)$/) &&
    (!fileMakes(context, /^[sS]em_open$/) || fileMakes(context, /^[sS]em_unlink$/)) &&
    !fileMakes(context, /^(?:exec\w+|posix_spawnp?)$/)
  );
}
