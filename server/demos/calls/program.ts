/** Running other programs, as C: exec and popen, with the few command lines that the actor offers. execlp ends in NULL by itself. */
import type { CodeWriter } from '../code';
import type { CallText } from '../kit';
import { endingOf, type Step } from '../scenario';

const headers = ['stdio.h'];
const stream = (argument: number) => ({ argument, kind: 'descriptor' }) as const;

const execText = ({ args }: Step) => `execlp(${args.join(', ')}, (char *)NULL)`;
const text = (step: Step) => `${step.call}(${step.args.join(', ')})`;

function closeCode(step: Step, writer: CodeWriter): void {
  const status = step.into ?? 'status';
  const ending = endingOf(step.expect);
  writer.needs.headers.add('sys/wait.h');
  writer.plain({ ...step, into: status }, text(step));
  if (ending && 'returns' in ending && ending.child)
    writer.guard(
      `WIFEXITED(${status})`,
      writer.saying('the command exited with status %d', `WEXITSTATUS(${status})`),
    );
}

function getsCode(step: Step, writer: CodeWriter): void {
  const [buffer, size, from] = step.args as [string, string, string];
  const ending = endingOf(step.expect);
  const ends = ending && 'eof' in ending;
  writer.declare(buffer, `char ${buffer}[${size}];`);
  writer.act(`if (fgets(${buffer}, sizeof ${buffer}, ${from}) ${ends ? '=' : '!'}= NULL)`);
  writer.line(
    `    ${ends ? writer.saying('fgets gave NULL: end-of-file') : writer.saying('fgets gave: %s', buffer).replace('\\n"', '"')}`,
  );
}

const commandSize = 64;

/** Variable, the text's beginning, count and bytes that are put behind it. */
const composeText = ({ args: [into, text, count, bytes] }: Step) =>
  `snprintf(${into}, sizeof ${into}, ${text!.slice(0, -1)}%.*s", (int)${count}, ${bytes})`;

export const programCalls: CallText[] = [
  {
    name: 'execlp',
    headers: ['unistd.h'],
    text: execText,
    code(step, writer) {
      writer.act(`${execText(step)};`);
      writer.line('die("execlp");');
    },
  },
  {
    name: 'popen',
    headers,
    result: (fd) => `returned a stream on descriptor ${fd}`,
    text,
    code(step, writer) {
      writer.assign('FILE *', step.into ?? 'stream', text(step));
      writer.guard(`${step.into ?? 'stream'} == NULL`, 'die("popen");');
    },
  },
  {
    name: 'pclose',
    headers,
    handle: stream(0),
    text,
    code: closeCode,
  },
  {
    name: 'fputs',
    headers,
    handle: stream(1),
    text,
    code(step, writer) {
      writer.act(`if (${text(step)} == EOF)`);
      writer.line('    die("fputs");');
    },
  },
  {
    name: 'snprintf',
    headers,
    result: (length) => `returned ${length}`,
    text: composeText,
    wire: ({ args: [into, text, , bytes] }) => [into!, text!, bytes!],
    code(step, writer) {
      writer.declare(step.args[0]!, `char ${step.args[0]}[${commandSize}];`);
      writer.act(`${composeText(step)};`);
    },
  },
  {
    name: 'fflush',
    headers,
    handle: stream(0),
    text,
    code(step, writer) {
      writer.act(`if (${text(step)} == EOF)`);
      writer.line('    die("fflush");');
    },
  },
  {
    name: 'fgets',
    headers,
    handle: stream(2),
    transfer: 'out',
    zeroMeans: 'end-of-file',
    result: (number) => (number === 0 ? 'returned NULL' : 'returned a line'),
    text: ({ args }) => `fgets(${args[0]}, sizeof ${args[0]}, ${args[2]})`,
    code: getsCode,
  },
];
