import { rootName } from '../../analysis/aliasing';
import type { FunctionScope } from '../../analysis/context';
import type { CallEvent, StoreEvent } from '../../analysis/events';
import type { Path } from '../../analysis/path';
import type { CallSite, Value } from '../../analysis/values';
import { type Expr, walkStmt } from '../../c/ast';
import type { RuleContext } from '../rule';

/** What rules learn of calls as a walk comes by, to ask of the objects that those calls made. */
export class Facts<T> {
  private readonly known = new Map<CallSite, T | undefined>();

  /** Adds what is known of a call; what differs from path to path is not known. */
  add(site: CallSite, fact: T | undefined): void {
    const same = !this.known.has(site) || this.known.get(site) === fact;
    this.known.set(site, same ? fact : undefined);
  }

  /** The fact that holds whichever of its calls gave the value. */
  of(value: Value | undefined): { site: CallSite; fact: T } | undefined {
    const [first, ...others] = value?.origins ?? [];
    const fact = first && this.known.get(first.site);
    return first && fact !== undefined && others.every(({ site }) => this.known.get(site) === fact)
      ? { site: first.site, fact }
      : undefined;
  }
}

/** The pointer that is followed to reach a place, when exactly one is: `p` for `p->x`, `p[3].x` and, where types tell, `p->rows[i].x`. */
export function pointerTo(place: string | undefined, path: Path, scope?: FunctionScope): Value | undefined {
  const [, pointer] = /^([^[\]>]+?)(?:->|\[\d+\])[^[>]*$/.exec(place ?? '') ?? [];
  const followed = pointer ?? (scope && place?.includes('->') ? onlyPointer(place, scope) : undefined);
  return followed === undefined ? undefined : path.get(followed);
}

const step = /(->|\.)(\w+)|\[[^\]]*\]/y;

/** The pointer in front of `->`, where all that follows lies in what it points to: members, and elements of arrays in them. */
function onlyPointer(place: string, scope: FunctionScope): string | undefined {
  const { types } = scope.evaluator;
  const [root = '', name = ''] = /^\d+:(\w+)/.exec(place) ?? [];
  let type = name ? scope.resolvedTypeOf({ kind: 'name', name, start: 0, end: 0 }) : undefined;
  let pointer: string | undefined;
  step.lastIndex = root.length;
  while (type && step.lastIndex < place.length) {
    const at = step.lastIndex;
    const [, link, field = ''] = step.exec(place) ?? [''];
    if (step.lastIndex <= at) return undefined;
    if (link === '->') {
      if (pointer !== undefined || type.k !== 'pointer') return undefined;
      pointer = place.slice(0, at);
      type = types.resolve(type.to);
    }
    if (link === undefined && type.k !== 'array') return undefined;
    type = link === undefined ? types.pointee(type) : types.member(type, field);
    type = type && types.resolve(type);
  }
  return type && pointer;
}

/** Functions outside the catalog that write through their first argument. */
const writers = new Set([
  'memcpy',
  'memmove',
  'memset',
  'strcpy',
  'strncpy',
  'strcat',
  'sprintf',
  'snprintf',
]);

/** Pointers through which a call certainly writes, itself or as the start of an object. */
export function writtenThrough(event: CallEvent): Value[] {
  if (!event.site) {
    const first = writers.has(event.name) ? event.args[0]?.value : undefined;
    const behind = first && !first.origins && pointerTo(event.targetOf(0), event.path, event.scope);
    return first ? [behind || first] : [];
  }
  const { params, effects } = event.site.call;
  return effects.flatMap((effect) => {
    const name = effect.op === 'initialise' ? effect.at.replace(/^\*/, '') : undefined;
    const index = params.findIndex((param) => param.name === name);
    const arg = event.args[index];
    const behind =
      arg && (arg.value.origins ? arg.value : pointerTo(event.targetOf(index), event.path, event.scope));
    return behind ? [behind] : [];
  });
}

/** The pointer through which a store goes. */
export function storedThrough(event: StoreEvent): Value | undefined {
  return pointerTo(event.place, event.path, event.scope);
}

/** The variable whose address an argument is: `attr` for `&attr`. */
function addressed(expr: Expr | undefined): string | undefined {
  return expr?.kind === 'unary' && expr.op === '&' && expr.operand.kind === 'name'
    ? expr.operand.name
    : undefined;
}

/** True when a local structure, given to a call by address, is initialised without one member and nothing else can set that. */
export function staysZero(arg: Expr | undefined, field: string, context: RuleContext): boolean {
  const name = addressed(arg);
  if (name === undefined || !context.scope.typeOf(name) || context.scope.ambiguous.has(name)) {
    return false;
  }
  let declarations = 0;
  let zero = false;
  let touched = false;
  walkStmt(context.scope.definition.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'decl') return;
      for (const declarator of stmt.declaration.declarators) {
        if (declarator.name !== name) continue;
        declarations++;
        zero = leavesOut(declarator.init, field) && !stmt.declaration.storage.includes('static');
      }
    },
    expr: (expr) => {
      touched ||= reaches(expr, name, field, arg);
    },
  });
  return declarations === 1 && zero && !touched;
}

function leavesOut(init: Expr | undefined, field: string): boolean {
  if (init?.kind !== 'init') {
    return false;
  }
  const [only] = init.items;
  const allZero = init.items.length === 1 && only?.value.kind === 'number' && /^0+$/.test(only.value.text);
  return (
    init.items.length === 0 ||
    (allZero && only?.designators.length === 0) ||
    init.items.every(({ designators: [first] }) => typeof first === 'string' && first !== field)
  );
}

/** Whether an expression may set the member, or lets others do it. */
function reaches(expr: Expr, name: string, field: string, except: Expr | undefined): boolean {
  switch (expr.kind) {
    case 'assign':
      return (
        (expr.target.kind === 'name' && expr.target.name === name) ||
        (expr.target.kind === 'member' && expr.target.field === field && rootName(expr.target) === name)
      );
    case 'unary':
      return expr.op === '&' && expr !== except && rootName(expr.operand) === name;
    case 'call':
      return expr.args.some((arg) => arg.kind === 'name' && arg.name === name);
    case 'update':
      return rootName(expr.operand) === name;
    case 'unknown':
    case 'statements':
      return true;
    default:
      return false;
  }
}
