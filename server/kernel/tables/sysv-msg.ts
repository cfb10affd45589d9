import type { NativeSlot, NativeSysvMsg, NativeSysvMsgLimits } from '../native';
import { type Context, defineTable, failed } from '../table';
import type { KernelRow } from '../view';
import { bytes, count, limit, moment } from '../words';
import {
  allGone,
  identity,
  isSlot,
  label,
  lastAction,
  mayRemove,
  remembered,
  removal,
  slotRow,
  waiting,
  withOrphan,
} from './sysv';

const title = 'System V message queues';

/** What rows tell of the whole system: what changes without them is left to limits.ts. */
type Limits = Pick<NativeSysvMsgLimits, 'queues' | 'maxQueues' | 'maxMessageBytes'>;

function row(queue: NativeSysvMsg, context: Context, limits: Limits): KernelRow {
  const details = identity(queue, context.people);
  details.push(
    { label: 'Messages', value: String(queue.messages) },
    { label: 'Content', value: `${bytes(queue.bytes)} of at most ${queue.maxBytes}${fullness(queue)}` },
    { label: 'Largest message', value: limit(limits.maxMessageBytes, bytes) },
    { label: 'Last sent', value: lastAction(queue.lastSender, queue.sent, context) },
    { label: 'Last received', value: lastAction(queue.lastReceiver, queue.received, context) },
    { label: 'Created or changed', value: moment(queue.changed) },
    { label: 'On this system', value: `${limits.queues} of at most ${count(limits.maxQueues, 'queue')}` },
  );
  const used = [
    { pid: queue.lastSender, seconds: queue.sent },
    { pid: queue.lastReceiver, seconds: queue.received },
  ];
  return withOrphan(
    {
      id: `sysv-msg:${queue.id}`,
      label: label(queue),
      description: `${count(queue.messages, 'message')}, ${queue.bytes} of ${queue.maxBytes} bytes`,
      details,
      removable: mayRemove(queue, context.self),
      fill: { used: queue.bytes, capacity: queue.maxBytes, unit: 'bytes' },
    },
    allGone(used, context),
    'the processes that last sent and received are gone',
  );
}

/** A sender blocks when its message does not fit: said as soon as it is near. */
function fullness(queue: NativeSysvMsg): string {
  const part = queue.maxBytes > 0 ? queue.bytes / queue.maxBytes : 0;
  return part >= 0.8 ? `, ${Math.floor(part * 100)} % full` : '';
}

export const sysvMsg = defineTable<NativeSysvMsg | NativeSlot, Limits>({
  facility: 'sysv-msg',
  title,
  read(addon) {
    const answer = addon.sysvMsg.read();
    if (answer.error) return failed(title, answer.error);
    const { queues, maxQueues, maxMessageBytes } = answer.limits;
    return { records: answer.objects, limits: { queues, maxQueues, maxMessageBytes } };
  },
  pids: (record) => (isSlot(record) ? [] : [record.lastSender, record.lastReceiver]),
  row: (record, context, limits) =>
    isSlot(record) ? slotRow('sysv-msg', record) : row(record, context, limits),
  holders(record, scan, context) {
    if (isSlot(record)) return undefined;
    return [
      ...waiting(`sysv-msg:${record.id}`, scan),
      ...remembered(
        [
          { pid: record.lastSender, seconds: record.sent, role: 'sent last' },
          { pid: record.lastReceiver, seconds: record.received, role: 'received last' },
        ],
        context,
      ),
    ];
  },
  peekable: (record) => !isSlot(record) && record.messages > 0,
  removal(record, { people }) {
    if (isSlot(record))
      return { subject: `slot ${record.slot}`, allowed: 'its owner', command: 'ipcrm -q ID' };
    const told = removal('message queue', '-q', record, people);
    if (record.messages > 0) told.afterwards = `${count(record.messages, 'message')} went with it.`;
    return told;
  },
  remove: (addon, record) =>
    isSlot(record) ? { error: record.error } : addon.sysvMsg.remove({ id: record.id }),
});
