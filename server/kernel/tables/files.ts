/** What the tables of named POSIX objects have in common: each object is a file of a special file system. */
import type { NativeFile, NativeSelf } from '../native';
import type { People } from '../people';
import type { Removal } from '../table';
import type { KernelRow } from '../view';
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

/** A name as one word of a shell. */
export function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
