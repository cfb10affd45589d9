import { errorPhrase } from '../errors';
import type { NativeSlot, NativeSysvSem, NativeSysvSemLimits } from '../native';
import { type Context, defineTable, failed } from '../table';
import type { KernelRow } from '../view';
import { count, moment, names } from '../words';
import {
  allGone,
  identity,
  isSlot,
  label,
  mayRemove,
  remembered,
  removal,
  slotRow,
  waiting as waitingProcesses,
  withOrphan,
} from './sysv';

const title = 'System V semaphore sets';

/** What rows tell of the whole system: what changes without them is left to limits.ts. */
type Limits = Pick<NativeSysvSemLimits, 'sets' | 'maxSets'>;

/** Semaphores shown with a line each; of a larger set the rest is shown in lines of this many values. */
const shownEach = 16;
/** Values that fit beside the label. */
const shownBeside = 8;

const sum = (numbers: number[] = []) => numbers.reduce((total, number) => total + number, 0);

const waiting = (set: NativeSysvSem) => sum(set.waitingForIncrease) + sum(set.waitingForZero);

function description(set: NativeSysvSem): string {
  if (!set.values) {
    const why = set.error ? errorPhrase(set.error) : 'no answer';
    return `${count(set.count, 'semaphore')}, values not readable: ${why}`;
  }
  const shown = set.values.slice(0, shownBeside).join(', ');
  const more = set.count > shownBeside ? ` and ${set.count - shownBeside} more` : '';
  const waiters = waiting(set);
  return `${set.count === 1 ? 'value' : 'values'} ${shown}${more}${waiters > 0 ? `; ${waiters} waiting` : ''}`;
}

function semaphore(set: NativeSysvSem, values: number[], index: number, context: Context): string {
  const parts = [`value ${values[index]}`];
  const increase = set.waitingForIncrease?.[index] ?? 0;
  const zero = set.waitingForZero?.[index] ?? 0;
  if (increase > 0)
    parts.push(`${increase} waiting for it to grow${waiters(set, context, index, (change) => change < 0)}`);
  if (zero > 0)
    parts.push(`${zero} waiting for zero${waiters(set, context, index, (change) => change === 0)}`);
  const pid = set.lastPids?.[index] ?? 0;
  if (pid > 0) parts.push(`last operated by process ${context.processes.describe(pid, lastTouch(set))}`);
  return parts.join('; ');
}

/** Who waits so on one semaphore, by the operations that the processes gave: `: worker (4711)`. */
function waiters(
  set: NativeSysvSem,
  { scan }: Context,
  index: number,
  kind: (change: number) => boolean,
): string {
  const found = (scan?.waitingFor(`sysv-sem:${set.id}`) ?? []).filter(({ wait }) =>
    wait.operations?.some(({ semaphore, change }) => semaphore === index && kind(change)),
  );
  return found.length === 0
    ? ''
    : `: ${names(found.map(({ process: { pid, name } }) => ({ pid, program: name })))}`;
}

const undone = { 0: 'nothing', 1: 'perhaps something' } as Record<number, string>;

/** Whether the end of those who operated last undoes what they did; the kernel does not tell of which set. */
function undoDetail(set: NativeSysvSem, { scan, processes }: Context): KernelRow['details'] {
  const told = [...new Set(set.lastPids)].flatMap((pid) => {
    const process = processes.alive(pid, lastTouch(set)) ? scan?.process(pid) : undefined;
    const text = process && undone[process.undo];
    return text ? [`${process.name} (${pid}): ${text}`] : [];
  });
  return told.length === 0 ? [] : [{ label: 'Undone at exit (SEM_UNDO)', value: told.join('; ') }];
}

/** SETVAL and SETALL record the pid too but only move the change time, semop(2) only the operation time. */
const lastTouch = (set: NativeSysvSem) => Math.max(set.operated, set.changed);

function valueDetails(set: NativeSysvSem, context: Context): KernelRow['details'] {
  const { values } = set;
  if (!values)
    return [{ label: 'Values', value: `not readable: ${set.error ? errorPhrase(set.error) : ''}` }];
  const details: KernelRow['details'] = [];
  for (let index = 0; index < Math.min(values.length, shownEach); index++)
    details.push({ label: `Semaphore ${index}`, value: semaphore(set, values, index, context) });
  const lines = 8;
  for (let from = shownEach; from < values.length && from < shownEach * lines; from += shownEach) {
    const part = values.slice(from, from + shownEach);
    details.push({
      label: `Semaphores ${from} to ${from + part.length - 1}`,
      value: `values ${part.join(', ')}`,
    });
  }
  if (values.length > shownEach * lines)
    details.push({
      label: 'Further',
      value: `${values.length - shownEach * lines} semaphores are not shown`,
    });
  return details;
}

function row(set: NativeSysvSem, context: Context, limits: Limits): KernelRow {
  const details = identity(set, context.people);
  details.push(
    { label: 'Semaphores', value: String(set.count) },
    ...valueDetails(set, context),
    ...undoDetail(set, context),
    { label: 'Last semop', value: moment(set.operated) },
    { label: 'Created or changed', value: moment(set.changed) },
    { label: 'On this system', value: `${limits.sets} of at most ${count(limits.maxSets, 'set')}` },
  );
  const uses = [...new Set(set.lastPids)].map((pid) => ({ pid, seconds: lastTouch(set) }));
  return withOrphan(
    {
      id: `sysv-sem:${set.id}`,
      label: label(set),
      description: description(set),
      details,
      removable: mayRemove(set, context.self),
    },
    waiting(set) > 0 ? false : allGone(uses, context),
    'the processes that last operated on it are gone and nobody waits',
  );
}

export const sysvSem = defineTable<NativeSysvSem | NativeSlot, Limits>({
  facility: 'sysv-sem',
  title,
  read(addon) {
    const answer = addon.sysvSem.read();
    if (answer.error) return failed(title, answer.error);
    const { sets, maxSets } = answer.limits;
    return { records: answer.objects, limits: { sets, maxSets } };
  },
  pids: (record) => (isSlot(record) ? [] : (record.lastPids ?? [])),
  row: (record, context, limits) =>
    isSlot(record) ? slotRow('sysv-sem', record) : row(record, context, limits),
  seen: (record, scan) =>
    isSlot(record)
      ? undefined
      : [
          scan.waitingFor(`sysv-sem:${record.id}`).map(({ wait }) => wait.operations),
          record.lastPids?.map((pid) => scan.process(pid)?.undo),
        ],
  holders(record, scan, context) {
    if (isSlot(record)) return undefined;
    const pids = [...new Set(record.lastPids)];
    return [
      ...waitingProcesses(`sysv-sem:${record.id}`, scan),
      ...remembered(
        pids.map((pid) => ({ pid, seconds: lastTouch(record), role: 'operated last on a semaphore' })),
        context,
      ),
    ];
  },
  removal(record, { people }) {
    if (isSlot(record))
      return { subject: `slot ${record.slot}`, allowed: 'its owner', command: 'ipcrm -s ID' };
    const told = removal('semaphore set', '-s', record, people);
    const waiters = waiting(record);
    if (waiters > 0)
      told.afterwards = `The semop of ${count(waiters, 'waiting process', 'waiting processes')} failed with EIDRM.`;
    return told;
  },
  remove: (addon, record) =>
    isSlot(record) ? { error: record.error } : addon.sysvSem.remove({ id: record.id }),
});
