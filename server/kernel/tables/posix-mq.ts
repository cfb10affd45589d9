import { errorPhrase } from '../errors';
import type { NativePosixMq, NativePosixMqLimits } from '../native';
import { type Context, defineTable, failed } from '../table';
import type { KernelRow } from '../view';
import { bytes, count, moment } from '../words';
import { fileHolders, fileVerdict, identity, mayRemove, removal, shellWord } from './files';

const title = 'POSIX message queues';

/** Why names cannot be listed although queues may well exist. */
const unlisted = {
  'not-mounted':
    'The names of POSIX message queues cannot be listed, because no mqueue file system is mounted; queues may exist all the same. To see them: sudo mkdir -p /dev/mqueue && sudo mount -t mqueue none /dev/mqueue',
  foreign:
    'The names of POSIX message queues cannot be listed: /dev/mqueue shows the queues of another IPC namespace than the one IPC Lens runs in. To see them, mount an mqueue file system inside this namespace.',
};

interface Limits extends NativePosixMqLimits {
  queues: number;
  /** Where the queues are listed, to name a file for a shell. */
  mount: string;
}

function row(queue: NativePosixMq, context: Context, limits: Limits): KernelRow {
  const details = identity(queue, context.people);
  const { messages, maxMessages, maxMessageBytes } = queue;
  let description: string;
  if (messages === undefined || maxMessages === undefined || maxMessageBytes === undefined) {
    description = `not readable: ${queue.error ? errorPhrase(queue.error) : 'no answer'}`;
    details.push({ label: 'Content', value: description });
  } else {
    description = `${messages} of ${count(maxMessages, 'message')}`;
    details.push(
      { label: 'Messages', value: `${messages} of at most ${maxMessages}${fullness(messages, maxMessages)}` },
      { label: 'Largest message', value: bytes(maxMessageBytes) },
      { label: 'Notification', value: "told by a look inside: asking moves the times of the queue's file" },
    );
  }
  details.push(
    // Reading /dev/mqueue/NAME moves the change time; the modification time moves with messages alone.
    { label: 'Created or last used', value: moment(queue.modified) },
    { label: 'On this system', value: system(limits) },
  );
  const id = `posix-mq:${queue.name}`;
  const row: KernelRow = {
    id,
    label: queue.name,
    description,
    details,
    removable: mayRemove(queue, context.self),
  };
  if (messages !== undefined && maxMessages !== undefined)
    row.fill = { used: messages, capacity: maxMessages, unit: 'messages' };
  return row;
}

/** A full queue blocks mq_send, an empty one mq_receive. */
function fullness(messages: number, most: number): string {
  return messages === most ? ' (full: the next mq_send waits)' : '';
}

function system({ queues, maxQueues }: Limits): string {
  return maxQueues < 0 ? count(queues, 'queue') : `${queues} of at most ${count(maxQueues, 'queue')}`;
}

export const posixMq = defineTable<NativePosixMq, Limits>({
  facility: 'posix-mq',
  title,
  read(addon) {
    const answer = addon.posixMq.read();
    if (answer.error) return failed(title, answer.error);
    if (!answer.objects) return { problem: unlisted[answer.unlisted ?? 'not-mounted'] };
    const { objects, limits, mount = '' } = answer;
    return { records: objects, limits: { ...limits, queues: objects.length, mount } };
  },
  row,
  holders: fileHolders,
  verdict: fileVerdict,
  seen: (record, scan) => scan.mayHideHolder(record),
  peekable: ({ error }) => error === undefined,
  removal: (queue, { people }, { mount }) =>
    removal('message queue', `rm ${shellWord((mount || '/dev/mqueue') + queue.name)}`, queue, people),
  remove: (addon, queue) => addon.posixMq.remove({ name: queue.name }),
});
