import { unwrap } from '../../analysis/operators';
import type { Expr, FunctionDefinition } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { isEntry } from '../../c/entry';
import type { RuleContext } from '../rule';
import { contains } from '../shared/statements';
import { callsIn, declaratorOf, type Use, usesOf, variableIn } from '../shared/uses';
import { type FileCall, fileMakes, fileMentions, lastName, routineOf } from '../shared/whole-file';
import { isOfStart, tellsNothing } from './identifiers';

/** Threads whose identifiers a function keeps in an array of its own, to join them, and never looks at again. */

/** What is over for the threads when it is called: the memory that keeps them, and what they lock or wait for. */
const ending = /^(?:free|(?:[pP]thread_(?:mutex|cond|rwlock|barrier|spin)|sem|mtx|cnd)_destroy)$/;

/** Told at the call that ends what the threads need, or that forgets them. */
export function checkKept(start: FileCall, context: RuleContext): void {
  const { definition } = context.scope;
  const [identifier, attributes] = start.expr.args;
  const first = identifier && variableIn(identifier);
  // Of `main` it is told where the process ends with them.
  if (first === undefined || isEntry(definition) || !isPlain(attributes)) return;
  if (fileMakes(context, /detach|cancel|kill/i) || fileMentions(context, /setdetachstate/)) return;
  const kept = keptIn(first, start, context);
  const routine = routineOf(start);
  if (!kept || !routine) return;
  const end = callsIn(definition, ending).find((call) => call.start > start.expr.end && isEndOf(call, kept));
  // The threads may tell otherwise that they are done.
  const waits = callsIn(definition, /wait|sleep|pause|join|done|finish/i);
  if (!end || waits.some((call) => call.start > start.expr.start && call.start < end.start)) return;
  const isFreed = calledName(end) === 'free';
  context.report({
    span: end,
    message: `Nobody has joined the threads that run \`${lastName(routine)}\` when this \`${calledName(end)}\` ${isFreed ? 'forgets their identifiers: nobody can join them any more, and what follows runs while they are at work' : 'comes: one that is still at work finds what it needs gone'}. Join each of them before.`,
    related: [{ span: start.expr, message: 'They are started here' }],
  });
}

function isPlain(attributes: Expr | undefined): boolean {
  const none = attributes && unwrap(attributes);
  return none?.kind === 'null' || (none?.kind === 'number' && none.text === '0');
}

/**
 * The variables of the function that hold the identifiers, from one to the next, where nobody looks at any of them: one of them is an array.
 * Undefined where some use may hand one on.
 */
function keptIn(first: string, { expr }: FileCall, { scope }: RuleContext): Set<string> | undefined {
  const { definition } = scope;
  const names = new Set([first]);
  let inArray = isElement(expr.args[0]);
  for (const name of names) {
    const declared = declaratorOf(scope, name);
    if (!declared || declared.storage.includes('static') || isParameter(name, definition)) return undefined;
    for (const use of usesOf(definition, name)) {
      if (isOfStart(use.expr, definition) || tellsNothing(use)) continue;
      const copy = copiedTo(use);
      if (copy === undefined && !isTargetOf(use)) return undefined;
      if (copy) {
        names.add(copy.name);
        inArray ||= copy.isElement;
      }
    }
  }
  return inArray ? names : undefined;
}

function isParameter(name: string, { type }: FunctionDefinition): boolean {
  return type.params.some((param) => param.name === name);
}

/** `&threads[i]`, `threads + i` */
function isElement(identifier: Expr | undefined): boolean {
  const inner = identifier && unwrap(identifier);
  const place = inner?.kind === 'unary' && inner.op === '&' ? unwrap(inner.operand) : inner;
  return place?.kind === 'index' || place?.kind === 'binary';
}

/** `threads[i] = thread`, `pthread_t thread = threads[i]`: the variable that has it as well. */
function copiedTo({ expr, around }: Use): { name: string; isElement: boolean } | undefined {
  const outer = around.find((each) => each.kind !== 'index' || each.array !== expr);
  const target = outer?.kind === 'assign' && outer.op === '=' ? unwrap(outer.target) : undefined;
  if (!target || contains(target, expr)) return undefined;
  const name = variableIn(target);
  return name === undefined ? undefined : { name, isElement: target.kind === 'index' };
}

/** What is stored in an element tells nothing of those that are there. */
function isTargetOf({ expr, around }: Use): boolean {
  const [element, outer] = around;
  return (
    element?.kind === 'index' &&
    element.array === expr &&
    outer?.kind === 'assign' &&
    outer.target === element
  );
}

/** It frees the array, or destroys an object. */
function isEndOf(call: Expr, kept: ReadonlySet<string>): boolean {
  const arg = call.kind === 'call' ? call.args[0] : undefined;
  const name = arg && variableIn(arg);
  return calledName(call) !== 'free' || (name !== undefined && kept.has(name));
}
