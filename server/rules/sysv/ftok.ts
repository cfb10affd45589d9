import type { CallEvent } from '../../analysis/events';
import type { CallSite } from '../../analysis/values';
import type { Expr } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { spanOfSite } from '../shared/loops';
import { allOrigins, argument, givenAt } from '../shared/support';

export const ftok: Rule = {
  meta: {
    id: 'sysv/ftok',
    severity: 'warning',
    preset: 'recommended',
    title: 'A key comes from an ftok that failed, or from a number without bits that count',
    explanation:
      'The call ftok takes the low eight bits of its second argument into the key, and its result is unspecified when they are all zero. Numbers that differ above those bits give the same key, so two programs meet in one object. When the file is not there, ftok returns -1, which msgget, semget and shmget take for a key.',
    silence:
      'Numbers whose value is not known, keys that any test looks at, and folders that every system has.',
    references: [{ page: 'ftok', section: 3 }],
    example: {
      bad: `#include <sys/ipc.h>

key_t job_key(void) {
  return ftok("/etc/hostname", 0);
}
`,
      good: `#include <sys/ipc.h>

key_t job_key(void) {
  return ftok("/etc/hostname", 'J');
}
`,
    },
  },
  check: () => {
    const asked = new Set<Expr>();
    const uses: { event: CallEvent; made: CallSite; context: RuleContext }[] = [];
    return {
      test({ left, right }) {
        for (const { value } of right ? [left, right] : [left]) {
          for (const { site } of value.origins ?? []) asked.add(site.expr);
        }
      },
      end() {
        for (const { event, made, context } of uses)
          if (!asked.has(made.expr)) tellUnchecked(event, made, context);
      },
      call(event, context) {
        const key = event.site && argument(event, 'key');
        const made = key && allOrigins(key.value, ({ site }) => site.call.name === 'ftok')?.[0]?.site;
        if (made && event.path.outcome(made) === 'untested' && !isThere(made))
          uses.push({ event, made, context });
        const number = event.site && event.name === 'ftok' ? argument(event, 'proj_id') : undefined;
        const value = number?.value.constant;
        if (!number || value === undefined || (value & 0xffn) !== 0n) {
          return;
        }
        const what = value === 0n ? '`ftok` gets 0' : `The low eight bits of ${value} are zero`;
        context.report({
          ...givenAt(event, number.expr),
          message: `${what}, and for that POSIX leaves open which key \`ftok\` gives. Pass a number from 1 to 255, such as a letter that stands for the purpose.`,
        });
      },
    };
  },
};

function tellUnchecked(event: CallEvent, made: CallSite, context: RuleContext): void {
  context.report({
    span: made.within === context.scope.definition ? spanOfSite(made) : event.at,
    message: `Nobody asks whether \`ftok\` failed, and -1 is a key like any other: \`${event.name}\` then works on an object that all share who make this mistake. Compare the key with (key_t) -1 first.`,
    related: [
      made.within === context.scope.definition
        ? { span: event.at, message: `\`${event.name}\` takes the key` }
        : { span: spanOfSite(made), message: 'The key is made here' },
    ],
  });
}

/** Folders and files of every system, and the program itself. */
const always =
  /^(?:\.\.?|\/|\/(?:tmp|etc|dev|usr|var|home|bin|proc)(?:\/(?:null|zero|passwd|hosts|hostname|tmp))?)\/?$/;

function isThere({ expr }: CallSite): boolean {
  const [path] = expr.args;
  const isProgram =
    path?.kind === 'index' &&
    path.index.kind === 'number' &&
    path.index.text === '0' &&
    path.array.kind === 'name';
  return (path?.kind === 'string' && always.test(path.value)) || isProgram;
}
