import {
  type Expr,
  type ExprOf,
  type FunctionDefinition,
  parameterIndex,
  type Stmt,
  someExprIn,
  someStmtIn,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { around, contains } from '../shared/statements';
import { callsIn } from '../shared/uses';
import { callsOf, textOf } from '../shared/whole-file';

/** Calls that close handles which the function that makes them has a name for. */

/** The calls that close a handle which they are given. */
export const closing = /^(?:close|fclose|closedir|mq_close|sem_close)$/;

/** A call behind which a handle is closed. */
export interface Closing {
  call: ExprOf<'call'>;
  /** What the function calls the handle, without white space. */
  handle: string;
  /** The call of the library that closes it: `call` itself, or one in the function that it calls. */
  closer: string;
}

const own = new WeakMap<FunctionDefinition, readonly ExprOf<'call'>[]>();

/** The calls of a function that close something. They are asked for at every call of a walk. */
function closingsIn(definition: FunctionDefinition): readonly ExprOf<'call'>[] {
  let found = own.get(definition);
  if (!found) {
    found = callsIn(definition, closing);
    own.set(definition, found);
  }
  return found;
}

/** By the context of a visit, which knows what the answer depends on. */
const known = new WeakMap<RuleContext, readonly Closing[]>();

/** All calls of a function behind which a handle is closed that it knows by name: in the order of the text. */
export function closingsOf(context: RuleContext): readonly Closing[] {
  let found = known.get(context);
  if (!found) {
    const { definition } = context.scope;
    found = callsOf(definition)
      .flatMap(({ name, expr }) => [
        ...(closing.test(name) && expr.args[0]
          ? [{ call: expr, handle: textOf(expr.args[0], definition, context), closer: name }]
          : []),
        ...closedBy(name, expr, context),
      ])
      .sort((a, b) => a.call.start - b.call.start);
    known.set(context, found);
  }
  return found;
}

/** What a function of the project closes for certain of what it is given. */
function closedBy(name: string, call: ExprOf<'call'>, context: RuleContext): Closing[] {
  const { definition } = context.scope;
  const callee = context.functionNamed(name)?.definition;
  if (!callee || callee === definition) return [];
  const result = targetOf(definition, call);
  const stored = result && textOf(result, definition, context);
  return closingsIn(callee).flatMap((inner) => {
    const text = inner.args[0] ? textOf(inner.args[0], callee, context) : '';
    const [, root, rest = ''] = /^(\w+)((?:->|\.)[\w.>[\]-]+)?$/.exec(text) ?? [];
    const given = call.args[parameterIndex(callee.type.params, root)];
    if (root === undefined || !given || !isCertain(inner, text, root, callee, context)) return [];
    const handle = joined(textOf(given, definition, context), rest);
    // `fd = reopen(fd)` has another one behind it.
    return handle === undefined || handle === stored
      ? []
      : [{ call, handle, closer: calledName(inner) ?? '' }];
  });
}

/** `c` and `->fd` are `c->fd`, `&c` and `->fd` are `c.fd`. */
function joined(given: string, rest: string): string | undefined {
  if (rest === '') return given;
  const [, address, name] = /^(&?)([\w.>[\]-]+)$/.exec(given) ?? [];
  if (name === undefined) return undefined;
  return address ? name + rest.replace(/^->/, '.') : name + rest;
}

/** Whoever calls the function has the handle closed behind it, unless it was none: nothing else decides, and nothing is stored there. */
function isCertain(
  close: ExprOf<'call'>,
  text: string,
  root: string,
  callee: FunctionDefinition,
  context: RuleContext,
): boolean {
  // Where the function ends by one way out, jumps lead to a label in front of the close.
  const labels = new Set(
    (callee.body.kind === 'block' ? callee.body.body : []).flatMap((stmt) =>
      stmt.kind === 'label' && stmt.start <= close.start ? [stmt.name] : [],
    ),
  );
  const leaves = (stmt: Stmt) => {
    if (stmt.start > close.start) return false;
    if (stmt.kind === 'goto' || stmt.kind === 'label')
      return stmt.name === undefined || !labels.has(stmt.name);
    return /^(?:return|either|unknown)$/.test(stmt.kind);
  };
  const changes = (expr: Expr) =>
    (expr.kind === 'assign' && [text, root].includes(textOf(expr.target, callee, context))) ||
    (expr.kind === 'unary' && expr.op === '&' && textOf(expr.operand, callee, context) === root);
  const chain = around(callee, close).filter(({ kind }) => !/^(?:block|expr|label)$/.test(kind));
  const isAsked = chain.every(
    (stmt) =>
      stmt.kind === 'if' && !stmt.alternative && asksWhetherOpen(stmt.test, close, text, callee, context),
  );
  return isAsked && !someStmtIn(callee.body, leaves) && !someExprIn(callee.body, changes);
}

/** `if (fd != -1)`, where the handle itself is asked for and nothing else, or `if (close(fd) == -1)`. */
function asksWhetherOpen(
  test: Expr,
  close: Expr,
  text: string,
  callee: FunctionDefinition,
  context: RuleContext,
): boolean {
  if (test.kind === 'logical') {
    const sides = [test.left, test.right];
    return test.op === '&&' && sides.every((side) => asksWhetherOpen(side, close, text, callee, context));
  }
  const compared =
    test.kind === 'binary' ? [test.left, test.right] : test.kind === 'unary' ? [test.operand] : [test];
  return compared.some((side) => contains(side, close) || textOf(side, callee, context) === text);
}
