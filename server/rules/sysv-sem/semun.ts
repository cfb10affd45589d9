import type { CallEvent } from '../../analysis/events';
import { placeOf } from '../../analysis/state';
import { type CType, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { argument, constantNamed, excerpt } from '../support';

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
  check(context) {
    /** Members of each union that the function ever stores into. */
    const stored = new Map<string, Set<string>>();
    /** Unions that are also stored as a whole or through a pointer. */
    const elsewhere = new Set<string>();
    const pending: { event: CallEvent; command: string; member: string }[] = [];
    return {
      store({ target }) {
        const whole = placeOf(target);
        if (whole !== undefined) elsewhere.add(whole);
        const base = target.kind === 'member' ? placeOf(target.object) : undefined;
        if (target.kind === 'member' && base !== undefined) {
          stored.set(base, (stored.get(base) ?? new Set()).add(target.field));
        }
      },
      call(event) {
        const command = event.name === 'semctl' && event.site ? commandOf(event) : undefined;
        const member = command && memberOf[command];
        if (!command || !member) {
          return;
        }
        if (event.args.length < 4) {
          reportMissing(event, command, member, context);
        } else {
          pending.push({ event, command, member });
        }
      },
      end() {
        if (pending.length === 0) {
          return;
        }
        walkStmt(context.scope.definition.body, {
          expr: (expr) => {
            const place = expr.kind === 'unary' && expr.op === '&' ? placeOf(expr.operand) : undefined;
            if (place !== undefined) elsewhere.add(place);
          },
        });
        for (const base of elsewhere) stored.delete(base);
        for (const { event, command, member } of pending) {
          checkArgument(event, command, member, stored, context);
        }
      },
    };
  },
};

function commandOf(event: CallEvent): string | undefined {
  const value = argument(event, 'op')?.value.constant ?? argument(event, 'cmd')?.value.constant;
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
  const base = arg && placeOf(arg.expr);
  if (!arg || calledName(arg.expr) !== undefined) {
    return;
  }
  const members = base === undefined ? undefined : stored.get(base);
  const { evaluator } = context.scope;
  const declared = evaluator.typeOf(arg.expr, context.scope);
  const type = declared && evaluator.types.resolve(declared);
  const isUnion = type?.k === 'struct' && type.union;
  if (isUnion && members && members.size > 0 && !members.has(member)) {
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
