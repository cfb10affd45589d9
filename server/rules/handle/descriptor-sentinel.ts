import { unwrap } from '../../analysis/operators';
import { type Expr, type Stmt, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { leavesSomewhere } from '../shared/endings';
import { contains } from '../shared/statements';
import { assignmentsTo, usesOf } from '../shared/uses';

/** A function of the program that gives 0 itself when it fails, and never a negative number. */
function failsWithZero(maker: string, context: RuleContext): boolean {
  const scope = context.functionNamed(maker);
  const given: (bigint | undefined)[] = [];
  if (scope) {
    walkStmt(scope.definition.body, {
      stmt: (stmt) => {
        if (stmt.kind === 'return' && stmt.value) given.push(scope.evaluator.constant(stmt.value, scope));
      },
    });
  }
  return given.includes(0n) && !given.some((value) => value !== undefined && value < 0n);
}

/** Descriptors that functions of the program give, tested for 0 as if that told of failure. */
export function reportSentinels(context: RuleContext): void {
  walkStmt(context.scope.definition.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'block') return;
      stmt.body.forEach((inner, i) => {
        const asked =
          inner.kind === 'if' && leavesSomewhere(inner.consequent)
            ? askedForZero(inner.test, context)
            : undefined;
        if (!asked || inner.kind !== 'if') return;
        const call = asked.call ?? givenTo(stmt.body[i - 1], asked.name);
        const maker = call && calledName(call);
        // Of calls of the library more is known.
        if (
          maker === undefined ||
          context.scope.call(maker) ||
          readsNumber.test(maker) ||
          // A conversion, `POINTER_TO_INT`, fails never; and 0 stands for none yet where the branch opens one.
          isMacroName.test(maker) ||
          assignmentsTo(context.scope.definition, asked.name).some(({ at }) =>
            contains(inner.consequent, at),
          ) ||
          failsWithZero(maker, context) ||
          !isDescriptor(asked.name, context)
        )
          return;
        context.report({
          span: inner.test,
          severity: 'warning',
          message: `\`${asked.name}\` is used as a descriptor, and 0 is one like any other, while -1, which tells that \`${maker}\` failed, is taken for success here. Test \`${asked.name} == -1\`.`,
        });
      });
    },
  });
}

/** Gives the number that a text says, and 0 for a text that says none. */
const readsNumber = /^ato[il]|strto|parse|number|digit/i;

const isMacroName = /^[A-Z][A-Z0-9_]*$/;

/** `!x`, `x == 0`, `!(x = make())`. */
function askedForZero(test: Expr, { scope }: RuleContext): { name: string; call?: Expr } | undefined {
  const inner = unwrap(test);
  const asked =
    inner.kind === 'unary' && inner.op === '!'
      ? inner.operand
      : inner.kind === 'binary' && inner.op === '==' && scope.evaluator.constant(inner.right, scope) === 0n
        ? inner.left
        : undefined;
  const value = asked && (asked.kind === 'assign' ? asked : unwrap(asked));
  if (value?.kind === 'assign' && value.op === '=' && value.target.kind === 'name') {
    return { name: value.target.name, call: unwrap(value.value) };
  }
  return value?.kind === 'name' ? { name: value.name } : undefined;
}

/** The call whose result a statement stores in a variable. */
function givenTo(stmt: Stmt | undefined, name: string): Expr | undefined {
  if (stmt?.kind === 'decl') {
    const init = stmt.declaration.declarators.find((each) => each.name === name)?.init;
    return init && unwrap(init);
  }
  const expr = stmt?.kind === 'expr' ? stmt.expr : undefined;
  return expr?.kind === 'assign' &&
    expr.op === '=' &&
    expr.target.kind === 'name' &&
    expr.target.name === name
    ? unwrap(expr.value)
    : undefined;
}

/** A local that the function hands to calls as their descriptor, and that it never compares with anything else. */
function isDescriptor(name: string, context: RuleContext): boolean {
  const { scope } = context;
  if (!scope.typeOf(name) || scope.ambiguous.has(name)) {
    return false;
  }
  let handed = false;
  let compared = 0;
  for (const { expr, around } of usesOf(scope.definition, name)) {
    const [outer] = around;
    if (outer?.kind === 'call') {
      const param = scope.call(calledName(outer) ?? '')?.params[outer.args.indexOf(expr)];
      handed ||= /^(?:sock)?fd$/.test(param?.name ?? '');
    }
    if (outer?.kind === 'binary' && /^(?:[<>]=?|[!=]=)$/.test(outer.op)) compared++;
  }
  return handed && compared <= 1;
}
