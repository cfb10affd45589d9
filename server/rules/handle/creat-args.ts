import type { CallEvent, Operand } from '../../analysis/events';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { bitsOf, constantNamed } from '../shared/support';
import { callsTo } from '../shared/whole-file';

export const creatArgs: Rule = {
  meta: {
    id: 'handle/creat-args',
    severity: 'error',
    preset: 'recommended',
    title: 'Arguments do not fit O_CREAT',
    explanation:
      'With O_CREAT these calls read further arguments: the permission bits, and for queues and semaphores also the attributes or the initial value. When they are missing, whatever happens to be in a register is used, so the object gets random permissions.',
    silence:
      'Flags whose value is not known, and a mode of 0 beside flags without O_CREAT, which is a harmless habit.',
    references: [
      { page: 'open', section: 2 },
      { page: 'mq_open', section: 3 },
      { page: 'sem_open', section: 3 },
    ],
    example: {
      bad: `#include <fcntl.h>

int create_log(void) {
  return open("app.log", O_WRONLY | O_CREAT);
}
`,
      good: `#include <fcntl.h>

int create_log(void) {
  return open("app.log", O_WRONLY | O_CREAT, 0600);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const params = event.site?.call.params ?? [];
      const extra = params.filter(({ requiredWhen }) => requiredWhen?.includes('O_CREAT'));
      const flags = event.args[params.findIndex(({ literal }) => literal?.kind === 'flags')];
      if (!flags || extra.length === 0 || takesNoMore(event, context) || handsOn(flags, context)) return;
      checkFlags(
        event,
        flags,
        extra.map(({ name }) => name),
        context,
      );
      checkExclusive(event, flags, context);
    },
  }),
};

/**
 * A function under a name like `xopen` may see to them itself: it is declared without further arguments, or nothing is at hand but its
 * name, and no call in the file gives it any.
 */
function takesNoMore({ expr, args, site }: CallEvent, context: RuleContext): boolean {
  const name = calledName(expr) ?? '';
  const type = context.scope.file.symbols.function(name)?.type;
  const isPrototype = type !== undefined && (type.variadic || type.params.length > 0);
  if (isPrototype) return !type.variadic && type.params.length === args.length;
  const isNamedAfter = name !== '' && site !== undefined && name !== site.call.name;
  return isNamedAfter && callsTo(context, name).every((call) => call.expr.args.length <= args.length);
}

/** `open(path, flags)` in a function that gets its own arguments as `open` does, and the mode where the flags ask for it. */
function handsOn({ expr }: Operand, { scope: { definition } }: RuleContext): boolean {
  const isParameter = expr.kind === 'name' && definition.type.params.some(({ name }) => name === expr.name);
  return isParameter && definition.type.variadic;
}

function checkFlags(event: CallEvent, flags: Operand, extra: string[], context: RuleContext): void {
  const creating = constantNamed('O_CREAT') | constantNamed('O_TMPFILE');
  const bits = bitsOf(flags, context);
  const fixed = (event.site?.call.params.length ?? 0) - extra.length;
  const given = event.args.length - fixed;
  if ((bits & constantNamed('O_CREAT')) !== 0n && given < extra.length) {
    const missing = list(extra.slice(Math.max(0, given)));
    context.report({
      span: event.at,
      message: `\`${event.name}\` with O_CREAT also reads ${missing}, which this call does not pass, so it takes whatever is in that place. Add ${missing}.`,
      ...modeFix(event, extra, given),
    });
    return;
  }
  const mode = event.args[fixed];
  const useless = flags.value.constant !== undefined && (flags.value.constant & creating) === 0n;
  // In a variable the flags may have it on another way, for which the mode is there.
  const isChosen = () =>
    flags.expr.kind === 'name' && /\bO_(?:CREAT|TMPFILE)\b/.test(context.code(context.scope.definition.body));
  if (useless && mode?.value.constant !== undefined && mode.value.constant !== 0n && !isChosen()) {
    context.report({
      span: mode.expr,
      severity: 'information',
      message: `\`${event.name}\` ignores the mode, because the flags have no O_CREAT. Add O_CREAT if the object is to be created here, or leave the mode out.`,
    });
  }
}

/** Only a missing mode can be filled in without asking: 0600 lets in nobody but the owner. */
function modeFix(event: CallEvent, extra: string[], given: number) {
  const last = event.args.at(-1);
  if (extra.length !== 1 || given !== 0 || !last || event.at.start !== event.expr.start) {
    return {};
  }
  const at = event.expr.end - 1;
  return { fix: { title: 'Add the mode 0600', edits: [{ span: { start: at, end: at }, text: ', 0600' }] } };
}

function checkExclusive(event: CallEvent, flags: Operand, context: RuleContext): void {
  const bits = flags.value.constant;
  if (bits === undefined) {
    return;
  }
  const exclusive = (bits & constantNamed('O_EXCL')) !== 0n;
  const creates = (bits & (constantNamed('O_CREAT') | constantNamed('O_TMPFILE'))) !== 0n;
  const device = event.args[0]?.value.text?.startsWith('/dev/') ?? true;
  if (exclusive && !creates && (!device || !event.name.startsWith('open'))) {
    context.report({
      span: flags.expr,
      severity: 'warning',
      message: `O_EXCL has a defined meaning only beside O_CREAT, so this \`${event.name}\` does not check that the object is new. Add O_CREAT, or drop O_EXCL.`,
    });
  }
}

function list(names: string[]): string {
  const quoted = names.map((name) => `\`${name}\``);
  return quoted.length < 2 ? (quoted[0] ?? '') : `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`;
}
