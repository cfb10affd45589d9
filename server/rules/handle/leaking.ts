import { descriptorKinds } from '../../../catalog/descriptors';
import type { Effect, ResourceKind } from '../../../catalog/schema';
import { rootName } from '../../analysis/aliasing';
import { isOfThis } from '../../analysis/configuration';
import type { FileContext } from '../../analysis/context';
import {
  type CallEvent,
  type Operand,
  type PathEndEvent,
  resourcesOf,
  type TestEvent,
} from '../../analysis/events';
import { withoutCasts } from '../../analysis/operators';
import type { Location, Path } from '../../analysis/path';
import { depthOf, nameOf } from '../../analysis/places';
import type { CallSite, Resource, Value } from '../../analysis/values';
import {
  type Expr,
  expressionsOf,
  type FunctionDefinition,
  someExprIn,
  somePart,
  someStmtIn,
  walkStmt,
} from '../../c/ast';
import type { Build } from '../../c/builds';
import { calledName } from '../../c/cfg';
import { isEntry } from '../../c/entry';
import type { RuleContext } from '../rule';
import { leavesAtEnd } from '../shared/endings';
import { isKeptElsewhere } from '../shared/lent';
import { isLoop, type Loop } from '../shared/loops';
import { arms, around, contains } from '../shared/statements';
import { argument } from '../shared/support';
import { callsIn, usesOf, variableIn } from '../shared/uses';
import { fileMakes, fileNames, textOf, threadStarts } from '../shared/whole-file';
import { isChosenByIndex } from './ways-out';

/** Which handles a function still holds where it ends, and which of them somebody else may know. */

/** What a process can have too many of. */
export const kinds = new Set<ResourceKind | undefined>([
  ...descriptorKinds,
  'posix-mq',
  'stream',
  'popen-stream',
  'directory',
  'mapping',
  'sysv-attachment',
  'posix-sem-named',
  'address-list',
]);

/** A connection accepted where an event loop comes by for each client. */
export function isOfEachClient({ site }: Resource, context: RuleContext): boolean {
  return /^accept4?$/.test(site.call.name) && isHandler(context);
}

/** The function is handed on, and nobody calls it by name. */
export function isHandler(context: RuleContext): boolean {
  const { name } = context.scope.definition;
  return (
    !isEntry(context.scope.definition) &&
    !fileMakes(context, name) &&
    !threadStarts(context).has(name) &&
    fileNames(context, name)
  );
}

/** Objects that a call takes over, as fdopen does, or makes where somebody else sees them. */
export function handed(event: CallEvent): Resource[] {
  const { site } = event;
  return (site?.call.effects ?? []).flatMap((effect) => {
    const from = effect.op === 'open' && effect.from ? argument(event, effect.from) : undefined;
    return from ? resourcesOf(from.value) : [];
  });
}

/** A variable of the function itself that nobody else reaches. */
export function isPlainLocal(place: string, scope: RuleContext['scope']): boolean {
  const name = nameOf(place);
  return (
    depthOf(place) > 0 &&
    !place.includes('->') &&
    !scope.definition.type.params.some((param) => param.name === name && place.includes('[')) &&
    (!place.includes('[') || scope.resolvedTypeOf({ kind: 'name', name, start: 0, end: 0 })?.k === 'array')
  );
}

/** A number compared with another one than those that tell of failure: the program has plans with it. */
export function countedOn({ op, left, right }: TestEvent, context: RuleContext): Resource[] {
  if (op === 'opaque') {
    return resourcesOf(left.value);
  }
  if (!right) {
    return [];
  }
  const plans = [left, right].flatMap(({ value }, i) => {
    const other = [right, left][i]!.value.constant;
    // `fd == 0`: is it the standard input? Of a pointer, 0 tells of failure.
    const standard = other === 0n && (op === '==' || op === '!=');
    const plain = other === -1n || other === 0n;
    const isNumber = ({ site }: Resource) => site.call.returns.failure.value !== 'NULL';
    return resourcesOf(value).filter((resource) => !plain || (standard && isNumber(resource)));
  });
  if (plans.length === 0 || isRenumbering(left.expr, right.expr, context)) return [];
  if (/^[<>]=?$/.test(op) && isRefused(left.expr, right.expr, context)) return [];
  // Which of two it is decides about what is done with them: where nothing ends there, about their use.
  const asksWhich = (op === '==' || op === '!=') && [left, right].every(({ value }) => !isCountedOut(value));
  return asksWhich && callsIn(context.scope.definition, /close|dup|free|release|exec/i).length === 0
    ? []
    : plans;
}

/** `if (fd >= FD_SETSIZE) { close(fd); return -1; }`: a number that is of no use is given up at once, or taken for impossible. */
function isRefused(left: Expr, right: Expr, context: RuleContext): boolean {
  const { definition, evaluator } = context.scope;
  if (evaluator.constant(right, context.scope) === undefined) return false;
  const choice = around(definition, left).at(-1);
  if (choice?.kind === 'expr' && /assert/i.test(calledName(choice.expr) ?? '')) return true;
  return (
    choice?.kind === 'if' &&
    contains(choice.test, left) &&
    leavesAtEnd(choice.consequent, context) &&
    someExprIn(choice.consequent, (expr) => calledName(expr) === 'close')
  );
}

/** One that is known, or that was counted out. */
function isCountedOut({ constant, min, max }: Value): boolean {
  return constant !== undefined || (min !== undefined && min > 2n) || max !== undefined;
}

/** `if (fd != number) dup2(fd, number);` */
function isRenumbering(left: Expr, right: Expr, context: RuleContext): boolean {
  const { definition } = context.scope;
  const names = [left, right].map((side) => textOf(side, definition, context)).sort();
  return callsIn(definition, /^dup[23]$/).some(({ args: [from, to] }) => {
    const both = from && to && [from, to].map((arg) => textOf(arg, definition, context)).sort();
    return both?.every((name, i) => name === names[i]) ?? false;
  });
}

/** A handle that a function still has where it ends. */
export interface LeftOpen {
  resource: Resource;
  name: string;
  at: Location;
  /** A fork has gone well before, and this is the parent. */
  forked: boolean;
}

/** `autoptr(FILE) f`, `_cleanup_close_ int fd`: the compiler closes it at the end of the block. */
const closedByCompiler = /\b(?:\w*auto(?:ptr|fd|close)|\w*cleanup)\w*[^;={}]*/g;

/** Tells the variables of a function that the compiler closes: a word in front of them says so, or what that word stands for. */
export function selfClosingIn(text: string, { scope }: RuleContext): (name: string) => boolean {
  let declared: string[] | undefined;
  return (name) => {
    declared ??= [
      ...(/auto|cleanup/.test(text) ? (text.match(closedByCompiler) ?? []) : []),
      ...[...text.matchAll(/\b[A-Za-z_]\w*/g)].flatMap(({ 0: word, index }) =>
        cleansUp(word, scope.file) ? (/^[^;{}]*/.exec(text.slice(index)) ?? []) : [],
      ),
    ];
    return declared.some((declaration) => new RegExp(`\\b${name}\\b`).test(declaration));
  };
}

/** A macro that stands for the attribute `cleanup`, be it by way of others. */
function cleansUp(word: string, { symbols }: Pick<FileContext, 'symbols'>, depth = 3): boolean {
  const body = symbols.macro(word)?.body;
  if (body === undefined || depth === 0) return false;
  if (/__attribute__|\[\[/.test(body) && /\b(?:__)?cleanup(?:__)?\s*\(/.test(body)) return true;
  return (body.match(/[A-Za-z_]\w*/g) ?? []).some((inner) => cleansUp(inner, { symbols }, depth - 1));
}

/** The variables that get a value of this name or of one of its elements, by the text: the parser may not know their declarations. */
function takersOf(name: string, text: string): string[] {
  return [...text.matchAll(new RegExp(`\\b(\\w+)\\s*=\\s*${name}\\b`, 'g'))].flatMap(
    ([, taker]) => taker ?? [],
  );
}

/** The builds to which the branches of conditional compilation belong that a call lies in. */
function buildsAt({ expr, within }: CallSite): Build[] {
  return around(within, expr).flatMap((stmt) => {
    const branch =
      stmt.kind === 'either'
        ? stmt.branches.findIndex((part) => part.some((one) => contains(one, expr)))
        : -1;
    const build = stmt.kind === 'either' ? stmt.builds[branch] : undefined;
    return build ? [build] : [];
  });
}

export function leftOpen({ path, value, at, scope }: PathEndEvent, context: RuleContext): LeftOpen[] {
  const found: LeftOpen[] = [];
  const text = context.code(scope.definition.body);
  const isBefore = (use: Expr) => use.start < at.start || leadsBack(scope.definition, at, use.start);
  const isSelfClosing = selfClosingIn(text, context);
  for (const [resource, { state }] of path.holdings()) {
    if (state !== 'open' || !kinds.has(resource.kind) || !isMade(resource, path)) continue;
    if (value && resourcesOf(value.value).includes(resource)) continue;
    // Where it cannot be told of which build the path is, it may have come through pieces of two.
    if (!buildsAt(resource.site).every((build) => isOfThis(build, path))) continue;
    const places = [...path.entries()].flatMap(([place, known]) =>
      resourcesOf(known).includes(resource) ? [place] : [],
    );
    const [place] = places;
    if (place === undefined || !places.every((other) => isPlainLocal(other, scope))) continue;
    // Whoever closes only numbers above 0 takes 0 for none, and another rule tells of that.
    if (places.some((known) => isAtMostZero(path.get(known)))) continue;
    const names = places.map(nameOf);
    const returned =
      value &&
      !isAnswer(value, context) &&
      places.some((known) => mentionsPlace(context.source(value.expr), known));
    const shared = places.some((known) => {
      const name = nameOf(known);
      return (
        new RegExp(`\\bstatic\\b[^;]*\\b${name}\\b`).test(text) ||
        isKeptElsewhere(name, known.includes('.'), context, isBefore) ||
        isSelfClosing(name) ||
        isChosenByIndex(name, context) ||
        takersOf(name, text).some(isSelfClosing)
      );
    });
    // What a caller has given may be closed by a caller.
    const param =
      resource.site.within !== scope.definition &&
      names.some((name) => scope.definition.type.params.some((other) => other.name === name));
    const copied = isMemory(resource) && names.some((name) => isCopied(name, scope.definition));
    if (!returned && !shared && !param && !copied) {
      found.push({ resource, name: place.replace(/^\d+:/, ''), at, forked: path.role.kind === 'parent' });
    }
  }
  return found;
}

export function isAtMostZero({ constant, max }: Value = {}): boolean {
  const most = constant ?? max;
  return most !== undefined && most <= 0n;
}

/** What a function of the project gave back is a plain number: the handle that it was given is not in it. */
function isAnswer({ expr, value }: Operand, context: RuleContext): boolean {
  const name = calledName(withoutCasts(expr));
  return (
    value.constant !== undefined &&
    name !== undefined &&
    context.functionNamed(name)?.definition !== undefined
  );
}

/** Whether a text has the variable in it that a place is, or belongs to; of an array, not just another element. */
function mentionsPlace(text: string, place: string): boolean {
  const element = /^(\w+)\[\d+\]$/.exec(place.replace(/^\d+:/, ''));
  if (!element) return text.includes(nameOf(place));
  const whole = new RegExp(`\\b${element[1]}\\b(?!\\s*\\[\\s*\\d+\\s*\\])`);
  return whole.test(text) || text.replace(/\s+/g, '').includes(element[0]);
}

/** Calls that hardly ever fail. Where nobody asks whether they have, they have gone well. */
const reliable = /^(?:pipe2?|socket|socketpair|mkstemp)$/;

export function isMade({ site }: Resource, path: Path): boolean {
  const outcome = path.outcome(site);
  return outcome === 'success' || (outcome !== 'failure' && reliable.test(site.call.name));
}

function isMemory({ kind }: Resource): boolean {
  return kind === 'mapping' || kind === 'sysv-attachment';
}

/** An address that another variable, or a place in memory, gets too. */
function isCopied(name: string, definition: FunctionDefinition): boolean {
  let copied = false;
  const look = (value: Expr | undefined) => {
    copied ||= value !== undefined && passesOn(value, name);
  };
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.kind === 'decl') for (const { init } of stmt.declaration.declarators) look(init);
    },
    expr: (expr) => {
      if (expr.kind === 'assign') look(expr.value);
    },
  });
  return copied;
}

/** Whether a value is an address, or one counted on from it. */
function passesOn(value: Expr, name: string): boolean {
  switch (value.kind) {
    case 'name':
      return value.name === name;
    case 'cast':
      return passesOn(value.value, name);
    case 'binary':
      return /^[+-]$/.test(value.op) && (passesOn(value.left, name) || passesOn(value.right, name));
    case 'unary':
      return value.op === '&' && rootName(value.operand) === name;
    case 'init':
      return value.items.some((item) => passesOn(item.value, name));
    case 'conditional':
      return (
        passesOn(value.alternative, name) ||
        (value.consequent !== undefined && passesOn(value.consequent, name))
      );
    default:
      return false;
  }
}

/** A loop, or a jump to a label above, leads from the later place back to the earlier one. */
export function leadsBack(definition: FunctionDefinition, at: Location, start: number): boolean {
  return (
    around(definition, at).some((stmt) => isLoop(stmt) && stmt.start <= start && start < stmt.end) ||
    someStmtIn(definition.body, (stmt) => stmt.kind === 'label' && stmt.start < at.start)
  );
}

/** What an option of the command line opens, read by getopt or by comparing each of `argv`: it is given once, as a rule. */
export function isForOption(loop: Loop, { site }: Resource): boolean {
  const has = (expr: Expr, test: (part: Expr) => boolean) => somePart(expr, test);
  const header = expressionsOf(loop);
  if (header.some((expr) => has(expr, (part) => /^getopt/.test(calledName(part) ?? '')))) return true;
  const overArguments = header.some((expr) =>
    has(expr, (part) => part.kind === 'name' && part.name === 'argc'),
  );
  const isComparison = (part: Expr) => /^str(?:case|n|ncase)?cmp$/.test(calledName(part) ?? '');
  return (
    overArguments &&
    around(site.within, site.expr).some(
      (stmt) => stmt.kind === 'if' && contains(loop, stmt) && has(stmt.test, isComparison),
    )
  );
}

/** A call may be on the way to a place: it stands in front of it, or leads back to it, and not in a branch that leaves. */
export function isOnWay(call: Expr, at: Location, context: RuleContext): boolean {
  if (call.start > at.start && !leadsBack(at.within, at, call.start)) return false;
  return !arms(at.within, call).some((arm) => !contains(arm, at) && leavesAtEnd(arm, context));
}

/** One of two that are made together, for two processes. */
export function isPair({ kind }: Resource): boolean {
  return kind === 'pipe' || kind === 'socketpair';
}

/** A lock on a file, taken or given back. */
export function isLock({ op }: Effect): boolean {
  return op === 'lock' || op === 'try-lock' || op === 'unlock';
}

/** What is opened next may get the number of one of the standard streams, and is to keep it. */
export function closesStandard({ scope }: RuleContext): boolean {
  return callsIn(scope.definition, /close/i).some(({ args: [fd] }) => {
    const number = fd && scope.evaluator.constant(fd, scope);
    const isStream = fd?.kind === 'name' && /^std(?:in|out|err)$/.test(fd.name);
    return fd === undefined || isStream || (number !== undefined && number <= 2n) || fd.kind === 'update';
  });
}

/** A stream over a descriptor that is used further on: to close the one would close the other. */
export function isOverDescriptor({ site: { expr, within } }: Resource, { start }: Location): boolean {
  const [fd] = expr.args;
  const name = fd && calledName(expr) === 'fdopen' ? variableIn(fd) : undefined;
  return name !== undefined && usesOf(within, name).some((use) => use.expr.start > start);
}

/** Calls that ask or set something and are done with it. */
const idle =
  /^(?:f?stat\w*|lseek|fch(?:mod|own)|futimens|f(?:data)?sync|isatty|tc[gs]etattr|tcflush|tcdrain|fd?printf|posix_spawn_file_actions_\w+)$/;

export function isIdle({ name, args, scope: { definition } }: CallEvent): boolean {
  const command = name === 'fcntl' ? args[1]?.expr : undefined;
  // Bound to be told a port that is free, and for nothing else.
  if (name === 'bind')
    return callsIn(definition, /^getsockname$/).length > 0 && callsIn(definition, /^listen$/).length === 0;
  return idle.test(name) || (command?.kind === 'name' && /^F_[GS]ETF[DL]$/.test(command.name));
}
