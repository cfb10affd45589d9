/**
 * Calls on signals, as C. A handler is SIG_DFL, SIG_IGN or `note`, which counts. Where C takes a set, its signals are the last
 * arguments here. `handled` asks how often `note` ran; `read_signal` reads one signal from a signalfd.
 */
import type { CodeWriter } from '../code';
import type { CallText } from '../kit';
import { endingOf, type Step } from '../scenario';

const own = 'process';

const countsDefinition = `/* How often each signal was handled. A handler may do little more than count. */
static volatile sig_atomic_t handled_signals[65];`;
const noteDefinition = `static void note(int signal)
{
    handled_signals[signal]++;
}`;

/** The program's variable for a set of these signals, made when it is first needed. */
function setOf(signals: string[], writer: CodeWriter): string {
  const words = signals.map((signal) => signal.replace(/^SIG/, '').replace(/\W+/g, '').toLowerCase());
  const base = signals.length === 0 ? 'none' : `${words.join('_')}_set`;
  const { name, first } = writer.variables.own(base, 'sigset_t');
  if (!first) return name;
  writer.line(`sigset_t ${name};`);
  writer.line(`sigemptyset(&${name});`);
  for (const signal of signals) writer.line(`sigaddset(&${name}, ${signal});`);
  return name;
}

const braces = (signals: string[]) => `{${signals.join(', ')}}`;

/** A signal with what was sent along. */
function tellSignal(step: Step, writer: CodeWriter, number: string, value: string): void {
  const ending = endingOf(step.expect);
  if (ending && 'fails' in ending) return;
  writer.say('signal %d with the value %d', number, value);
}

/** Calls that take a set, and how many arguments stand before its signals. */
function withSet(
  name: string,
  before: number,
  code: (step: Step, writer: CodeWriter, set: string) => void,
  text: (args: string[], set: string) => string,
  more: Partial<CallText> = {},
): CallText {
  return {
    name,
    headers: ['signal.h'],
    own,
    text: ({ args }) => text(args, braces(args.slice(before))),
    code: (step, writer) => code(step, writer, setOf(step.args.slice(before), writer)),
    ...more,
  };
}

const sets: CallText[] = [
  withSet(
    'sigprocmask',
    1,
    (step, writer, set) => writer.plain(step, `sigprocmask(${step.args[0]}, &${set}, NULL)`),
    (args, set) => `sigprocmask(${args[0]}, ${set}, NULL)`,
  ),
  withSet(
    'sigsuspend',
    0,
    (step, writer, set) => writer.plain(step, `sigsuspend(&${set})`),
    (_args, set) => `sigsuspend(${set})`,
  ),
  withSet(
    'sigwaitinfo',
    0,
    (step, writer, set) => {
      const info = writer.own('info', 'siginfo_t');
      writer.plain({ ...step, into: step.into ?? 'number' }, `sigwaitinfo(&${set}, &${info})`);
      tellSignal(step, writer, `${info}.si_signo`, `${info}.si_value.sival_int`);
    },
    (_args, set) => `sigwaitinfo(${set}, &info)`,
    { transfer: 'out' },
  ),
  withSet(
    'sigtimedwait',
    1,
    (step, writer, set) => {
      const info = writer.own('info', 'siginfo_t');
      const patience = writer.structure('patience', 'struct timespec', `{.tv_sec = ${step.args[0]}}`);
      writer.plain(step, `sigtimedwait(&${set}, &${info}, &${patience})`);
      tellSignal(step, writer, `${info}.si_signo`, `${info}.si_value.sival_int`);
    },
    (args, set) => `sigtimedwait(${set}, &info, {${args[0]}})`,
    { transfer: 'out', headers: ['signal.h', 'time.h'] },
  ),
  withSet(
    'signalfd',
    1,
    (step, writer, set) => writer.plain(step, `signalfd(-1, &${set}, ${step.args[0]})`),
    (args, set) => `signalfd(-1, ${set}, ${args[0]})`,
    { headers: ['signal.h', 'sys/signalfd.h'] },
  ),
];

const sigaction: CallText = {
  name: 'sigaction',
  headers: ['signal.h'],
  own,
  /** Signal, handler, flags. */
  text({ args }) {
    const members = [`.sa_handler = ${args[1]}`, ...(args[2] ? [`.sa_flags = ${args[2]}`] : [])].join(', ');
    return `sigaction(${args[0]}, &(struct sigaction){${members}}, NULL)`;
  },
  code(step, writer) {
    const [signal, handler, flags] = step.args as [string, string, string?];
    const content = `{${[`.sa_handler = ${handler}`, ...(flags ? [`.sa_flags = ${flags}`] : [])].join(', ')}}`;
    if (handler === 'note') writer.needs.definitions.add(countsDefinition).add(noteDefinition);
    const action = writer.filled('action', 'struct sigaction', content);
    writer.line(`sigemptyset(&${action}.sa_mask);`);
    writer.plain(step, `sigaction(${signal}, &${action}, NULL)`);
  },
};

export const signalCalls: CallText[] = [
  sigaction,
  ...sets,
  {
    name: 'sigpending',
    headers: ['signal.h'],
    own,
    text: () => 'sigpending(&pending)',
    code(step, writer) {
      const pending = writer.own('pending', 'sigset_t');
      writer.plain(step, `sigpending(&${pending})`);
      for (const signal of step.args)
        writer.say(`${signal} is %s`, `sigismember(&${pending}, ${signal}) == 1 ? "pending" : "not pending"`);
    },
  },
  {
    name: 'sigqueue',
    headers: ['signal.h'],
    handle: { argument: 0, kind: 'process' },
    transfer: 'in',
    text: ({ args }) => `sigqueue(${args[0]}, ${args[1]}, {${args[2]}})`,
    code(step, writer) {
      const [pid, signal, value] = step.args;
      const { name, first } = writer.variables.own('value', 'union sigval');
      writer.line(
        first ? `union sigval ${name} = {.sival_int = ${value}};` : `${name}.sival_int = ${value};`,
      );
      writer.plain(step, `sigqueue(${pid}, ${signal}, ${name})`);
    },
  },
  {
    name: 'read_signal',
    inC: 'read',
    headers: ['unistd.h', 'sys/signalfd.h'],
    own,
    transfer: 'out',
    text: ({ args }) => `read(${args[0]}, &news, sizeof news)`,
    code(step, writer) {
      const news = writer.own('news', 'struct signalfd_siginfo');
      writer.needs.headers.add('stdio.h').add('stdlib.h');
      writer.act(`if (read(${step.args[0]}, &${news}, sizeof ${news}) != sizeof ${news})`);
      writer.line('    die("read");');
      tellSignal(step, writer, `(int)${news}.ssi_signo`, `${news}.ssi_int`);
    },
  },
  {
    /** Not a call of the system: how often `note` ran for a signal. */
    name: 'handled',
    inC: 'handled',
    headers: ['signal.h'],
    own,
    text: (step) => `handled(${step.args[0]})`,
    code(step, writer) {
      writer.needs.definitions.add(countsDefinition);
      writer.needs.definitions.add(
        'static int handled(int signal)\n{\n    return handled_signals[signal];\n}',
      );
      writer.assign('int', step.into ?? 'times', `handled(${step.args[0]})`);
      writer.say('%s was handled %d times', `strsignal(${step.args[0]})`, step.into ?? 'times');
      writer.needs.headers.add('string.h');
    },
  },
];
