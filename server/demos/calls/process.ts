/**
 * Calls that make, end and await processes, as C. fork() takes one argument that C does not have: the id of the process
 * it makes. waitpid's second argument is the variable `status`.
 */
import type { CodeWriter } from '../code';
import type { CallText } from '../kit';
import { endingOf, type Step } from '../scenario';

const asC = (step: Step) => `${step.call}(${step.args.join(', ')})`;

const waitText = (step: Step) => {
  const [pid, status, options] = step.args as [string, string, string];
  return `waitpid(${pid}, &${status}, ${options})`;
};

function waitCode(step: Step, writer: CodeWriter): void {
  const status = step.args[1]!;
  const ending = endingOf(step.expect);
  writer.declare(status, `int ${status};`);
  writer.plain(step, waitText(step));
  if (!ending || !('returns' in ending) || !ending.child) return;
  writer.needs.headers.add('stdio.h');
  if ('killed' in ending.child) {
    writer.needs.headers.add('string.h');
    writer.guard(
      `WIFSIGNALED(${status})`,
      writer.saying('the child was killed: %s', `strsignal(WTERMSIG(${status}))`),
    );
  } else {
    writer.guard(
      `WIFEXITED(${status})`,
      writer.saying('the child exited with status %d', `WEXITSTATUS(${status})`),
    );
  }
}

const ends = (name: string, header: string): CallText => ({
  name,
  headers: [header, 'stdlib.h'],
  text: asC,
  code: (step, writer) => writer.act(`${asC(step)};`),
});

const checked = (name: string, headers: string[], more: Partial<CallText> = {}): CallText => ({
  name,
  headers,
  text: asC,
  code: (step, writer) => writer.plain(step, asC(step)),
  ...more,
});

export const processCalls: CallText[] = [
  {
    name: 'fork',
    headers: ['unistd.h', 'sys/types.h'],
    text: () => 'fork()',
    code(step, writer) {
      writer.assign('pid_t', step.into ?? 'pid', 'fork()');
      writer.checkVariable(step.into ?? 'pid', 'fork');
    },
  },
  ends('_exit', 'unistd.h'),
  ends('exit', 'stdlib.h'),
  {
    name: 'waitpid',
    headers: ['sys/wait.h', 'sys/types.h'],
    text: waitText,
    wire: (step) => step.args,
    code: waitCode,
  },
  checked('getpid', ['unistd.h', 'sys/types.h']),
  checked('kill', ['signal.h', 'sys/types.h'], {
    handle: { argument: 0, kind: 'process' },
    transfer: 'in',
    carries: 1,
  }),
  checked('raise', ['signal.h'], { own: 'process' }),
  {
    name: 'pause',
    own: 'process',
    headers: ['unistd.h'],
    text: asC,
    code: (_step, writer) => writer.act('pause();'),
  },
  {
    name: 'alarm',
    headers: ['unistd.h'],
    text: asC,
    code: (step, writer) => writer.act(`${asC(step)};`),
  },
];
