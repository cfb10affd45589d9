/** Calls on signals, as C. A handler is SIG_DFL, SIG_IGN or `note`, which counts. */
import type { CallText } from '../kit';

const noteDefinition = `/* How often each signal was handled. A handler may do little more than count. */
static volatile sig_atomic_t handled_signals[65];

static void note(int signal)
{
    handled_signals[signal]++;
}`;

export const signalCalls: CallText[] = [
  {
    name: 'sigaction',
    headers: ['signal.h'],
    /** Signal, handler, flags. */
    text: (step) => `sigaction(${step.args[0]}, &(struct sigaction){.sa_handler = ${step.args[1]}}, NULL)`,
    code(step, writer) {
      const [signal, handler, flags] = step.args as [string, string, string?];
      if (handler === 'note') writer.needs.definitions.add(noteDefinition);
      const members = [`.sa_handler = ${handler}`, ...(flags ? [`.sa_flags = ${flags}`] : [])].join(', ');
      writer.declare('action', `struct sigaction action = {${members}};`);
      writer.line('sigemptyset(&action.sa_mask);');
      writer.plain(step, `sigaction(${signal}, &action, NULL)`);
    },
  },
  {
    /** Not a call of the system: how often `note` ran for a signal. */
    name: 'handled',
    inC: 'handled',
    headers: ['signal.h'],
    text: (step) => `handled(${step.args[0]})`,
    code(step, writer) {
      writer.needs.definitions.add(noteDefinition);
      writer.needs.definitions.add(
        'static int handled(int signal)\n{\n    return handled_signals[signal];\n}',
      );
      writer.assign('int', step.into ?? 'times', `handled(${step.args[0]})`);
      writer.say('%s was handled %d times', `strsignal(${step.args[0]})`, step.into ?? 'times');
      writer.needs.headers.add('string.h');
    },
  },
];
