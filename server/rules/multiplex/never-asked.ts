import type { FunctionScope } from '../../analysis/context';
import { FileIndex } from '../../analysis/survey';
import { type Expr, type FunctionDefinition, someExprIn, somePart, someStmtIn, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { fileMakes, lastName } from '../shared/whole-file';

/** One store into a `struct pollfd` of an array: `fds[n].fd = client`. */
interface Entry {
  field: string;
  /** The element as the text names it. */
  element: string;
  value: Expr;
  within: FunctionDefinition;
}

/**
 * Entries for poll whose descriptor is stored and whose `events` are not, in a file that stores both together for the other entries of the
 * array, or for none. poll then reports nothing but errors and the end of the connection for them.
 */
export function neverAsked(context: RuleContext): Expr[] {
  return entriesIn(context.scope).flatMap(({ array, field, element, value, target }) => {
    if (field !== 'fd' || isNobody(value) || isMoved(value)) return [];
    const known = context.ask(entries, array);
    const wishes = known.filter((one) => one.field === 'events');
    const descriptors = known.filter(
      (one) => one.field === 'fd' && !isNobody(one.value) && !isMoved(one.value),
    );
    const { definition } = context.scope;
    const isPaired = wishes.some((one) => isSame(one, { element, within: definition }));
    // What is asked for once and for all, before there are descriptors.
    const inAdvance = wishes.some((wish) => !descriptors.some((one) => isSame(one, wish)));
    const isElsewhere = known.some((one) => one.field === whole) || startsFilled(array, context.scope);
    if (isPaired || inAdvance || isElsewhere) return [];
    // Either the others are done right, or nobody in the file asks for anything.
    const othersAre = wishes.length > 0;
    return othersAre || isOwn(array, context) ? [target] : [];
  });
}

/** A variable for an index is another one in each function. */
function isSame(one: Pick<Entry, 'element' | 'within'>, other: Pick<Entry, 'element' | 'within'>): boolean {
  return (
    one.element === other.element && (one.within === other.within || /\[(?:\d+|[A-Z_]+)\]$/.test(one.element))
  );
}

/** A variable of the file, zero from the start, and no word of the file asks for an event. */
function isOwn(array: string, context: RuleContext): boolean {
  const { scope } = context;
  const isGlobal = scope.typeOf(array) === undefined && scope.file.symbols.global(array) !== undefined;
  return (
    isGlobal &&
    fileMakes(context, /^p?poll$/) &&
    context.ask(entries, /./).every(({ field }) => field === 'fd' || field === 'revents')
  );
}

/** `struct pollfd fds[] = {{fd, POLLIN, 0}, ...}`. */
function startsFilled(array: string, { definition, file }: FunctionScope): boolean {
  const outside = file.symbols.initialiser(array) !== undefined;
  return (
    outside ||
    someStmtIn(
      definition.body,
      (stmt) =>
        stmt.kind === 'decl' &&
        stmt.declaration.declarators.some(({ name, init }) => name === array && init !== undefined),
    )
  );
}

/** Stands for an element that is stored or handed on as a whole. */
const whole = '*';

const entries = new FileIndex<Entry>((within, file) =>
  entriesIn(file.scopeOf(within)).map(({ array, field, element, value }) => [
    array,
    { field, element, value, within },
  ]),
);

interface Stored extends Entry {
  array: string;
  target: Expr;
}

function entriesIn(scope: FunctionScope): Stored[] {
  const { definition: within } = scope;
  const { body } = within;
  if (!someExprIn(body, (expr) => expr.kind === 'index' || expr.kind === 'call')) return [];
  const found: Stored[] = [];
  const add = (object: Expr, field: string, value: Expr, target: Expr) => {
    const array = object.kind === 'index' ? lastName(object.array) : undefined;
    if (array === undefined || !isPollfd(object, scope)) return;
    found.push({ array, field, element: elementName(object), value, within, target });
  };
  walkStmt(body, {
    expr: (expr) => {
      if (expr.kind === 'assign' && expr.target.kind === 'member')
        add(expr.target.object, expr.target.field, expr.value, expr);
      else if (expr.kind === 'assign') add(expr.target, whole, expr.value, expr);
      else if (expr.kind === 'unary' && expr.op === '&') add(expr.operand, whole, expr, expr);
      else if (expr.kind === 'call') {
        // memset, memcpy and functions of the program fill or move entries; poll itself does not.
        for (const arg of /^p?poll$/.test(calledName(expr) ?? '') ? [] : expr.args) {
          const name = lastName(arg);
          if (name !== undefined && isPollfd(arg, scope))
            found.push({ array: name, field: whole, element: '', value: arg, within, target: arg });
        }
      }
    },
  });
  return found;
}

function isPollfd(expr: Expr, scope: FunctionScope): boolean {
  const type = scope.evaluator.types.resolve(scope.evaluator.typeOf(expr, scope) ?? { k: 'unknown' });
  const inner = type.k === 'array' ? type.of : type.k === 'pointer' ? type.to : type;
  const element = scope.evaluator.types.resolve(inner);
  return element.k === 'struct' && element.tag === 'pollfd';
}

/** -1 stands for nobody: poll leaves such an entry out. */
function isNobody(value: Expr): boolean {
  return (
    (value.kind === 'number' && value.text.startsWith('-')) ||
    (value.kind === 'unary' && /^[-~]$/.test(value.op))
  );
}

/** Another entry's descriptor moves here, and what was asked for it is the same. */
function isMoved(value: Expr): boolean {
  return somePart(value, (part) => part.kind === 'member' && part.field === 'fd');
}

/** `fds[n + 1]`: written the same wherever the function means the same element. */
function elementName(object: Expr): string {
  switch (object.kind) {
    case 'name':
      return object.name;
    case 'number':
      return object.text;
    case 'member':
      return `${elementName(object.object)}.${object.field}`;
    case 'index':
      return `${elementName(object.array)}[${elementName(object.index)}]`;
    case 'binary':
      return `${elementName(object.left)}${object.op}${elementName(object.right)}`;
    default:
      return `?${object.start}`;
  }
}
