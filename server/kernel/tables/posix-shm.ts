import type { NativePosixShm, NativePosixShmLimits } from '../native';
import { type Context, defineTable, failed } from '../table';
import type { KernelRow } from '../view';
import { bytes, moment, roughBytes } from '../words';
import { fileHolders, fileVerdict, identity, mayRemove, removal, shellWord } from './files';

const title = 'POSIX shared memory objects';

/** What rows tell of the whole system: what changes without them is left to limits.ts. */
type Limits = Pick<NativePosixShmLimits, 'maxBytes'>;

function row(object: NativePosixShm, context: Context, limits: Limits): KernelRow {
  const details = identity(object, context.people);
  details.push(
    { label: 'Size', value: bytes(object.size) },
    { label: 'Memory in use', value: bytes(object.allocated) },
    { label: 'File', value: `/dev/shm${object.name}` },
    // A store through a mapping moves no time: only ftruncate and write do.
    { label: 'Created, resized or written', value: moment(object.modified) },
  );
  // What is free changes all the time without any object here changing, so only the size is told.
  if (limits.maxBytes)
    details.push({ label: 'On this system', value: `/dev/shm holds ${roughBytes(limits.maxBytes)}` });
  return {
    id: `posix-shm:${object.name}`,
    label: object.name,
    description: description(object),
    details,
    removable: mayRemove(object, context.self),
  };
}

function description(object: NativePosixShm): string {
  if (object.size === 0) return 'size 0: no ftruncate yet';
  return `${roughBytes(object.size)}, ${roughBytes(object.allocated)} in use`;
}

export const posixShm = defineTable<NativePosixShm, Limits>({
  facility: 'posix-shm',
  title,
  read(addon) {
    const answer = addon.posixShm.read();
    if (answer.error) return failed(title, answer.error);
    const { maxBytes } = answer.limits;
    return { records: answer.objects, limits: maxBytes === undefined ? {} : { maxBytes } };
  },
  row,
  holders: fileHolders,
  verdict: fileVerdict,
  seen: (record, scan) => scan.mayHideHolder(record),
  peekable: ({ size }) => size > 0,
  removal: (object, { people }) =>
    removal('shared memory object', `rm ${shellWord(`/dev/shm${object.name}`)}`, object, people),
  remove: (addon, object) => addon.posixShm.remove({ name: object.name }),
});
