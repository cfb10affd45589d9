import { unwrap } from '../../analysis/operators';
import {
  type Expr,
  type ExprOf,
  expressionsOf,
  type FunctionDefinition,
  somePart,
  someStmtIn,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import { isEntry } from '../../c/entry';
import { printsText } from '../../c/library';
import type { RuleContext } from '../rule';
import { isLoop, type Loop, resultName } from '../shared/loops';
import { around, contains, statementOf } from '../shared/statements';
import { addressed, callsIn, declaratorOf, type Use, usesOf, variableIn } from '../shared/uses';
import { fileMakes } from '../shared/whole-file';

/** Descriptors that come with a message (SCM_RIGHTS, unix(7)) and are lost: each is a new one of this process. */

/** Calls that leave a descriptor as it is. */
const using =
  /^(?:p?(?:read|write)v?|recv(?:from|msg)?|send(?:to|msg)?|f(?:stat|chmod|chown|truncate|sync)|lseek|fcntl|ioctl|isatty|sendfile|splice|flock|lockf)$/;

/** Tells where a descriptor is received in each round, or in a function that comes back, and nothing closes it or keeps it. */
export function tellReceived(context: RuleContext): void {
  if (!fileMakes(context, 'CMSG_DATA')) return;
  const { definition } = context.scope;
  for (const call of callsIn(definition, /./)) {
    const name = receivedInto(call, context);
    const declared = name === undefined ? undefined : declaratorOf(context.scope, name);
    if (name === undefined || !declared || declared.storage.length > 0) continue;
    const loop = messagesAround(definition, call);
    if (!loop && isEntry(definition)) continue;
    const uses = usesOf(definition, name).filter(({ expr }) => !loop || contains(loop, expr));
    const own = uses.filter(({ expr }) => !contains(call, expr));
    if (own.length === 0 || !own.every((use) => isHarmless(use, call, definition, context))) continue;
    context.report({
      span: call,
      severity: 'warning',
      message: `\`${name}\` gets a new descriptor with each message, and nothing closes it ${loop ? 'before the next round' : `before \`${definition.name}\` returns`}: after some hundred messages the kernel can pass no more. Close it when it is no longer needed.`,
    });
  }
}

/** The loop that receives: one that goes through the headers of a message is no round of its own. */
function messagesAround(definition: FunctionDefinition, call: Expr): Loop | undefined {
  return around(definition, call)
    .filter(isLoop)
    .findLast((loop) => !expressionsOf(loop).some(goesThroughHeaders));
}

function goesThroughHeaders(expr: Expr): boolean {
  return somePart(expr, (part) => /^CMSG_(?:FIRST|NXT)HDR$/.test(calledName(part) ?? ''));
}

/** The variable of the function that a descriptor out of a message goes into, here or by way of a helper. */
function receivedInto(call: ExprOf<'call'>, context: RuleContext): string | undefined {
  const called = calledName(call) ?? '';
  const { definition } = context.scope;
  if (isCopy(call)) return addressed(call.args[0]);
  if (called === 'CMSG_DATA') return takenInto(call, definition);
  const helper = context.functionNamed(called)?.definition;
  const where = helper && helper !== definition ? handsOut(helper) : undefined;
  if (where === undefined) return undefined;
  return where === 'result' ? resultName(definition, call) : addressed(call.args[where]);
}

/** `fd = *(int *)CMSG_DATA(header)` */
function takenInto(data: Expr, definition: FunctionDefinition): string | undefined {
  let found: string | undefined;
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'decl') return;
      for (const { name, init } of stmt.declaration.declarators)
        if (init && isTaken(init) && contains(init, data)) found = name;
    },
    expr: (expr) => {
      if (
        expr.kind === 'assign' &&
        expr.target.kind === 'name' &&
        isTaken(expr.value) &&
        contains(expr.value, data)
      )
        found = expr.target.name;
    },
  });
  return found;
}

/** `memcpy(&fd, CMSG_DATA(header), sizeof fd)` */
function isCopy(call: ExprOf<'call'>): boolean {
  const [, from] = call.args;
  return /^mem(?:cpy|move)$/.test(calledName(call) ?? '') && from !== undefined && isData(from);
}

function isData(expr: Expr): boolean {
  return somePart(expr, (part) => calledName(part) === 'CMSG_DATA');
}

/** `*(int *)CMSG_DATA(header)` */
function isTaken(value: Expr): boolean {
  return value.kind === 'unary' && value.op === '*' && isData(value);
}

/** Where a function puts the descriptor of a message: what it returns, or the number of the parameter it stores through. */
function handsOut(helper: FunctionDefinition): 'result' | number | undefined {
  const copies = callsIn(helper, /^mem(?:cpy|move)$/).filter(isCopy);
  const names = new Set(
    copies.flatMap(({ args: [to] }) => (to ? (variableIn(to.kind === 'unary' ? to.operand : to) ?? []) : [])),
  );
  walkStmt(helper.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'decl') return;
      for (const { name, init } of stmt.declaration.declarators) if (init && isTaken(init)) names.add(name);
    },
    expr: (expr) => {
      if (expr.kind !== 'assign' || !isTaken(expr.value)) return;
      const to = expr.target.kind === 'unary' ? expr.target.operand : expr.target;
      if (to.kind === 'name') names.add(to.name);
    },
  });
  const index = helper.type.params.findIndex(({ name }) => name !== undefined && names.has(name));
  if (index >= 0) return index;
  const returns = someStmtIn(
    helper.body,
    (stmt) => stmt.kind === 'return' && stmt.value?.kind === 'name' && names.has(stmt.value.name),
  );
  return returns ? 'result' : undefined;
}

/** It is stored, asked for, used as a descriptor or printed. */
function isHarmless(
  { expr, around: [outer] }: Use,
  made: Expr | undefined,
  definition: FunctionDefinition,
  context: RuleContext,
): boolean {
  if (outer?.kind === 'assign') {
    const isMade = made !== undefined && (unwrap(outer.value) === made || contains(outer.value, made));
    return outer.target === expr && (isMade || isNumber(outer.value));
  }
  if (outer?.kind === 'call') {
    const name = calledName(outer) ?? '';
    if ((using.test(name) && outer.args[0] === expr) || printsText(name)) return true;
    return made !== undefined && isLeftBy(name, outer.args.indexOf(expr), context);
  }
  const asks = /^(?:if|while|do|for)$/.test(statementOf(definition, expr).kind);
  return asks && (outer === undefined || /^(?:binary|logical|unary)$/.test(outer.kind));
}

/** A function of the program that only uses what it is given. */
function isLeftBy(name: string, index: number, context: RuleContext): boolean {
  const callee = context.functionNamed(name)?.definition;
  const param = callee?.type.params[index]?.name;
  return (
    callee !== undefined &&
    param !== undefined &&
    usesOf(callee, param).every((use) => isHarmless(use, undefined, callee, context))
  );
}

function isNumber(expr: Expr): boolean {
  const inner = unwrap(expr);
  return inner.kind === 'number' || (inner.kind === 'unary' && inner.operand.kind === 'number');
}
