import { rootName } from '../../analysis/aliasing';
import type { FunctionScope } from '../../analysis/context';
import { unwrap } from '../../analysis/operators';
import { type Expr, type ExprOf, walkStmt } from '../../c/ast';
import { constantNamed } from '../shared/support';

/** What a semop does, read from the text around it: programs write sembufs as initialisers, assignments and globals. */

export interface SemOperation {
  /** As a constant, or as it is written. */
  number: string | undefined;
  /** The expression that gives the number. */
  numbered?: Expr;
  amount: bigint | undefined;
  /** The variable that holds the amount, where it is not known. */
  variable?: string;
  /** SEM_UNDO is given, or may be. */
  undone: boolean;
  /** Whether it is given is known. */
  told: boolean;
}

/** The one operation that a call of semop makes; undefined where it makes several or they cannot be told. */
export function operationOf({ args }: ExprOf<'call'>, scope: FunctionScope): SemOperation | undefined {
  const [, operations, count] = args;
  if (!operations || !count || scope.evaluator.constant(count, scope) !== 1n) {
    return undefined;
  }
  const inner = operations.kind === 'unary' && operations.op === '&' ? operations.operand : operations;
  const root = rootName(inner);
  const fields =
    inner.kind === 'compound'
      ? fromInitialiser(inner.init)
      : root === undefined
        ? undefined
        : fieldsOf(root, inner.kind === 'index' ? inner.index : undefined, operations.start, scope);
  return fields && toldBy(fields, scope);
}

/** More are made of tables. */
const mostOperations = 8;

/** All operations that a call of semop makes, where it gets an array whose elements are known. */
export function operationsOf(call: ExprOf<'call'>, scope: FunctionScope): SemOperation[] | undefined {
  const [, operations, count] = call.args;
  const number = count && scope.evaluator.constant(count, scope);
  if (number === 1n) {
    const only = operationOf(call, scope);
    return only && [only];
  }
  if (operations?.kind !== 'name' || number === undefined || number < 1n || number > mostOperations) {
    return undefined;
  }
  const { name, start, end } = operations;
  const all = Array.from({ length: Number(number) }, (_, index) =>
    fieldsOf(name, { kind: 'number', text: `${index}`, start, end }, start, scope),
  );
  const known = all.flatMap((fields) => (fields ? [toldBy(fields, scope)] : []));
  return known.length === all.length ? known : undefined;
}

function toldBy(fields: Fields, scope: FunctionScope): SemOperation {
  const amount = fields.amount && scope.evaluator.constant(fields.amount, scope);
  const number = fields.number && scope.evaluator.constant(fields.number, scope);
  const flags = fields.flags ? scope.evaluator.constant(fields.flags, scope) : 0n;
  const named = nameIn(fields.number);
  const variable = amount === undefined ? nameIn(fields.amount) : undefined;
  return {
    amount,
    number: number === undefined ? named : `${number}`,
    ...(fields.number ? { numbered: fields.number } : {}),
    told: flags !== undefined,
    undone: flags === undefined || (flags & constantNamed('SEM_UNDO')) !== 0n,
    ...(variable === undefined ? {} : { variable }),
  };
}

/** A variable, be it cast to the type of the member. */
function nameIn(expr: Expr | undefined): string | undefined {
  const inner = expr && unwrap(expr);
  return inner?.kind === 'name' ? inner.name : undefined;
}

interface Fields {
  number?: Expr;
  amount?: Expr;
  flags?: Expr;
}

const memberNames: Record<string, keyof Fields> = { sem_num: 'number', sem_op: 'amount', sem_flg: 'flags' };

function fieldsOf(
  root: string,
  index: Expr | undefined,
  before: number,
  scope: FunctionScope,
): Fields | undefined {
  const at = index ? Number(scope.evaluator.constant(index, scope) ?? 0n) : 0;
  let fields: Fields | undefined;
  let repeated = 0;
  const global = scope.typeOf(root) ? undefined : scope.file.symbols.initialisers.get(root);
  if (global) fields = fromInitialiser(global, at);
  walkStmt(scope.definition.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'decl' || stmt.start > before) return;
      for (const { name, init } of stmt.declaration.declarators) {
        if (name === root && init) fields = fromInitialiser(init, at);
      }
    },
    expr: (expr) => {
      if (expr.kind !== 'assign' || expr.target.kind !== 'member' || rootName(expr.target) !== root) return;
      const { object, field } = expr.target;
      const element = object.kind === 'index' ? scope.evaluator.constant(object.index, scope) : 0n;
      if (element !== BigInt(at)) return;
      const name = memberNames[field];
      if (expr.start > before) {
        // In a loop it may hold at the call as well.
        if (name === 'amount') repeated++;
        return;
      }
      if (name) fields = { ...fields, [name]: expr.value };
    },
  });
  return repeated > 0 && !fields?.amount ? undefined : fields;
}

function fromInitialiser(init: Expr, at = 0): Fields | undefined {
  if (init.kind !== 'init') {
    return undefined;
  }
  const [first] = init.items;
  if (first?.value.kind === 'init') {
    const element = init.items[at];
    return element && fromInitialiser(element.value);
  }
  const named = (field: string, index: number) => {
    const item = init.items.find(({ designators }) => designators[0] === field);
    const positional = init.items.every(({ designators }) => designators.length === 0);
    return (item ?? (positional ? init.items[index] : undefined))?.value;
  };
  const number = named('sem_num', 0);
  const amount = named('sem_op', 1);
  const flags = named('sem_flg', 2);
  return { ...(flags ? { flags } : {}), ...(number ? { number } : {}), ...(amount ? { amount } : {}) };
}
