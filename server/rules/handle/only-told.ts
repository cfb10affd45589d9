import type { CallEvent } from '../../analysis/events';
import { type Expr, type FunctionDefinition, type Stmt, walkStmt } from '../../c/ast';
import type { Report, RuleContext } from '../rule';
import { failureBranch, isEndless, isLoop, resultName } from '../shared/loops';
import { onlyReports } from '../shared/reporting';
import { arms, around, contains } from '../shared/statements';
import { assignmentsTo, usesOf, variableIn } from '../shared/uses';
import { callsOf, fileNames, textOf } from '../shared/whole-file';
import { lockCall } from '../subjects/file-locks';

/** Failures that are found and told, and behind which the program goes on with what it does not have. */

interface Need {
  /** Which argument it is done to. */
  at: number;
  /** What needs it. */
  later: RegExp;
  loss: string;
}

const file = /^(?:p?(?:read|write)v?|ftruncate|lseek)$/;
const needs: Readonly<Record<string, Need>> = {
  bind: {
    at: 0,
    later: /^(?:listen|accept4?|recv(?:from|msg)?)$/,
    loss: 'the socket does not have that address, and nobody finds it',
  },
  listen: { at: 0, later: /^(?:accept4?|epoll_ctl|FD_SET)$/, loss: 'no connection is ever accepted' },
  connect: {
    at: 0,
    later: /^(?:send(?:msg)?|recv(?:msg)?|read|write)$/,
    loss: 'there is no peer, and every transfer fails',
  },
  ftruncate: {
    at: 0,
    later: /^mmap$/,
    loss: 'the object keeps its size, and touching it beyond that ends the process with SIGBUS',
  },
  flock: { at: 0, later: file, loss: 'it does without the lock what the lock is for' },
  lockf: { at: 0, later: file, loss: 'it does without the lock what the lock is for' },
  fcntl: { at: 0, later: file, loss: 'it does without the lock what the lock is for' },
};

export function onlyTold(event: CallEvent, context: RuleContext): Report | undefined {
  const { name, site, expr, at } = event;
  const { definition } = context.scope;
  const need = site && Object.hasOwn(needs, name) ? needs[name] : undefined;
  const object = need && expr.kind === 'call' ? expr.args[need.at] : undefined;
  if (!need || !object || at.within !== definition || at.start !== expr.start) return undefined;
  if (name === 'fcntl' && !lockCall(event)) return undefined;
  // A connection may come about later.
  if (name === 'connect' && fileNames(context, /^(?:EINPROGRESS|O_NONBLOCK|SOCK_NONBLOCK|O_NDELAY)$/))
    return undefined;
  const branch = failureBranch(expr, context);
  if (!branch || !onlyReports(branch, context) || hasOtherSide(branch, context)) return undefined;
  // Who keeps the result may ask for it again.
  const kept = resultName(definition, expr);
  if (kept !== undefined && usesOf(definition, kept).some((use) => use.expr.start > branch.end))
    return undefined;
  const text = textOf(object, definition, context);
  const serves = endlessBodies(definition, context);
  const later = callsOf(definition).find(
    (call) =>
      call.expr.start > branch.end &&
      need.later.test(call.name) &&
      call.expr.args.some((arg) => textOf(arg, definition, context) === text) &&
      arms(definition, call.expr).every((arm) => contains(arm, branch) || serves.has(arm)),
  );
  if (!later || isReplaced(object, branch.end, later.expr.start, context)) return undefined;
  return {
    span: at,
    message: `When \`${name}\` fails, that is told, and the program goes on to \`${later.name}\` all the same: ${need.loss}. Stop or clean up behind the message.`,
    related: [
      { span: branch, message: 'Told here' },
      { span: later.expr, message: `\`${later.name}\` is called then, too` },
    ],
  };
}

/** What a server does for each client, or each message. */
function endlessBodies(definition: FunctionDefinition, context: RuleContext): Set<Stmt> {
  const found = new Set<Stmt>();
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (isLoop(stmt) && isEndless(stmt, context)) found.add(stmt.body);
    },
  });
  return found;
}

/** What follows may be for those alone who have not failed. */
function hasOtherSide(branch: Stmt, { scope: { definition } }: RuleContext): boolean {
  const test = around(definition, branch).findLast((stmt) => stmt.kind === 'if' && stmt !== branch);
  return test?.kind === 'if' && test.alternative !== undefined;
}

function isReplaced(object: Expr, from: number, to: number, { scope }: RuleContext): boolean {
  const name = variableIn(object);
  return (
    name !== undefined &&
    assignmentsTo(scope.definition, name).some(({ at }) => from < at.start && at.start < to)
  );
}
