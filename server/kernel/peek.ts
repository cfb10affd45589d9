/** What an object holds, without taking anything out of it or attaching it. */
import { errorName, errorPhrase } from './errors';
import type { NativeAddon, NativeError } from './native';
import { signalName } from './proc/signals';
import type { Context } from './table';
import type { PeekPart, PeekResult } from './view';
import { bytes, capitalise, count } from './words';

const most = { messages: 100, messageBytes: 1024, memoryBytes: 4096 };

/** Never throws. */
export function peek(context: Context, id: string, offset = 0): PeekResult {
  const [table, name] = [id.slice(0, id.indexOf(':')), id.slice(id.indexOf(':') + 1)];
  switch (table) {
    case 'sysv-msg':
      return peekQueue(context.addon, Number(name));
    case 'posix-shm':
      return memory(context.addon, `Shared memory object ${name}`, `/dev/shm${name}`, offset);
    case 'sysv-shm':
      return peekSegment(context, Number(name), offset);
    case 'posix-mq':
      return peekPosixQueue(context, name);
    default:
      return { title: id, parts: [], problem: 'What this holds cannot be looked at without taking it out.' };
  }
}

function peekQueue(addon: NativeAddon, id: number): PeekResult {
  const title = `Message queue ${id}`;
  const answer = addon.peekMessages({ id, most: most.messages, bytes: most.messageBytes });
  if (answer.error) return { title, parts: [], problem: queueProblem(answer.error) };
  const parts = answer.messages.map(({ type, size, bytes: content }) =>
    part(
      `type ${type}, ${bytes(size)}${content.length < size ? `, the first ${content.length} shown` : ''}`,
      content,
      0,
    ),
  );
  if (parts.length < most.messages) return { title, parts };
  return { title, parts, note: `Only the first ${count(most.messages, 'message')} are shown.` };
}

/** Its messages are for mq_receive alone; what else the kernel knows of it is told. */
function peekPosixQueue({ addon, processes }: Context, name: string): PeekResult {
  const title = `Message queue ${name}`;
  const answer = addon.queueStatus({ name });
  if (answer.error) return { title, parts: [], problem: `It cannot be read: ${errorPhrase(answer.error)}.` };
  const { bytes: size, notify, signal, pid } = answer;
  processes.load([pid]);
  const told = [
    `${capitalise(bytes(size))} in its messages.`,
    pid === 0
      ? 'Nobody is registered with mq_notify.'
      : `${processes.name(pid) ?? 'Process'} (${pid}) is registered with mq_notify: ${notification(notify, signal)} when a message comes into the empty queue.`,
    'The messages themselves cannot be looked at: the kernel gives them to mq_receive only, which takes them out.',
  ];
  return { title, parts: [], note: told.join(' ') };
}

/** SIGEV_SIGNAL, SIGEV_NONE and SIGEV_THREAD of sigevent(3type). */
function notification(notify: number, signal: number): string {
  if (notify === 0) return `it gets ${signalName(signal)}`;
  return notify === 1 ? 'nothing is done (SIGEV_NONE)' : 'a thread of it runs (SIGEV_THREAD)';
}

function queueProblem(error: NativeError): string {
  switch (errorName(error.errno)) {
    case 'ENOSYS':
      return 'This kernel cannot copy messages (it was built without CONFIG_CHECKPOINT_RESTORE), and receiving would take them out.';
    case 'EACCES':
      return `The messages may not be read: ${errorPhrase(error)}. It needs read permission on the queue.`;
    case 'EINVAL':
    case 'EIDRM':
      return 'The queue no longer exists.';
    default:
      return `The messages cannot be read: ${errorPhrase(error)}.`;
  }
}

/** Attaching would count as a use, so the memory is read through the mapping of a process that has it. */
function peekSegment({ scan, addon }: Context, id: number, offset: number): PeekResult {
  const title = `Shared memory segment ${id}`;
  const mapped = scan?.segments.get(id)?.[0];
  if (!mapped)
    return {
      title,
      parts: [],
      problem:
        'Nobody that may be looked into has the segment attached. Its memory can be read only by attaching it, which would change its times and counts.',
    };
  const { start, end } = mapped.mapping;
  const path = `/proc/${mapped.process.pid}/map_files/${start.toString(16)}-${end.toString(16)}`;
  const told = memory(addon, title, path, offset);
  if (told.problem)
    told.problem = `The segment cannot be read without attaching it: it takes CAP_CHECKPOINT_RESTORE to read it through ${path}. ${told.problem}`;
  return told;
}

function memory(addon: NativeAddon, title: string, path: string, offset: number): PeekResult {
  const answer = addon.peekFile({ path, offset, length: most.memoryBytes });
  if (answer.error) {
    const untouched =
      errorName(answer.error.errno) === 'EPERM'
        ? ' It belongs to another user, and reading it would change its access time.'
        : '';
    return { title, parts: [], problem: `It cannot be read: ${errorPhrase(answer.error)}.${untouched}` };
  }
  const { size, bytes: content } = answer;
  if (content.length === 0)
    return { title, parts: [], note: size === 0 ? 'It is empty.' : `It ends before byte ${offset}.` };
  const last = offset + content.length - 1;
  return { title, parts: [part(`bytes ${offset} to ${last} of ${size}`, content, offset)] };
}

function part(heading: string, content: Buffer, offset: number): PeekPart {
  const text = asText(content);
  return { heading, dump: dump(content, offset), ...(text === undefined ? {} : { text }) };
}

/** Programs often send the terminating NUL of a string, or fill up with them: those at the end are left out. */
function asText(content: Buffer): string | undefined {
  const text = content.toString('utf8').replace(/\0+$/, '');
  return text === '' || /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]/.test(text) ? undefined : text;
}

const width = 16;

/** As `hexdump -C`, where lines of zeros that repeat are one line with an asterisk. */
export function dump(content: Buffer, offset: number): string {
  const lines: string[] = [];
  let before: string | undefined;
  for (let at = 0; at < content.length; at += width) {
    const line = content.subarray(at, at + width);
    const hex = line.toString('hex');
    if (hex === before && at + width < content.length) {
      if (lines.at(-1) !== '*') lines.push('*');
      continue;
    }
    before = hex;
    const pairs = (hex.match(/../g) ?? []).map((pair, index) => (index === 8 ? ` ${pair}` : pair)).join(' ');
    const ascii = line.toString('latin1').replace(/[^\x20-\x7e]/g, '.');
    lines.push(`${(offset + at).toString(16).padStart(8, '0')}  ${pairs.padEnd(width * 3)} |${ascii}|`);
  }
  return lines.join('\n');
}
