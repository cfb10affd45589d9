import { rootName } from '../../analysis/aliasing';
import type { FunctionScope } from '../../analysis/context';
import { unwrap } from '../../analysis/operators';
import { FileIndex } from '../../analysis/survey';
import {
  type CType,
  type Expr,
  type FunctionDefinition,
  parameterIndex,
  somePart,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { constantNamed } from './support';
import { assignmentsTo, callsIn, isAddressTaken } from './uses';
import { callsTo, type FileCall, isProgram } from './whole-file';

/** What members of structures and variables outside functions hold, as all functions of the file together tell. */

/** What is stored: a call whose result it is, a number that scanf read, or something else that is no constant. */
type Stored = FileCall | 'read' | 'other';

/** Members are taken for one by their names, whatever the structure: what is stored in any counts for all. */
const stores = new FileIndex<Stored>((within, file) => {
  const scope = file.scopeOf(within);
  const found: [string, Stored][] = [];
  const put = (name: string, value: Expr | undefined) => {
    const given = value && unwrap(value);
    const inner = given && madeInto(given, within, scope);
    const called = inner && calledName(inner);
    if (inner?.kind === 'call' && called !== undefined)
      found.push([name, { name: called, expr: inner, within }]);
    else if (!inner || scope.evaluator.constant(inner, scope) === undefined)
      found.push([name, inner?.kind === 'name' && isScanned(inner.name, within) ? 'read' : 'other']);
  };
  const nameOf = (place: Expr) =>
    place.kind === 'member'
      ? place.field
      : place.kind === 'name' && !scope.typeOf(place.name)
        ? place.name
        : undefined;
  walkStmt(within.body, {
    expr: (expr) => {
      if (expr.kind === 'assign') {
        const name = nameOf(expr.target);
        if (name !== undefined) put(name, expr.op === '=' ? expr.value : undefined);
      } else if (expr.kind === 'update' || (expr.kind === 'unary' && expr.op === '&')) {
        const name = nameOf(expr.operand);
        if (name !== undefined) put(name, undefined);
      } else if (expr.kind === 'init') {
        for (const { designators, value } of expr.items) {
          if (typeof designators[0] === 'string') put(designators[0], value);
        }
      }
    },
  });
  return found;
});

/** `fd = eventfd(0, 0); ... p->fd = fd;`: the call whose result a local variable holds for as long as it lives; else the value itself. */
function madeInto(value: Expr, within: FunctionDefinition, scope: FunctionScope): Expr {
  if (value.kind !== 'name' || !scope.typeOf(value.name)) return value;
  const { name } = value;
  const [only, ...others] = assignmentsTo(within, name);
  const made = only && others.length === 0 ? unwrap(only.value) : undefined;
  const isOwn = !within.type.params.some((param) => param.name === name) && !isAddressTaken(within, name);
  return made?.kind === 'call' && isOwn ? made : value;
}

/** The calls of which a member or a variable outside functions holds the result, where nothing else is ever stored there. */
export function keptCalls(expr: Expr, context: RuleContext): FileCall[] {
  const inner = unwrap(expr);
  const isShared = inner.kind === 'name' && !context.scope.typeOf(inner.name);
  const name = inner.kind === 'member' ? inner.field : isShared ? rootName(inner) : undefined;
  const held = name === undefined ? [] : context.ask(stores, name);
  const calls = held.filter((one) => typeof one === 'object');
  return calls.length === held.length ? calls : [];
}

/** One of them, where all are calls of one name. */
export function keptBy(expr: Expr, context: RuleContext): FileCall | undefined {
  const [first, ...others] = keptCalls(expr, context);
  return others.every((other) => other.name === first?.name) ? first : undefined;
}

/** Which argument says how it is opened. */
const flagsAt: Readonly<Record<string, number>> = { open: 1, openat: 2, mq_open: 1, shm_open: 1 };

/**
 * The call whose result a member or a variable of the file holds, or what a function is handed: all that is ever stored there comes from
 * calls that open it in one way.
 */
export function keptOpen(fd: Expr, context: RuleContext): { call: FileCall; access: bigint } | undefined {
  const { definition, file } = context.scope;
  const sources = fd.kind === 'name' ? sourcesOf(fd.name, context) : [fd];
  const calls = sources.map((source) => keptCalls(source, context));
  const accesses = calls.flat().map((call) => {
    const index = flagsAt[call.name] ?? -1;
    const scope = call.within === definition ? context.scope : file.scopeOf(call.within);
    const arg = call.expr.args[index];
    const flags =
      index < 0 ? flagsByHelper(call, scope, context) : arg && scope.evaluator.constant(arg, scope);
    return flags === undefined ? undefined : flags & constantNamed('O_ACCMODE');
  });
  const [access] = accesses;
  const call = calls[0]?.[0];
  const isOne = calls.every(({ length }) => length > 0) && accesses.every((one) => one === access);
  return call && access !== undefined && isOne ? { call, access } : undefined;
}

/** The function that is called opens one thing with the flags that it is given, and perhaps some of its own: `open_queue(name, O_RDONLY)`. */
function flagsByHelper(
  { name, expr }: FileCall,
  caller: FunctionScope,
  context: RuleContext,
): bigint | undefined {
  const helper = context.functionNamed(name);
  const [open, ...others] = helper ? callsIn(helper.definition, /^(?:open|mq_open|shm_open)$/) : [];
  const flags = open?.args[flagsAt[calledName(open) ?? ''] ?? -1];
  if (!helper || !flags || others.length > 0 || isChangedInside(flags, helper.definition)) return undefined;
  const partOf = (part: Expr): bigint | undefined => {
    const inner = unwrap(part);
    if (inner.kind === 'binary' && inner.op === '|') {
      const [left, right] = [partOf(inner.left), partOf(inner.right)];
      return left === undefined || right === undefined ? undefined : left | right;
    }
    const index = inner.kind === 'name' ? parameterIndex(helper.definition.type.params, inner.name) : -1;
    const given = index < 0 ? undefined : expr.args[index];
    return given ? caller.evaluator.constant(given, caller) : helper.evaluator.constant(inner, helper);
  };
  return partOf(flags);
}

/** What the flags are made of is stored into before. */
function isChangedInside(flags: Expr, definition: FunctionDefinition): boolean {
  return definition.type.params.some(
    ({ name }) =>
      name !== undefined &&
      assignmentsTo(definition, name).length > 0 &&
      somePart(flags, (part) => part.kind === 'name' && part.name === name),
  );
}

/** A member of a structure that a header declares, in a file that is not the whole program: other files may store in it. */
export function isOpenToOthers(place: Expr, context: RuleContext): boolean {
  const source = unwrap(place);
  if (source.kind !== 'member' || isProgram(context)) return false;
  const { tags, typedefs } = context.scope.file.symbols;
  const has = (type: CType) => type.k === 'struct' && type.members?.some(({ name }) => name === source.field);
  return ![...tags.values(), ...typedefs.values()].some(has);
}

/** What a local variable is given, once, or what all callers of a static function hand it. */
function sourcesOf(name: string, context: RuleContext): Expr[] {
  const { definition } = context.scope;
  const given = assignmentsTo(definition, name);
  const index = parameterIndex(definition.type.params, name);
  if (index < 0) {
    return given.length === 1 && given[0]
      ? [unwrap(given[0].value)]
      : [{ kind: 'name', name, start: 0, end: 0 }];
  }
  if (given.length > 0 || !definition.storage.includes('static')) return [];
  return callsTo(context, definition.name).flatMap(({ expr }) => expr.args[index] ?? []);
}

/** Some function of the file stores a number there that scanf read, in a member of that name. */
export function holdsRead(field: string, context: RuleContext): boolean {
  return context.ask(stores, field).includes('read');
}

function isScanned(name: string, within: FunctionDefinition): boolean {
  return callsIn(within, /^v?[fs]?scanf$/).some(({ args }) =>
    args.some((arg) => arg.kind === 'unary' && arg.op === '&' && rootName(arg.operand) === name),
  );
}
