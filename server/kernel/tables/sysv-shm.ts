import { mappersOf } from '../holders';
import type { NativeSlot, NativeSysvShm, NativeSysvShmLimits } from '../native';
import type { ProcScan } from '../proc/scan';
import { type Context, defineTable, failed } from '../table';
import type { KernelHolder, KernelRow } from '../view';
import { bytes, count, limit, moment, roughBytes } from '../words';
import {
  identity,
  isSlot,
  label,
  lastAction,
  mayRemove,
  remembered,
  removal,
  slotRow,
  withOrphan,
} from './sysv';

const title = 'System V shared memory segments';

/** What rows tell of the whole system: what changes without them is left to limits.ts. */
type Limits = Pick<NativeSysvShmLimits, 'segments' | 'maxSegments' | 'bytes' | 'maxBytes'>;

function description(segment: NativeSysvShm): string {
  const attached = segment.attached === 0 ? 'nobody attached' : `${segment.attached} attached`;
  return `${roughBytes(segment.size)}, ${attached}${segment.removalPending ? ', removal pending' : ''}`;
}

/** A segment whose creator is gone and which nobody has attached stays until someone removes it: svipc(7). */
function orphan(segment: NativeSysvShm, context: Context): boolean | undefined {
  if (segment.attached > 0) return false;
  const alive = context.processes.alive(segment.creator, segment.changed);
  return alive === undefined ? undefined : !alive;
}

function row(segment: NativeSysvShm, context: Context, limits: Limits): KernelRow {
  const { processes } = context;
  const details = identity(segment, context.people);
  details.push(
    { label: 'Size', value: bytes(segment.size) },
    { label: 'Attached', value: count(segment.attached, 'time') },
    { label: 'Created by', value: `process ${processes.describe(segment.creator, segment.changed)}` },
    ...lastUse(segment, context),
    { label: 'Created or changed', value: moment(segment.changed) },
  );
  if (segment.removalPending)
    details.push({ label: 'Removal', value: 'marked for removal: it goes when the last process detaches' });
  if (segment.locked) details.push({ label: 'Swapping', value: 'locked in memory (SHM_LOCK)' });
  details.push({
    label: 'On this system',
    value: `${limits.segments} of at most ${count(limits.maxSegments, 'segment')}, ${roughBytes(limits.bytes)} (limit: ${limit(limits.maxBytes, roughBytes)})`,
  });
  return withOrphan(
    {
      id: `sysv-shm:${segment.id}`,
      label: label(segment),
      description: description(segment),
      details,
      removable: mayRemove(segment, context.self),
    },
    orphan(segment, context),
    'its creator is gone and nobody has it attached',
  );
}

/**
 * Processes of this IPC namespace that have it attached: in proc_pid_maps(5) a segment's file is /SYSVkey and its inode
 * is the identifier.
 */
function attachers(segment: NativeSysvShm, scan: ProcScan, context: Context): KernelHolder[] {
  const { ipcNamespace } = context.self;
  const mapped = scan.segments
    .get(segment.id)
    ?.filter(({ process }) => process.ipcNamespace === 0 || process.ipcNamespace === ipcNamespace);
  return [
    ...mappersOf(scan, mapped).map((holder) => ({
      ...holder,
      role: holder.role.replace('has it mapped', 'has it attached'),
    })),
    ...remembered([{ pid: segment.creator, seconds: segment.changed, role: 'created it' }], context),
  ];
}

/** The kernel keeps one pid for the last of attach and detach. */
function lastUse(segment: NativeSysvShm, context: Context): KernelRow['details'] {
  const { lastAttached, lastDetached, lastUser } = segment;
  const told = (seconds: number) =>
    seconds > 0 && seconds === Math.max(lastAttached, lastDetached)
      ? lastAction(lastUser, seconds, context)
      : moment(seconds);
  return [
    { label: 'Last attached', value: told(lastAttached) },
    { label: 'Last detached', value: told(lastDetached) },
  ];
}

export const sysvShm = defineTable<NativeSysvShm | NativeSlot, Limits>({
  facility: 'sysv-shm',
  title,
  read(addon) {
    const answer = addon.sysvShm.read();
    if (answer.error) return failed(title, answer.error);
    const { segments, maxSegments, bytes, maxBytes } = answer.limits;
    return { records: answer.objects, limits: { segments, maxSegments, bytes, maxBytes } };
  },
  pids: (record) => (isSlot(record) ? [] : [record.creator, record.lastUser]),
  row: (record, context, limits) =>
    isSlot(record) ? slotRow('sysv-shm', record) : row(record, context, limits),
  holders: (record, scan, context) => (isSlot(record) ? undefined : attachers(record, scan, context)),
  peekable: (record) => !isSlot(record) && record.attached > 0,
  removal(record, { people }) {
    if (isSlot(record))
      return { subject: `slot ${record.slot}`, allowed: 'its owner', command: 'ipcrm -m ID' };
    const told = removal('shared memory segment', '-m', record, people);
    if (record.attached > 0)
      told.afterwards = `It is still attached ${count(record.attached, 'time')}: the memory goes when the last process detaches, and no new one can find it by its key.`;
    return told;
  },
  remove: (addon, record) =>
    isSlot(record) ? { error: record.error } : addon.sysvShm.remove({ id: record.id }),
});
