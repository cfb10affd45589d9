import type { Stmt } from '../../c/ast';
import type { RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { arms, around } from '../shared/statements';
import { type FileCall, fileCalls, isProgram, lastName, ownCalls } from '../shared/whole-file';

/** Semaphores that a program uses as locks: whoever posts has waited just before. */

/** The post comes behind the wait, in the same block or inside it. */
export function stands(wait: FileCall, post: FileCall): boolean {
  const block = around(wait.within, wait.expr).at(-2);
  return (
    wait.within === post.within &&
    wait.expr.end <= post.expr.start &&
    block?.kind === 'block' &&
    block.start <= post.expr.start &&
    post.expr.end <= block.end
  );
}

const nameOf = ({ expr }: FileCall) => expr.args[0] && lastName(expr.args[0]);

/** Waits of this function behind which nobody posts, for semaphores that all others give back where they took them. */
export function keptOnes(context: RuleContext): FileCall[] {
  const waits = ownCalls(context, /^sem_wait$/);
  if (waits.length === 0 || !isProgram(context)) {
    return [];
  }
  const allWaits = fileCalls(context, 'sem_wait');
  const allPosts = fileCalls(context, 'sem_post');
  return waits.filter((wait) => {
    const name = nameOf(wait);
    const posts = allPosts.filter((post) => nameOf(post) === name);
    const isLock = posts.every((post) =>
      allWaits.some((other) => nameOf(other) === name && other !== wait && stands(other, post)),
    );
    return (
      name !== undefined &&
      posts.length > 0 &&
      isLock &&
      startsAtOne(name, context) &&
      !posts.some((post) => mayFollow(wait, post))
    );
  });
}

/** Control can come from the one to the other. */
function mayFollow(wait: FileCall, post: FileCall): boolean {
  if (wait.within !== post.within) {
    return false;
  }
  const [a, b] = [arms(wait.within, wait.expr), arms(post.within, post.expr)];
  const [short, long]: [Stmt[], Stmt[]] = a.length < b.length ? [a, b] : [b, a];
  return short.every((arm) => long.includes(arm));
}

/** The semaphore starts at 1 wherever the file makes it, and so does any of which is not known what it is called. */
function startsAtOne(semaphore: string, context: RuleContext): boolean {
  const values = fileCalls(context, /^sem_(?:init|open)$/).flatMap(({ name, expr, within }) => {
    const isOpen = name === 'sem_open';
    const target = isOpen ? targetOf(within, expr) : expr.args[0];
    const called = target && lastName(target);
    const value = expr.args[isOpen ? 3 : 2];
    const scope = context.scope.file.scopeOf(within);
    const isMeant = called === undefined || called === semaphore;
    return value && isMeant ? [scope.evaluator.constant(value, scope)] : [];
  });
  return values.length > 0 && values.every((value) => value === 1n);
}
