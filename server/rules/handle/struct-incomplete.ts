import type { CallEvent } from '../../analysis/events';
import { choicesOf } from '../../analysis/values';
import { type CType, type Declarator, type Expr, type Span, someExprIn, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Report, Rule, RuleContext } from '../rule';
import { fixOf, insertedBefore, lineOf } from '../shared/edits';
import { isLeftBehind } from '../shared/left-behind';
import { isLoop, loopAround } from '../shared/loops';
import { arms, around, contains } from '../shared/statements';
import { constantNamed, isDirect } from '../shared/support';
import { callsIn } from '../shared/uses';
import { mayPrecede, nameMadeBy, type Setting, settingsOf } from './setting';
import { unfilledSet } from './struct-given';
import {
  notifications,
  preparedBy,
  type Reading,
  readings,
  type Structure,
  structures,
} from './struct-members';

export const structIncomplete: Rule = {
  meta: {
    id: 'handle/struct-incomplete',
    severity: 'error',
    preset: 'recommended',
    title: 'A structure is handed to the kernel with members that were never set',
    explanation:
      'A local variable starts with whatever lay on the stack. The kernel takes that for flags, lengths and offsets: the program works or fails from one build to the next.',
    silence:
      'Variables with an initialiser, static and global ones, and structures that are cleared, copied or given to functions whose text is not known.',
    references: [
      { page: 'sigaction', section: 2 },
      { page: 'fcntl', section: 2 },
      { page: 'semop', section: 2 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <unistd.h>

int lock(int fd) {
  struct flock lock;
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = 0;
  return fcntl(fd, F_SETLKW, &lock);
}
`,
      good: `#include <fcntl.h>
#include <unistd.h>

int lock(int fd) {
  struct flock lock;
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = 0;
  lock.l_len = 0;
  return fcntl(fd, F_SETLKW, &lock);
}
`,
    },
  },
  check() {
    // Of several calls that read one variable the first tells all.
    const first = new Map<Declarator, { at: number; send: () => void }>();
    const said = new Set<Expr>();
    return {
      call(event, context) {
        const name = event.site ? event.name : event.into ? nameMadeBy(event.expr, context) : undefined;
        const known = name !== undefined && Object.hasOwn(readings, name) ? readings[name] : undefined;
        for (const reading of known ?? []) {
          const given =
            reading.structure === 'sigset' && event.site
              ? unfilledSet(event, event.args[reading.index]?.expr, context)
              : undefined;
          if (given && !said.has(event.expr)) context.report(given);
          if (given) said.add(event.expr);
          const found =
            isMeant(event, reading) && !comesBack(event, context)
              ? faultOf(event, reading, context)
              : undefined;
          if (!found || (first.get(found.declared)?.at ?? Number.POSITIVE_INFINITY) <= event.at.start)
            continue;
          first.set(found.declared, { at: event.at.start, send: () => context.report(found.report) });
        }
      },
      end() {
        for (const { send } of first.values()) send();
      },
    };
  },
};

function isMeant(event: CallEvent, { commands }: Reading): boolean {
  const given = event.args[1]?.value;
  const possible = given && choicesOf(given);
  return (
    commands === undefined ||
    possible?.every((number) => commands.some((name) => constantNamed(name) === number)) === true
  );
}

/** The call may be come back to by longjmp, with its variables set in the meantime. */
function comesBack({ expr }: CallEvent, { scope: { definition } }: RuleContext): boolean {
  const loop = loopAround(definition, expr);
  return callsIn(definition, /^_*(?:sig)?setjmp$/).some(
    (place) => place.start < expr.start || (loop !== undefined && contains(loop, place)),
  );
}

function faultOf(
  event: CallEvent,
  reading: Reading,
  context: RuleContext,
): { declared: Declarator; report: Report } | undefined {
  const arg = event.args[reading.index]?.expr;
  const name = arg && variableIn(arg);
  const declared = name === undefined ? undefined : uninitialised(name, context);
  const structure: Structure = structures[reading.structure];
  if (name === undefined || !declared || !isOfType(declared.type, structure.type, context)) {
    return undefined;
  }
  const { definition } = context.scope;
  const settings = settingsOf(definition, name, context)?.filter(
    ({ at }) => mayPrecede(definition, at, event.expr) && !isLeftBehind(context, at, event.expr),
  );
  if (!settings) {
    return undefined;
  }
  const missingIn = (set: Setting[]) =>
    elementsRead(event, reading, declared).flatMap((element) =>
      missingFrom(structure, set, element).map((member) => `${element ?? ''}${member}`),
    );
  const chosen = new Set(settings.filter(({ at }) => isOption(at, event.expr, context)));
  const never = missingIn(settings);
  const missing = never.length > 0 ? never : missingIn(settings.filter((one) => !chosen.has(one)));
  if (missing.length === 0) {
    return copiedFrom(event, name, settings, context);
  }
  const report: Report = {
    span: event.at,
    message: message(event.name, name, missing, reading, never.length === 0),
    related: [{ span: declared.nameSpan, message: `\`${name}\` starts with what lay on the stack` }],
    ...initialiseFix(event, declared, reading, missing, context),
  };
  return { declared, report };
}

/** `sa.sa_mask = set;`, where nothing has given `set` a value before. */
function copiedFrom(
  { name: call, at, expr }: CallEvent,
  name: string,
  settings: Setting[],
  context: RuleContext,
): { declared: Declarator; report: Report } | undefined {
  const masks = settings.filter(({ member }) => member === 'sa_mask' || member === undefined);
  const value = masks.length === 1 ? masks[0]?.value : undefined;
  const declared = value?.kind === 'name' ? uninitialised(value.name, context) : undefined;
  if (!declared || !isOfType(declared.type, structures.sigset.type, context)) return undefined;
  const set = declared.name;
  const given = settingsOf(context.scope.definition, set, context);
  if (given?.some((setting) => mayPrecede(context.scope.definition, setting.at, expr)) !== false)
    return undefined;
  const report: Report = {
    span: at,
    message: `\`${call}\` reads \`${name}.sa_mask\`, a copy of \`${set}\`, which nothing has initialised: any signals may be blocked while the handler runs. Call \`sigemptyset(&${set})\` first.`,
    related: [{ span: declared.nameSpan, message: `\`${set}\` starts with what lay on the stack` }],
  };
  return { declared, report };
}

/** Structures whose missing members mean what they should when they are zero, and members that never do. */
const zeroFits = new Set<Reading['structure']>([
  'sigaction',
  'flock',
  'ofdLock',
  'sembuf',
  'msghdr',
  'hints',
  'timespec',
  'itimerspec',
  'itimerval',
]);
const neverZero = /^(?:sa_handler|l_type|sem_op|msg_iov|msg_iovlen|tv_sec|it_value)$/;

function initialiseFix(
  event: CallEvent,
  { nameSpan, name, type }: Declarator,
  { structure }: Reading,
  missing: string[],
  context: RuleContext,
) {
  const prepare = preparedBy[structure];
  if (prepare) {
    const line = isDirect(event.at, event.expr) ? lineOf(event.expr, context.scope.definition) : undefined;
    return fixOf(`Call ${prepare} first`, line && insertedBefore(line, `${prepare}(&${name});`, context));
  }
  const fits =
    zeroFits.has(structure) && !missing.some((member) => neverZero.test(member)) && type.k !== 'array';
  return fixOf(
    'Initialise it with zeros',
    fits ? [{ span: { start: nameSpan.end, end: nameSpan.end }, text: ' = {0}' }] : undefined,
  );
}

/** Set where an option of the command line says so, and the call comes in any case. */
function isOption(at: Span, call: Expr, { scope: { definition } }: RuleContext): boolean {
  const loop = around(definition, at).findLast(isLoop);
  const asksFor = (expr: Expr) => /^getopt(?:_long(?:_only)?)?$/.test(calledName(expr) ?? '');
  return (
    loop !== undefined &&
    someExprIn(loop, asksFor) &&
    !contains(loop, call) &&
    arms(definition, call).length === 0
  );
}

function message(
  call: string,
  name: string,
  missing: string[],
  { structure }: Reading,
  isChosen: boolean,
): string {
  const prepare = preparedBy[structure];
  if (prepare) {
    return `\`${call}\` reads \`${name}\`, which nothing has initialised: it holds whatever lay on the stack. Call \`${prepare}(&${name})\` first.`;
  }
  const list = missing.map((member) => `\`${name}${/^\[/.test(member) ? '' : '.'}${member}\``).join(', ');
  const is = missing.length === 1 ? 'is' : 'are';
  if (isChosen) {
    return `\`${call}\` reads ${list}, which only an option of the command line sets: without it ${missing.length === 1 ? 'it holds' : 'they hold'} whatever lay on the stack. Set ${missing.length === 1 ? 'it' : 'them'} before the options are read.`;
  }
  return `\`${call}\` reads ${list}, which ${is} never set and ${missing.length === 1 ? 'holds' : 'hold'} whatever lay on the stack. Set ${missing.length === 1 ? 'it' : 'them'}, or initialise \`${name}\` where it is declared.`;
}

/** `&name`, `name` for an array, `&name[0]`. */
function variableIn(arg: Expr): string | undefined {
  const inner = arg.kind === 'unary' && arg.op === '&' ? arg.operand : arg;
  const base = inner.kind === 'index' ? inner.array : inner;
  const isAddress = arg !== inner || arg.kind === 'name';
  return isAddress && base.kind === 'name' ? base.name : undefined;
}

/** The only declaration of a local variable that is not given a value there. */
function uninitialised(name: string, context: RuleContext): Declarator | undefined {
  const found: Declarator[] = [];
  let set = false;
  walkStmt(context.scope.definition.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'decl') return;
      for (const declarator of stmt.declaration.declarators) {
        if (declarator.name !== name) continue;
        found.push(declarator);
        set ||= declarator.init !== undefined || stmt.declaration.storage.length > 0;
      }
    },
  });
  return found.length === 1 && !set && !context.scope.ambiguous.has(name) ? found[0] : undefined;
}

function isOfType(type: CType, name: string, context: RuleContext): boolean {
  if (type.k === 'array') {
    return isOfType(type.of, name, context);
  }
  return type.k === 'named' ? type.name === name : type.k === 'struct' && type.tag === name;
}

/** The elements that a call reads, as the text in front of the member; only those that are certain. */
function elementsRead(event: CallEvent, { count }: Reading, { type }: Declarator): (string | undefined)[] {
  const number = count === undefined ? undefined : event.args[count]?.value.constant;
  // None are read where none are given: `poll(&unused, 0, 100)` only waits.
  if (number === 0n) return [];
  if (type.k !== 'array') {
    return [undefined];
  }
  if (number === undefined || number < 1n || number > 8n) {
    return [];
  }
  return Array.from({ length: Number(number) }, (_, index) => `[${index}].`);
}

function missingFrom({ members }: Structure, settings: Setting[], element: string | undefined): string[] {
  const index = element === undefined ? undefined : BigInt(/\d+/.exec(element)![0]);
  const here = settings.filter((setting) => setting.element === undefined || setting.element === index);
  if (here.some(({ member }) => member === undefined)) {
    return [];
  }
  if (members.length === 0) {
    return ['all'];
  }
  const needed = [...members, ...notificationMembers(here)];
  const isSet = (names: string) =>
    names.split('|').some((name) => here.some(({ member }) => member === name || member === aliases[name]));
  return needed.filter((names) => !isSet(names)).map((names) => names.split('|')[0]!);
}

const aliases: Record<string, string> = {
  sa_handler: '__sigaction_handler',
  sigev_notify_function: '_sigev_un',
  sigev_notify_attributes: '_sigev_un',
};

function notificationMembers(settings: Setting[]): readonly string[] {
  const ways = settings.flatMap(({ member, value }) => (member === 'sigev_notify' && value ? [value] : []));
  const [way] = ways;
  const known = ways.length === 1 && way?.kind === 'name' && Object.hasOwn(notifications, way.name);
  return known ? (notifications[way.name] ?? []) : [];
}
