import { unwrap } from '../../analysis/operators';
import { isRelevant } from '../../analysis/relevance';
import { FileIndex } from '../../analysis/survey';
import { type Expr, walkExpr, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { fileMakes, isAllRead, ownCalls, textOf } from '../shared/whole-file';
import { families, familyOf } from '../subjects/addresses';

/** Addresses that get a port and what else they need, but no family, in a file that sets none at all. */

const members = new Set(families.map(({ member }) => member));

/** The file sets the family of some address, or fills one in braces or as a whole, where it need not be named. */
const familySet = new FileIndex(function* (within, file): Generator<[string, true]> {
  const scope = file.scopeOf(within);
  let found = false;
  walkStmt(within.body, {
    expr: (expr) => {
      if (expr.kind === 'member' && members.has(expr.field)) found = true;
      if (expr.kind === 'init') {
        for (const { designators } of expr.items)
          if (designators.some((name) => typeof name === 'string' && members.has(name))) found = true;
      }
      if (expr.kind === 'compound' && familyOf(scope.evaluator.types.resolve(expr.type))) found = true;
    },
    stmt: (stmt) => {
      if (stmt.kind !== 'decl') return;
      for (const { type, init } of stmt.declaration.declarators)
        if (init?.kind === 'init' && familyOf(scope.evaluator.types.resolve(type))) found = true;
    },
  });
  if (found) yield ['family', true];
});

/** Calls that give out an address as a whole, which then has its family. */
const giving =
  /^(?:getaddrinfo|getsockname|getpeername|accept4?|recvfrom|recvmsg|getifaddrs|freeaddrinfo|gethostbyname2)$/;

/** The stores of ports, in this function and in those it calls that do nothing that is followed. */
export function checkFamilies(context: RuleContext): void {
  const { file } = context.scope;
  checkStores(context);
  for (const name of new Set(ownCalls(context, /./).map((call) => call.name.replace(/^own /, '')))) {
    const callee = file.callee(name);
    if (callee?.file === file && !isRelevant(callee.definition, file)) checkStores(context.in(callee));
  }
}

function checkStores(context: RuleContext): void {
  const { definition } = context.scope;
  const ports = portsStored(context);
  if (
    ports.length === 0 ||
    !fileMakes(context, /^(?:bind|connect|sendto)$/) ||
    context.ask(familySet, 'family').length > 0 ||
    !isAllRead(context)
  )
    return;
  for (const { store, object } of ports) {
    // Of an address that is a variable itself it is told where it is used.
    if (object.kind === 'name' && context.scope.resolvedTypeOf(object)?.k !== 'pointer') continue;
    const own = context.scope.resolvedTypeOf(object);
    const family = familyOf(own?.k === 'pointer' ? context.scope.evaluator.types.resolve(own.to) : own);
    const text = textOf(object, definition, context);
    if (!family?.constant || isHandedOut(text, context) || !hasAddress(text, context)) continue;
    context.report({
      span: { start: store.start, end: store.end, within: definition },
      message: `\`${text}\` gets a port and an address here, and nothing in this file sets its family: with whatever \`${family.member}\` holds it is an address of another kind, and \`bind\` or \`connect\` fails. Set \`${family.member}\` to ${family.constant}.`,
    });
    return;
  }
}

interface PortStore {
  store: Expr;
  object: Expr;
}

function portsStored({ scope: { definition } }: RuleContext): PortStore[] {
  const found: PortStore[] = [];
  walkStmt(definition.body, {
    expr: (expr) => {
      if (expr.kind !== 'assign' || expr.op !== '=') return;
      const target = unwrap(expr.target);
      if (target.kind === 'member' && /^sin6?_port$/.test(target.field))
        found.push({ store: expr, object: target.object });
    },
  });
  return found;
}

/** The IP address is set, too: it is not only another port for an address that is whole. */
function hasAddress(text: string, context: RuleContext): boolean {
  const { definition } = context.scope;
  const isOf = (place: Expr): boolean =>
    place.kind === 'member' &&
    (/^sin6?_addr$/.test(place.field)
      ? textOf(place.object, definition, context) === text
      : isOf(place.object));
  let found = false;
  walkStmt(definition.body, {
    expr: (expr) => {
      const to = expr.kind === 'assign' ? unwrap(expr.target) : undefined;
      const filled =
        expr.kind === 'call' && /^(?:inet_(?:pton|aton)|memcpy|memmove|bcopy)$/.test(calledName(expr) ?? '');
      const places = to ? [to] : filled ? expr.args.map((arg) => unwrap(arg)) : [];
      found ||= places.some((place) =>
        isOf(place.kind === 'unary' && place.op === '&' ? unwrap(place.operand) : place),
      );
    },
  });
  return found;
}

/** A call of this function may fill it as a whole, or hands it to code that is not at hand. */
function isHandedOut(text: string, context: RuleContext): boolean {
  const { definition } = context.scope;
  const wholes = new Set<Expr['kind']>(['name', 'member', 'index', 'unary']);
  return ownCalls(context, /./).some(({ name, expr }) => {
    const isGiven = expr.args.some((arg) => {
      let whole = false;
      const parts = new Set<Expr>();
      walkExpr(arg, (part) => {
        if (part.kind === 'member') parts.add(part.object);
        whole ||= !parts.has(part) && wholes.has(part.kind) && textOf(part, definition, context) === text;
      });
      return whole;
    });
    if (!isGiven || /^(?:memset|bzero|bind|connect|sendto|free|print\w*)$/.test(name)) return false;
    return giving.test(name) || /^mem(?:cpy|move)$/.test(name) || !context.functionNamed(name);
  });
}
