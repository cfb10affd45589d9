import { errorName, errorPhrase } from '../errors';
import type { NativePosixSem } from '../native';
import { type Context, defineTable, failed } from '../table';
import type { KernelRow } from '../view';
import { count, moment } from '../words';
import { fileHolders, fileVerdict, identity, mayRemove, removal, shellWord } from './files';

const title = 'POSIX named semaphores';

function description(semaphore: NativePosixSem): string {
  const { error, value, waiting } = semaphore;
  if (error && error.call === 'open' && errorName(error.errno) === 'EPERM')
    return 'value not read: it belongs to another user, and reading would change its access time';
  if (error) return `value not readable: ${errorPhrase(error)}`;
  if (value === undefined) return 'not a semaphore that a 64-bit program with glibc made';
  return `value ${value}${waiting ? `; ${waiting} waiting` : ''}`;
}

function row(semaphore: NativePosixSem, context: Context): KernelRow {
  const details = identity(semaphore, context.people);
  if (semaphore.value === undefined) {
    details.push({ label: 'Value', value: description(semaphore) });
  } else {
    details.push(
      { label: 'Value', value: String(semaphore.value) },
      // glibc counts its waiters itself: one killed in sem_wait is never counted down.
      { label: 'Waiting', value: count(semaphore.waiting ?? 0, 'thread') },
    );
  }
  details.push(
    { label: 'File', value: `/dev/shm/sem.${semaphore.name.slice(1)}` },
    { label: 'Created', value: moment(semaphore.modified) },
  );
  return {
    id: `posix-sem-named:${semaphore.name}`,
    label: semaphore.name,
    description: description(semaphore),
    details,
    removable: mayRemove(semaphore, context.self),
  };
}

export const posixSemNamed = defineTable<NativePosixSem, null>({
  facility: 'posix-sem-named',
  title,
  read(addon) {
    const answer = addon.posixSem.read();
    if (answer.error) return failed(title, answer.error);
    return { records: answer.objects, limits: null };
  },
  row,
  holders: fileHolders,
  verdict: fileVerdict,
  seen: (record, scan) => scan.mayHideHolder(record),
  removal: (semaphore, { people }) =>
    removal('semaphore', `rm ${shellWord(`/dev/shm/sem.${semaphore.name.slice(1)}`)}`, semaphore, people),
  remove: (addon, semaphore) => addon.posixSem.remove({ name: semaphore.name }),
});
