/** Mutexes and condition variables of POSIX threads, as C. Arguments are those of C; the calls return an error's number. */
import type { CodeWriter } from '../code';
import type { CallText } from '../kit';
import type { Step } from '../scenario';
import { asC } from './descriptor';

const headers = ['pthread.h'];
const mutex = { handle: { argument: 0, kind: 'mutex' } } as const;
const condition = { handle: { argument: 0, kind: 'condition' } } as const;

/** Attributes are known to the actor by their name alone. */
const bare = ({ args }: Step) => args.map((arg) => (arg.includes('->') ? arg : arg.replace(/^&/, '')));

const thread = (name: string, more: Partial<CallText> = {}): CallText => ({
  name,
  headers,
  returnsError: true,
  text: asC,
  wire: bare,
  code: (step, writer) => writer.plainError(step, asC(step)),
  ...more,
});

/** The variable for the attributes is declared where it is initialised. */
const declaring = (name: string, type: string): CallText =>
  thread(name, {
    code(step: Step, writer: CodeWriter) {
      const variable = step.args[0]!.replace(/^&/, '');
      writer.declare(variable, `${type} ${variable};`);
      writer.plainError(step, asC(step));
    },
  });

export const mutexCalls: CallText[] = [
  declaring('pthread_mutexattr_init', 'pthread_mutexattr_t'),
  thread('pthread_mutexattr_setpshared'),
  thread('pthread_mutexattr_setrobust'),
  thread('pthread_mutexattr_settype'),
  thread('pthread_mutexattr_destroy'),
  thread('pthread_mutex_init', mutex),
  thread('pthread_mutex_lock', mutex),
  thread('pthread_mutex_trylock', mutex),
  thread('pthread_mutex_unlock', mutex),
  thread('pthread_mutex_consistent', mutex),
  thread('pthread_mutex_destroy', mutex),
  declaring('pthread_condattr_init', 'pthread_condattr_t'),
  thread('pthread_condattr_setpshared'),
  thread('pthread_condattr_destroy'),
  thread('pthread_cond_init', condition),
  thread('pthread_cond_wait', condition),
  thread('pthread_cond_signal', condition),
  thread('pthread_cond_broadcast', condition),
];
