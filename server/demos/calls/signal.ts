/** Calls on signals, as C. A handler is SIG_DFL, SIG_IGN or `note`, which counts. */
import type { CallText } from '../kit';

export const signalCalls: CallText[] = [
  {
    name: 'sigaction',
    headers: ['signal.h'],
    /** Signal, handler, flags. */
    text: (step) => `sigaction(${step.args[0]}, &(struct sigaction){.sa_handler = ${step.args[1]}}, NULL)`,
    code(step, writer) {
      const [signal, handler, flags] = step.args as [string, string, string?];
      const members = [`.sa_handler = ${handler}`, ...(flags ? [`.sa_flags = ${flags}`] : [])].join(', ');
      writer.declare('action', `struct sigaction action = {${members}};`);
      writer.line('sigemptyset(&action.sa_mask);');
      writer.plain(step, `sigaction(${signal}, &action, NULL)`);
    },
  },
];
