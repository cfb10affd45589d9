import { rootName } from '../../analysis/aliasing';
import type { FunctionScope } from '../../analysis/context';
import type { CallEvent, Operand } from '../../analysis/events';
import { withoutCasts } from '../../analysis/operators';
import type { Location } from '../../analysis/path';
import type { Value } from '../../analysis/values';
import { type Expr, type FunctionDefinition, parameterIndex, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { Facts } from '../shared/facts';
import { keptCalls } from '../shared/kept';
import { spanOfSite } from '../shared/loops';
import { argument, certainBits, constantNamed } from '../shared/support';
import { assignmentsTo } from '../shared/uses';
import { type FileCall, fileCalls, isProgram, textOf } from '../shared/whole-file';

/** The size of messages in a queue made without attributes, unless the machine says otherwise: /proc/sys/fs/mqueue/msgsize_default. */
export const defaultSize = 8192n;

export interface MessageSize {
  /** The mq_open that made the queue. */
  at: Location;
  bytes: bigint;
  /** In words, where it comes from. */
  why: string;
}

/** How large the messages of queues are that a walk sees being made. */
export class Queues {
  private readonly sizes = new Facts<string>();

  learn(event: CallEvent, context: RuleContext): void {
    if (event.name === 'mq_open' && event.site) {
      this.sizes.add(event.site, sizeGiven(event, context));
    }
  }

  sizeOf({ value, expr }: Operand, context: RuleContext): MessageSize | undefined {
    const known = this.sizes.of(value);
    const [bytes, why] = known?.fact.split('|') ?? [];
    if (known && bytes !== undefined && why !== undefined) {
      return { at: spanOfSite(known.site), bytes: BigInt(bytes), why };
    }
    return value.origins ? sizeByName(value, context) : (keptSize(expr, context) ?? sizeOfAll(context));
  }
}

/** The size for which the file creates every queue of the name that is opened here without creating one. */
function sizeByName({ origins }: Value, context: RuleContext): MessageSize | undefined {
  const site = origins?.length === 1 ? origins[0]?.site : undefined;
  const name = site?.expr.args[0];
  if (!site || !name || site.call.name !== 'mq_open' || site.expr.args.length !== 2) {
    return undefined;
  }
  const text = textOf(name, site.within, context);
  const isFixed = name.kind === 'string' || /^[A-Z][A-Z0-9_]+$/.test(text);
  const others = fileCalls(context, 'mq_open').filter(({ expr }) => expr.args.length === 4);
  const same = others.filter(
    ({ expr, within }) => expr.args[0] && textOf(expr.args[0], within, context) === text,
  );
  const [first, ...rest] = same.map((made) => createdSize(made, context));
  return isFixed && rest.every((other) => other?.bytes === first?.bytes) ? first : undefined;
}

/** The size for which all the calls create a queue that a variable outside functions, or a member, may hold. */
function keptSize(queue: Expr, context: RuleContext): MessageSize | undefined {
  const sizes = keptCalls(queue, context).map((made) => createdSize(made, context));
  const [first, ...others] = sizes;
  return others.every((other) => other?.bytes === first?.bytes) ? first : undefined;
}

/** The size of messages in whatever queue a program has: it opens none without creating it, and all alike. */
function sizeOfAll(context: RuleContext): MessageSize | undefined {
  const sizes = isProgram(context)
    ? fileCalls(context, 'mq_open').map((made) => createdSize(made, context))
    : [];
  const [first, ...others] = sizes;
  return others.every((other) => other?.bytes === first?.bytes) ? first : undefined;
}

function createdSize({ name, expr, within }: FileCall, context: RuleContext): MessageSize | undefined {
  const [, flags, , attributes] = expr.args;
  const scope = context.scope.file.scopeOf(within);
  if (name !== 'mq_open' || !flags || !attributes) {
    return undefined;
  }
  const variable = pointedTo(attributes) ?? throughPointer(attributes, within);
  // Who gives a mode and attributes creates the queue, whatever the variable with the flags holds.
  const isVariable = flags.kind === 'name' && scope.typeOf(flags.name) !== undefined;
  const bits = scope.evaluator.constant(flags, scope) ?? (isVariable ? constantNamed('O_CREAT') : 0n);
  const at = { start: expr.start, end: expr.end, within };
  if (
    scope.evaluator.constant(withoutCasts(attributes), scope) === 0n &&
    (bits & constantNamed('O_CREAT')) !== 0n
  )
    return { at, bytes: defaultSize, why: 'the default for a queue made without attributes' };
  const size = variable === undefined ? undefined : onlyValue(variable, 'mq_msgsize', attributes, scope);
  const bytes = size && scope.evaluator.constant(size, scope);
  return bytes !== undefined && bytes > 0n && (bits & constantNamed('O_CREAT')) !== 0n
    ? { at, bytes, why: 'its mq_msgsize' }
    : undefined;
}

/** `attr` for `&attr`. */
function pointedTo(expr: Expr): string | undefined {
  return expr.kind === 'unary' && expr.op === '&' ? rootName(expr.operand) : undefined;
}

/** `attr` for a variable that is only ever set to `&attr`. */
function throughPointer(expr: Expr, within: FunctionDefinition): string | undefined {
  const [set, ...others] = expr.kind === 'name' ? assignmentsTo(within, expr.name) : [];
  return set && others.length === 0 ? pointedTo(set.value) : undefined;
}

/** Calls that only read the attributes, or clear them before they are set. */
const leaves = /^(?:mq_open|mq_setattr|memset|bzero)$/;

/** What a member of a variable is set to, where one place sets it and nobody else gets the variable's address. */
function onlyValue(variable: string, field: string, given: Expr, scope: FunctionScope): Expr | undefined {
  const values: (Expr | undefined)[] = [];
  walkStmt(scope.definition.body, {
    stmt: (stmt) => {
      for (const { name, init } of stmt.kind === 'decl' ? stmt.declaration.declarators : []) {
        if (name !== variable || init?.kind !== 'init') continue;
        for (const { designators, value } of init.items) if (designators[0] === field) values.push(value);
      }
    },
    expr: (expr) => {
      if (expr.kind === 'assign' && rootName(expr.target) === variable) {
        if (expr.target.kind !== 'member') values.push(undefined);
        else if (expr.target.field === field) values.push(expr.op === '=' ? expr.value : undefined);
      } else if (expr.kind === 'call') {
        if (
          !leaves.test(calledName(expr) ?? '') &&
          expr.args.some((arg) => arg !== given && pointedTo(arg) === variable)
        )
          values.push(undefined);
      }
    },
  });
  return values.length === 1 ? values[0] : undefined;
}

/** True when a mq_open creates the queue if there is none. */
export function creates(event: CallEvent, context: RuleContext): boolean {
  const flags = argument(event, 'oflag');
  const bits = flags?.value.constant ?? (flags ? certainBits(flags.expr, context) : 0n);
  return (bits & constantNamed('O_CREAT')) !== 0n;
}

/** A member of the attributes given to mq_open. */
export function attribute(event: CallEvent, name: string): bigint | undefined {
  const index = parameterIndex(event.site?.call.params, 'attr');
  return index < 0 ? undefined : event.member(index, name)?.constant;
}

function sizeGiven(event: CallEvent, context: RuleContext): string | undefined {
  if (!creates(event, context)) {
    return undefined;
  }
  if (argument(event, 'attr')?.value.constant === 0n) {
    return `${defaultSize}|the default for a queue made without attributes`;
  }
  const size = attribute(event, 'mq_msgsize');
  return size !== undefined && size > 0n ? `${size}|its mq_msgsize` : undefined;
}
