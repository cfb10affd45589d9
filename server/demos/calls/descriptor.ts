/** Calls on descriptors of any kind, and the pipe's own, as C. Arguments are those of C unless said otherwise. */
import type { CodeWriter } from '../code';
import type { BufferSizes, CallText } from '../kit';
import { endingOf, type Step } from '../scenario';

export const asC = (step: Step) => `${step.call}(${step.args.join(', ')})`;

/** `sizeof buf` where the call may fill the whole buffer, the number where it shall take less. */
export function sizeText(buffer: string, size: string, sizes: BufferSizes): string {
  return sizes.get(buffer) === Number(size) ? `sizeof ${buffer}` : size;
}

const readText = (step: Step, sizes: BufferSizes) => {
  const [fd, buffer, size] = step.args as [string, string, string];
  return `read(${fd}, ${buffer}, ${sizeText(buffer, size, sizes)})`;
};

/** The variable that takes the count of a call that may move fewer bytes than asked. */
export function assignCount(step: Step, writer: CodeWriter, count: string, call: string): void {
  writer.assign('ssize_t', count, call);
  writer.checkVariable(count, step.call);
}

/** A buffer as large as the largest that is read into it. */
export function declareBuffer(writer: CodeWriter, buffer: string, size: string): void {
  writer.declare(buffer, `char ${buffer}[${writer.sizes.get(buffer) ?? size}];`);
}

/** Bytes that came are shown as text only where the script knows them as text. */
export function tellBytes(step: Step, writer: CodeWriter, count: string, buffer: string): void {
  const ending = endingOf(step.expect);
  const known = ending && 'returns' in ending && ending.data !== undefined;
  if (known) writer.say(`${step.call} gave %zd bytes: %.*s`, count, `(int)${count}, ${buffer}`);
  else writer.say(`${step.call} gave %zd bytes`, count);
}

/** The statements of a call that fills a buffer and returns how much. */
export function receiveCode(step: Step, writer: CodeWriter, call: string): void {
  const [, buffer, size] = step.args as [string, string, string];
  const count = step.into ?? 'n';
  const ending = endingOf(step.expect);
  declareBuffer(writer, buffer, size);
  if (ending && 'fails' in ending) {
    writer.plain(step, call);
    return;
  }
  assignCount(step, writer, count, call);
  if (ending && 'eof' in ending) {
    writer.needs.headers.add('stdio.h');
    writer.guard(`${count} == 0`, writer.saying(`${step.call} gave 0: end-of-file`));
  } else tellBytes(step, writer, count, buffer);
}

/** The statements of a call that sends and returns how much. */
export function sendCode(step: Step, writer: CodeWriter, call: string): void {
  if (step.into === undefined) {
    writer.plain(step, call);
    return;
  }
  assignCount(step, writer, step.into, call);
  writer.say(`${step.call} took %zd bytes`, step.into);
}

export const simple = (name: string, headers: string[], more: Partial<CallText> = {}): CallText => ({
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
  simple('pipe2', ['fcntl.h', 'unistd.h'], {
    define: '_GNU_SOURCE',
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
    buffer: { argument: 1, size: 2 },
    code: (step, writer) => receiveCode(step, writer, readText(step, writer.sizes)),
  },
  simple('write', ['unistd.h'], {
    handle: { argument: 0, kind: 'descriptor' },
    transfer: 'in',
    code: (step, writer) => sendCode(step, writer, asC(step)),
  }),
  simple('close', ['unistd.h'], { handle: { argument: 0, kind: 'descriptor' } }),
  simple('open', ['fcntl.h', 'sys/stat.h'], { handle: { argument: 0, kind: 'file' } }),
  simple('mkfifo', ['sys/stat.h', 'sys/types.h'], { handle: { argument: 0, kind: 'file' } }),
  simple('unlink', ['unistd.h'], { handle: { argument: 0, kind: 'file' } }),
  simple('dup', ['unistd.h'], { handle: { argument: 0, kind: 'descriptor' } }),
  simple('dup2', ['unistd.h'], { handle: { argument: 0, kind: 'descriptor' } }),
  simple('fcntl', ['fcntl.h', 'unistd.h'], {
    handle: { argument: 0, kind: 'descriptor' },
    code(step, writer) {
      if (/PIPE_SZ/.test(step.args[1]!)) writer.needs.defines.add('_GNU_SOURCE');
      writer.plain(step, asC(step));
      const ending = endingOf(step.expect);
      if (!step.into || (ending && 'fails' in ending)) return;
      if (step.args[1] === 'F_GETPIPE_SZ') writer.say('the pipe holds up to %d bytes', step.into);
      if (step.args[1] === 'F_SETPIPE_SZ') writer.say('the pipe holds %d bytes now', step.into);
    },
  }),
];
