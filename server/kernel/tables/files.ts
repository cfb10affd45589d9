/** What the tables of named POSIX objects have in common: each object is a file of a special file system. */
import { holdersOf, mappersOf } from '../holders';
import type { NativeFile, NativeSelf } from '../native';
import type { People } from '../people';
import { fileKey } from '../proc/numbers';
import type { Holding, ProcScan } from '../proc/scan';
import type { Removal } from '../table';
import type { KernelHolder, KernelRow } from '../view';
import { permissions } from '../words';

export function identity(file: NativeFile, people: People): KernelRow['details'] {
  return [
    { label: 'Name', value: file.name },
    { label: 'Permissions', value: permissions(file.mode) },
    { label: 'Owner', value: people.owner(file.uid, file.gid) },
  ];
}

/** /dev/mqueue and /dev/shm have the sticky bit: unlink(2) is for the owner and CAP_FOWNER. */
export function mayRemove(file: NativeFile, self: NativeSelf): boolean {
  return self.fileOwner || self.uid === file.uid;
}

export function removal(kind: string, command: string, file: NativeFile, people: People): Removal {
  return {
    subject: `${kind} ${file.name}`,
    allowed: `its owner ${people.user(file.uid)} or a process with CAP_FOWNER`,
    command,
    afterwards: 'Processes that have it open keep using it until they close it.',
  };
}

/** Who has the object's file open or mapped. A semaphore is open as long as it is mapped: sem_open(3) closes the file. */
export function fileHolders(file: NativeFile, scan: ProcScan): KernelHolder[] {
  const key = fileKey(file.device, file.inode);
  const mapped = mappersOf(scan, scan.mapped.get(key));
  const opened = holdersOf(scan, scan.files.get(key), access);
  return [...mapped, ...opened];
}

function access({ descriptor }: Holding): string {
  const how = ['by path only', 'for reading', 'for writing', 'for reading and writing'][
    descriptor.access & 3
  ];
  return `has it open ${how}`;
}

/**
 * Adds the verdict: an object that nobody has open or mapped stays until someone removes it. Who made it is recorded
 * nowhere, so a program may still mean to come back to it. No verdict while a process that is not seen may hold it.
 */
export function fileVerdict(
  row: KernelRow,
  file: NativeFile,
  holders: readonly KernelHolder[],
  scan: ProcScan,
): void {
  const held = holders.length > 0;
  if (!held && scan.mayHideHolder(file)) return;
  row.orphan = !held;
  if (!held) row.details.push({ label: 'Orphan', value: 'no process has it open or mapped' });
}

/** A name as one word of a shell. */
export function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
