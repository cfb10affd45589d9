import { rootName } from '../../analysis/aliasing';
import type { CallEvent } from '../../analysis/events';
import { type CType, type Expr, someExprIn, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { constantNamed, excerpt } from '../shared/support';
import { nameMade } from '../shared/whole-file';

/** The member of union semun that each command of semctl reads: see semctl(2). */
const memberOf: Record<string, 'val' | 'array' | 'buf'> = {
  SETVAL: 'val',
  GETALL: 'array',
  SETALL: 'array',
  IPC_STAT: 'buf',
  IPC_SET: 'buf',
  SEM_STAT: 'buf',
};

export const semun: Rule = {
  meta: {
    id: 'sysv-sem/semun',
    severity: 'error',
    preset: 'recommended',
    title: 'The fourth argument of semctl is missing or of the wrong kind',
    explanation:
      'SETVAL, SETALL, GETALL, IPC_STAT and IPC_SET read a fourth argument, a union semun that the program declares itself. Without it the kernel gets whatever is in a register as the value or as an address.',
    silence: 'Commands that are not known, and an int given directly for SETVAL, which works on Linux.',
    references: [{ page: 'semctl', section: 2 }],
    example: {
      bad: `#include <sys/sem.h>

int unlock_at_start(int set) {
  return semctl(set, 0, SETVAL);
}
`,
      good: `#include <sys/sem.h>

union semun {
  int val;
  struct semid_ds *buf;
  unsigned short *array;
};

int unlock_at_start(int set) {
  union semun arg = {.val = 1};
  return semctl(set, 0, SETVAL, arg);
}
`,
    },
  },
  check() {
    /** Members of each union that are ever stored into. */
    const stored = new Map<string, Set<string>>();
    /** Unions that are also stored as a whole. */
    const elsewhere = new Set<string>();
    const pending: { event: CallEvent; command: string; member: string; context: RuleContext }[] = [];
    return {
      store({ target, place }) {
        if (place === undefined) {
          return;
        }
        elsewhere.add(place);
        if (target.kind === 'member') {
          const base = place.slice(0, place.lastIndexOf(target.field) - 1).replace(/-$/, '');
          stored.set(base, (stored.get(base) ?? new Set()).add(target.field));
        }
      },
      call(event, context) {
        const command = controls(event) ? commandOf(event) : undefined;
        const member = command && memberOf[command];
        if (!command || !member) {
          return;
        }
        // In a wrapper that takes `...` the argument is its caller's.
        const isOwn = !context.scope.definition.type.variadic;
        if (event.args.length < 4 && isOwn) {
          reportMissing(event, command, member, context);
        } else if (isOwn) {
          pending.push({ event, command, member, context });
        }
      },
      end() {
        for (const base of elsewhere) stored.delete(base);
        for (const { event, command, member, context } of pending) {
          checkArgument(event, command, member, stored, context);
        }
      },
    };
  },
};

/** The address of the variable is taken somewhere in the function, so it may be stored into by other means. */
function isExposed(name: string | undefined, context: RuleContext): boolean {
  return someExprIn(
    context.scope.definition.body,
    (expr) => expr.kind === 'unary' && expr.op === '&' && rootName(expr.operand) === name,
  );
}

/** The call itself, or one of a wrapper of the project that hands its arguments on. */
function controls({ name, site, into, scope }: CallEvent): boolean {
  return site ? name === 'semctl' : into !== undefined && nameMade(name, scope) === 'semctl';
}

function commandOf({ args }: CallEvent): string | undefined {
  const value = args[2]?.value.constant;
  return value === undefined
    ? undefined
    : Object.keys(memberOf).find((name) => constantNamed(name) === value);
}

function reportMissing(event: CallEvent, command: string, member: string, context: RuleContext): void {
  context.report({
    span: event.at,
    message: `\`semctl\` with ${command} reads a fourth argument, and this call passes none, so the kernel takes what happens to be in its place. Pass a \`union semun\` whose \`${member}\` is set.`,
  });
}

function checkArgument(
  event: CallEvent,
  command: string,
  member: string,
  stored: Map<string, Set<string>>,
  context: RuleContext,
): void {
  const arg = event.args[3];
  const base = event.placeOf(3);
  if (!arg || calledName(arg.expr) !== undefined) {
    return;
  }
  const members = base === undefined ? undefined : stored.get(base);
  const { evaluator } = context.scope;
  const declared = evaluator.typeOf(arg.expr, context.scope);
  const type = declared && evaluator.types.resolve(declared);
  const isUnion = type?.k === 'struct' && type.union;
  if (isUnion && isNeverSet(arg.expr, context)) {
    context.report({
      span: arg.expr,
      message: `${command} reads the member \`${member}\` of the union, and nothing in this function ever sets \`${excerpt(context, arg.expr)}\`, so the kernel takes whatever lay on the stack. Store into \`${excerpt(context, arg.expr)}.${member}\` first.`,
    });
    return;
  }
  const certain = isUnion && members && members.size > 0 && !isExposed(rootName(arg.expr), context);
  if (certain && !members.has(member)) {
    const set = [...members].map((name) => `\`${name}\``).join(' and ');
    context.report({
      span: arg.expr,
      message: `${command} reads the member \`${member}\` of the union, but this function sets only ${set}. Store into \`${excerpt(context, arg.expr)}.${member}\`.`,
    });
  } else if (type && !isUnion && !fits(type, member)) {
    context.report({
      span: arg.expr,
      message: `${command} takes ${wanted(member)} through its fourth argument, and \`${excerpt(context, arg.expr)}\` is ${described(type)}, so the call fails or reads a wrong place. Pass a \`union semun\` whose \`${member}\` is set.`,
    });
  }
}

/** A local variable without an initialiser that nothing in the function stores into. */
function isNeverSet(arg: Expr, context: RuleContext): boolean {
  const { body } = context.scope.definition;
  if (arg.kind !== 'name' || isExposed(arg.name, context)) {
    return false;
  }
  let declared = 0;
  let set = false;
  walkStmt(body, {
    stmt: (stmt) => {
      set ||= stmt.kind === 'unknown';
      if (stmt.kind !== 'decl') return;
      for (const { name, init } of stmt.declaration.declarators) {
        if (name !== arg.name) continue;
        declared++;
        set ||= init !== undefined || stmt.declaration.storage.length > 0;
      }
    },
    expr: (expr) => {
      set ||= expr.kind === 'assign' && rootName(expr.target) === arg.name;
      set ||= expr.kind === 'unknown' || expr.kind === 'statements';
      // An array that is the member itself is filled without an assignment to the union.
      set ||=
        expr.kind === 'member' &&
        rootName(expr) === arg.name &&
        context.scope.resolvedTypeOf(expr)?.k === 'array';
    },
  });
  return declared === 1 && !set;
}

/** Whether a plain value can stand for the union's member, as it does in many programs. */
function fits(type: CType, member: string): boolean {
  const isPointer = type.k === 'pointer' || type.k === 'array';
  const isNumber = type.k === 'int' || type.k === 'enum';
  return member === 'val' ? !isPointer : !isNumber;
}

function wanted(member: string): string {
  return member === 'val'
    ? 'a number'
    : member === 'array'
      ? 'an array of unsigned short'
      : 'a pointer to a structure';
}

function described(type: CType): string {
  return type.k === 'pointer' || type.k === 'array' ? 'a pointer' : 'a number';
}
