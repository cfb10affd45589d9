import { unwrap } from '../../analysis/operators';
import type { CallSite } from '../../analysis/values';
import { type Expr, type ExprOf, type Stmt, somePart, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Report, RuleContext } from '../rule';
import { isUsedAsValue } from '../shared/globals';
import { isLoop } from '../shared/loops';
import { constantNamed } from '../shared/support';
import { callsIn } from '../shared/uses';
import { type FileCall, fileCalls, isAllRead } from '../shared/whole-file';

/** The pipe by which a handler wakes its own program: emptied by reads until one fails, which it never does while the pipe blocks. */

/** Calls that leave an end as it is. */
const plain = /^(?:read|write|close|poll|p?select|FD_\w+|epoll_ctl|pipe2?|printf|fprintf)$/;

export function drainedForEver(context: RuleContext): Report[] {
  const { definition } = context.scope;
  if (callsIn(definition, /^read$/).length === 0 || !isAllRead(context)) return [];
  const found: Report[] = [];
  walkStmt(definition.body, {
    stmt: (stmt) => {
      const read = emptying(stmt, context);
      const name = read?.args[0] && endOf(read.args[0], 0n, context);
      const made = name === undefined ? undefined : blockingPipe(name, context);
      if (!read || !made) return;
      found.push({
        span: read,
        message: `This loop reads until \`${name}\` is empty, but the pipe blocks, and the program itself holds its other end: instead of failing, the last \`read\` waits for the next byte. Make the pipe with O_NONBLOCK.`,
        related: [{ span: { ...made.expr, within: made.within }, message: 'The pipe is made here' }],
      });
    },
  });
  return found;
}

/** `while (read(...) > 0) ;`: the loop goes on for as long as something comes. */
function emptying(stmt: Stmt, { scope }: RuleContext): ExprOf<'call'> | undefined {
  const test = stmt.kind === 'while' || stmt.kind === 'do' || stmt.kind === 'for' ? stmt.test : undefined;
  if (test?.kind !== 'binary' || !isLoop(stmt)) return undefined;
  const inner = unwrap(test.left);
  const call = inner.kind === 'assign' ? unwrap(inner.value) : inner;
  if (call.kind !== 'call' || calledName(call) !== 'read') return undefined;
  const is = (expr: Expr | undefined, number: bigint) =>
    expr !== undefined && scope.evaluator.constant(expr, scope) === number;
  const isOne = test.op === '==' && is(test.right, 1n) && is(call.args[2], 1n);
  const goesOn = isOne || /^>=?$/.test(test.op) || (test.op === '!=' && is(test.right, -1n));
  // What is done for each byte may be all that the program does.
  const isEmpty = stmt.body.kind === 'empty' || (stmt.body.kind === 'block' && stmt.body.body.length === 0);
  return goesOn && isEmpty ? call : undefined;
}

/** The array of the file of which this is an end. */
function endOf(expr: Expr, index: bigint, { scope }: RuleContext): string | undefined {
  const inner = unwrap(expr);
  if (inner.kind !== 'index' || inner.array.kind !== 'name' || scope.typeOf(inner.array.name))
    return undefined;
  return scope.evaluator.constant(inner.index, scope) === index ? inner.array.name : undefined;
}

/** The only call that makes the pipe, when nothing in the file keeps it from blocking, and one of its functions writes into it. */
function blockingPipe(name: string, context: RuleContext): FileCall | undefined {
  const isOf = (arg: Expr) => somePart(arg, (part) => part.kind === 'name' && part.name === name);
  const about = fileCalls(context, /./).filter(({ expr }) => expr.args.some(isOf));
  const [made, ...more] = about.filter((call) => /^pipe2?$/.test(call.name));
  if (!made || more.length > 0) return undefined;
  const flags = made.name === 'pipe2' ? made.expr.args[1] : undefined;
  const given = flags ? context.scope.evaluator.constant(flags, context.scope) : 0n;
  if (given === undefined || (given & constantNamed('O_NONBLOCK')) !== 0n) return undefined;
  // What is set at the other end is not set at this one.
  const isOfOther = ({ expr }: FileCall) =>
    expr.args.every((arg) => !isOf(arg) || isEnd(arg, 1n, name, context));
  const isOwn = about.every((call) => plain.test(call.name) || isDescriptorFlag(call) || isOfOther(call));
  const writes = about.some(
    ({ name: called, expr }) => called === 'write' && isEnd(expr.args[0], 1n, name, context),
  );
  const shuts = about.some(
    ({ name: called, expr }) => called === 'close' && isEnd(expr.args[0], 1n, name, context),
  );
  return isOwn && writes && !shuts ? made : undefined;
}

const isEnd = (expr: Expr | undefined, index: bigint, name: string, context: RuleContext) =>
  expr !== undefined && endOf(expr, index, context) === name;

function isDescriptorFlag({ name, expr }: FileCall): boolean {
  const [, command] = expr.args;
  return name === 'fcntl' && command?.kind === 'name' && /^F_[GS]ETFD$/.test(command.name);
}

/** A handler, or whatever else is called when something happens, writes into the pipe: who reads waits for that, and for no end. */
export function isFedByHandler({ expr }: CallSite, context: RuleContext): boolean {
  const [array] = expr.args;
  const name =
    array?.kind === 'name' && context.scope.file.symbols.global(array.name) ? array.name : undefined;
  return (
    name !== undefined &&
    fileCalls(context, /^write$/).some(
      (call) => isEnd(call.expr.args[0], 1n, name, context) && isUsedAsValue(call.within.name, context),
    )
  );
}
