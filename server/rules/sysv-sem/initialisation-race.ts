import type { CallEvent } from '../../analysis/events';
import type { CallSite } from '../../analysis/values';
import { children, type Expr, someExprIn, walkStmt } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { arms, around, contains } from '../shared/statements';
import { argument, bitsOf, constantNamed } from '../shared/support';
import { fileCalls, fileMakes, isProgram, lastName, ownCalls, textOf } from '../shared/whole-file';
import { sourcesOf } from '../subjects/semaphores';

export const initialisationRace: Rule = {
  meta: {
    id: 'sysv-sem/initialisation-race',
    severity: 'warning',
    preset: 'recommended',
    title: 'Every process that opens a semaphore set gives it its first value again',
    explanation:
      'Without IPC_EXCL, semget does not tell who created the set. A second process that sets the value while the first one holds the semaphore gives it back in the name of the first, and two are in the critical section.',
    silence:
      'Private keys, programs that remove the set themselves or start all its users with fork, and values that are set under a test of something else than these calls.',
    references: [
      { page: 'semget', section: 2 },
      { page: 'semctl', section: 2 },
    ],
    example: {
      bad: `#include <sys/sem.h>

union semun {
  int val;
};

int main(void) {
  union semun one = {.val = 1};
  struct sembuf take = {0, -1, SEM_UNDO};
  int set = semget(0x4a4f42, 1, IPC_CREAT | 0600);
  if (set == -1)
    return 1;
  if (semctl(set, 0, SETVAL, one) == -1)
    return 1;
  return semop(set, &take, 1) == -1;
}
`,
      good: `#include <errno.h>
#include <sys/sem.h>

union semun {
  int val;
};

int main(void) {
  union semun one = {.val = 1};
  struct sembuf take = {0, -1, SEM_UNDO};
  int set = semget(0x4a4f42, 1, IPC_CREAT | IPC_EXCL | 0600);
  if (set != -1) {
    if (semctl(set, 0, SETVAL, one) == -1)
      return 1;
  } else {
    if (errno != EEXIST)
      return 1;
    set = semget(0x4a4f42, 1, 0);
    if (set == -1)
      return 1;
  }
  return semop(set, &take, 1) == -1;
}
`,
    },
  },
  check(context) {
    const opened = new Map<CallSite, CallEvent>();
    const told = new Set<CallSite>();
    return {
      call(event, inner) {
        if (!event.site) {
          return;
        }
        if (event.name === 'semget' && !told.has(event.site) && waitsForExisting(event, inner)) {
          told.add(event.site);
          inner.report({
            span: event.at,
            message:
              'This program means to find out with EEXIST that the set is there already, but without IPC_EXCL `semget` then succeeds too, and every process sets the first value again. Add IPC_EXCL to the flags.',
          });
        }
        if (event.name === 'semget' && mayExist(event, inner)) {
          opened.set(event.site, event);
        } else if (event.name === 'semctl' && setsValue(event)) {
          const site = argument(event, 'semid')?.value.origins?.[0]?.site;
          const made = site && opened.get(site);
          if (site && made && !told.has(site) && isUnconditional(event, site) && !isAlone(context)) {
            told.add(site);
            report(made, event, context);
          }
        }
      },
    };
  },
};

function report(made: CallEvent, set: CallEvent, context: RuleContext): void {
  context.report({
    span: made.at,
    message:
      'This `semget` does not tell whether it created the set, so every process that starts sets the value again, even while another holds the semaphore. Create it with IPC_CREAT | IPC_EXCL, set the value only then, and on EEXIST open it without.',
    related: [{ span: set.at, message: 'The value is set here, whoever created the set' }],
  });
}

function mayExist(event: CallEvent, context: RuleContext): boolean {
  const flags = argument(event, 'semflg');
  const key = argument(event, 'key');
  const bits = bitsOf(flags, context);
  const known =
    flags?.value.constant !== undefined || !/EXCL|\bflags?\b/.test(flags ? context.source(flags.expr) : '');
  return (
    key !== undefined &&
    key.value.constant !== constantNamed('IPC_PRIVATE') &&
    known &&
    (bits & constantNamed('IPC_CREAT')) !== 0n &&
    (bits & constantNamed('IPC_EXCL')) === 0n
  );
}

/** It creates the set without IPC_EXCL, and the same function looks for EEXIST. */
function waitsForExisting(event: CallEvent, context: RuleContext): boolean {
  const { definition } = context.scope;
  const flags = event.args[2]?.expr;
  const [source, ...others] = flags?.kind === 'name' ? sourcesOf(flags.name, definition) : [];
  const given = source && others.length === 0 ? source.expr : flags;
  const text = (expr: Expr) => textOf(expr, definition, context);
  let changed = false;
  walkStmt(definition.body, {
    expr: (expr) => {
      changed ||=
        expr.kind === 'assign' &&
        expr.op !== '=' &&
        flags?.kind === 'name' &&
        lastName(expr.target) === flags.name;
    },
  });
  if (!given || changed || !/\bIPC_CREAT\b/.test(text(given)) || /EXCL|\w\(/.test(text(given))) {
    return false;
  }
  const opens = ownCalls(context, /^semget$/);
  const isFirst = opens.every(({ expr }) => expr.start >= event.expr.start);
  return (
    isFirst &&
    someExprIn(
      definition.body,
      (expr) => expr.kind === 'name' && expr.name === 'EEXIST' && expr.start > event.expr.start,
    )
  );
}

function setsValue(event: CallEvent): boolean {
  const command = argument(event, 'cmd')?.value.constant;
  return command === constantNamed('SETVAL') || command === constantNamed('SETALL');
}

/** Nothing decides about the call but whether the set was got and the calls before went well; what decides about both calls does not count. */
function isUnconditional({ expr, scope }: CallEvent, made: CallSite): boolean {
  const { definition } = scope;
  const set = expr.args[0] && lastName(expr.args[0]);
  const between = arms(definition, expr).filter(
    (arm) => made.within !== definition || !contains(arm, made.expr),
  );
  return between.every((arm) => {
    const parent = around(definition, arm).findLast((stmt) => stmt !== arm && stmt.end >= arm.end);
    return (
      parent?.kind === 'for' ||
      parent?.kind === 'while' ||
      (parent?.kind === 'if' && namesIn(parent.test) === set)
    );
  });
}

/** The names in a test, without constants and what is given to calls. */
function namesIn(test: Expr): string {
  if (test.kind === 'call') return '';
  if (test.kind === 'name') return /^[A-Z_]+$/.test(test.name) ? '' : test.name;
  return children(test).map(namesIn).filter(Boolean).join(' ');
}

/** The users of the set are this process and what it starts, or it owns the set and removes it. */
function isAlone(context: RuleContext): boolean {
  const removes = fileCalls(context, 'semctl').some(({ expr, within }) =>
    expr.args.some((arg) => textOf(arg, within, context) === 'IPC_RMID'),
  );
  const isLibrary = !isProgram(context) && !fileMakes(context, /^[sS]em(?:timed)?op$/);
  return removes || isLibrary || fileMakes(context, /^[fF]ork$/);
}
