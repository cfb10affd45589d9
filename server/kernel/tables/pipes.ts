/** What the tables of pipes and FIFOs have in common: pipe(7), fifo(7). */

import { errorPhrase } from '../errors';
import { holderDetails, holdersOf } from '../holders';
import type { NativePipe } from '../native';
import { type Holding, isFifo, type ProcScan } from '../proc/scan';
import type { KernelHolder, KernelRow } from '../view';
import { bytes, names, roughBytes } from '../words';

const role = ({ descriptor: { access } }: Holding) =>
  access === 3
    ? 'reads and writes'
    : access === 1
      ? 'reads'
      : access === 2
        ? 'writes'
        : 'has it open by path only';

export const reads = (holder: KernelHolder) => holder.role.startsWith('reads');
export const writes = (holder: KernelHolder) => holder.role.endsWith('writes');

/** How full each pipe is, by `device inode`; the device of a pipe without a name is 0. */
export function fills(scan: ProcScan): Map<string, NativePipe> {
  return new Map(scan.native.pipes.map((pipe) => [`${pipe.device} ${pipe.inode}`, pipe]));
}

/** What both kinds tell: who is on which end, how full it is, and what is wrong with that. */
export function pipeRow(
  head: Pick<KernelRow, 'id' | 'label'> & { kind: string },
  holdings: Holding[],
  fill: NativePipe | undefined,
  scan: ProcScan,
): KernelRow {
  const { id, label, kind } = head;
  const holders = holdersOf(scan, holdings, role);
  const warning = trouble(kind, holders, fill, scan);
  const row: KernelRow = {
    id,
    label,
    description: `${names(holders.filter(writes), 2)} → ${names(holders.filter(reads), 2)}${fillText(fill)}`,
    details: [...holderDetails(holders), ...fillDetails(fill)],
    removable: false,
    holders,
  };
  if (holdings.every(({ descriptor }) => !isFifo(descriptor)))
    row.details.unshift({ label: 'Number', value: id.slice(id.indexOf(':') + 1) });
  if (fill?.unread !== undefined && fill.capacity !== undefined)
    row.fill = { used: fill.unread, capacity: fill.capacity, unit: 'bytes' };
  if (warning) {
    row.warning = warning;
    row.details.push({ label: 'Warning', value: warning });
  }
  return row;
}

function fillText(fill: NativePipe | undefined): string {
  if (!fill || fill.error || !fill.unread) return '';
  return fill.unread === fill.capacity
    ? `, full: ${roughBytes(fill.unread)}`
    : `, ${bytes(fill.unread)} unread`;
}

function fillDetails(fill: NativePipe | undefined): KernelRow['details'] {
  if (!fill) return [{ label: 'Unread', value: 'not asked: there are too many pipes' }];
  if (fill.error) return [{ label: 'Unread', value: `cannot be told: ${errorPhrase(fill.error)}` }];
  return [
    { label: 'Unread', value: bytes(fill.unread ?? 0) },
    { label: 'Capacity', value: bytes(fill.capacity ?? 0) },
  ];
}

/**
 * The two famous mistakes. That nobody reads is the kernel's own count. That a reader waits for itself is said only when
 * every process can be looked into, because one that cannot may hold the write end.
 */
function trouble(
  kind: string,
  holders: KernelHolder[],
  fill: NativePipe | undefined,
  scan: ProcScan,
): string | undefined {
  const readers = holders.filter(reads);
  const writers = holders.filter(writes);
  const waiting = readers.find((holder) => holder.waiting === 'read' || holder.waiting === 'readv');
  if (fill?.noReaders && readers.length === 0)
    return `No process holds the read end of this ${kind}: the next write raises SIGPIPE or fails with EPIPE.`;
  if (
    scan.hidden.length === 0 &&
    waiting &&
    writers.length > 0 &&
    writers.every((holder) => holder.pid === waiting.pid)
  )
    return `${waiting.program} (${waiting.pid}) waits in ${waiting.waiting} and is itself the only one that still holds the write end: it waits for ever. It should close its write end.`;
  return undefined;
}
