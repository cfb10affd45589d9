/** Arguments of calls as they stand in memory: what native/addon/proc_threads.cc copied of them. */
import { endianness } from 'node:os';

const little = endianness() === 'LE';
const int16 = (memory: Buffer, at: number) => (little ? memory.readInt16LE(at) : memory.readInt16BE(at));
const uint16 = (memory: Buffer, at: number) => (little ? memory.readUInt16LE(at) : memory.readUInt16BE(at));
const int32 = (memory: Buffer, at: number) => (little ? memory.readInt32LE(at) : memory.readInt32BE(at));
const uint64 = (memory: Buffer, at: number) =>
  little ? memory.readBigUInt64LE(at) : memory.readBigUInt64BE(at);

/** One operation of semop(2). */
export interface SemaphoreOperation {
  semaphore: number;
  /** Below 0 it takes, 0 waits for zero, above 0 it gives. */
  change: number;
  undo: boolean;
}

function* each(memory: Buffer, size: number): Iterable<number> {
  for (let at = 0; at + size <= memory.length; at += size) yield at;
}

/** struct sembuf. */
export function operationsOf(memory: Buffer): SemaphoreOperation[] {
  const undoFlag = 0x1000;
  return [...each(memory, 6)].map((at) => ({
    semaphore: uint16(memory, at),
    change: int16(memory, at + 2),
    undo: (uint16(memory, at + 4) & undoFlag) !== 0,
  }));
}

/** struct pollfd: a negative descriptor is left out by poll(2), too. */
export function polledOf(memory: Buffer): number[] {
  return [...each(memory, 8)].map((at) => int32(memory, at)).filter((fd) => fd >= 0);
}

/** The sets of select(2), each descriptor once. */
export function selectedOf(sets: readonly Buffer[], most: number): number[] {
  const fds = new Set<number>();
  for (const set of sets)
    for (const at of each(set, 8)) {
      const word = uint64(set, at);
      for (let bit = 0; bit < 64; bit++) if ((word >> BigInt(bit)) & 1n) fds.add(at * 8 + bit);
    }
  return [...fds].filter((fd) => fd < most).sort((one, other) => one - other);
}

/** The kernel's sigset_t as proc_pid_status(5) writes one. */
export const signalMaskOf = (memory: Buffer) => uint64(memory, 0).toString(16).padStart(16, '0');

const moved = ({ semaphore, change, undo }: SemaphoreOperation) =>
  change === 0
    ? `for semaphore ${semaphore} to be zero`
    : `to ${change < 0 ? `take ${-change} from` : `add ${change} to`} semaphore ${semaphore}${undo ? ' (SEM_UNDO)' : ''}`;

/** `to take 1 from semaphore 0 (SEM_UNDO)`: the steps of one semop, which happen all at once or wait. */
export const operationsText = (operations: readonly SemaphoreOperation[]) =>
  operations.map(moved).join(' and ');
