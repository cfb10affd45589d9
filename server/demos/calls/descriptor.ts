/** Calls on descriptors of any kind, and the pipe's own, as C. Arguments are those of C unless said otherwise. */
import type { CodeWriter } from '../code';
import type { BufferSizes, CallText } from '../kit';
import { endingOf, type Step } from '../scenario';

const asC = (step: Step) => `${step.call}(${step.args.join(', ')})`;

/** `sizeof buf` where the call may fill the whole buffer, the number where it shall take less. */
export function sizeText(buffer: string, size: string, sizes: BufferSizes): string {
  return sizes.get(buffer) === Number(size) ? `sizeof ${buffer}` : size;
}

const readText = (step: Step, sizes: BufferSizes) => {
  const [fd, buffer, size] = step.args as [string, string, string];
  return `read(${fd}, ${buffer}, ${sizeText(buffer, size, sizes)})`;
};

/** Bytes that came are shown as text only where the script knows them as text. */
export function tellBytes(step: Step, writer: CodeWriter, count: string, buffer: string): void {
  const ending = endingOf(step.expect);
  const known = ending && 'returns' in ending && ending.data !== undefined;
  if (known) writer.say(`${step.call} gave %zd bytes: %.*s`, count, `(int)${count}, ${buffer}`);
  else writer.say(`${step.call} gave %zd bytes`, count);
}

function readCode(step: Step, writer: CodeWriter): void {
  const [, buffer, size] = step.args as [string, string, string];
  const count = step.into ?? 'n';
  const ending = endingOf(step.expect);
  writer.declare(buffer, `char ${buffer}[${size}];`);
  writer.assign('ssize_t', count, readText(step, writer.sizes));
  writer.checkVariable(count, 'read');
  if (ending && 'eof' in ending) {
    writer.needs.headers.add('stdio.h');
    writer.guard(`${count} == 0`, writer.saying('read gave 0: end-of-file'));
  } else tellBytes(step, writer, count, buffer);
}

const simple = (name: string, headers: string[], more: Partial<CallText> = {}): CallText => ({
  name,
  headers,
  text: asC,
  code: (step, writer) => writer.plain(step, asC(step)),
  ...more,
});

export const descriptorCalls: CallText[] = [
  simple('pipe', ['unistd.h'], {
    code(step, writer) {
      writer.declare(step.args[0]!, `int ${step.args[0]}[2];`);
      writer.plain(step, asC(step));
    },
  }),
  {
    name: 'read',
    headers: ['unistd.h'],
    handle: { argument: 0, kind: 'descriptor' },
    transfer: 'out',
    zeroMeans: 'end-of-file',
    text: readText,
    code: readCode,
  },
  simple('write', ['unistd.h'], {
    handle: { argument: 0, kind: 'descriptor' },
    transfer: 'in',
    code(step, writer) {
      if (step.into === undefined) return writer.plain(step, asC(step));
      writer.assign('ssize_t', step.into, asC(step));
      writer.checkVariable(step.into, 'write');
    },
  }),
  simple('close', ['unistd.h'], { handle: { argument: 0, kind: 'descriptor' } }),
  simple('dup', ['unistd.h'], { handle: { argument: 0, kind: 'descriptor' } }),
  simple('dup2', ['unistd.h'], { handle: { argument: 0, kind: 'descriptor' } }),
  simple('fcntl', ['fcntl.h', 'unistd.h'], {
    handle: { argument: 0, kind: 'descriptor' },
    code(step, writer) {
      if (/PIPE_SZ/.test(step.args[1]!)) writer.needs.defines.add('_GNU_SOURCE');
      writer.plain(step, asC(step));
      if (step.args[1] === 'F_GETPIPE_SZ' && step.into)
        writer.say('the pipe holds up to %d bytes', step.into);
    },
  }),
];
