import { errorName, errorPhrase } from './errors';
import type { NativeError } from './native';
import { tables } from './registry';
import type { Snapshots } from './snapshot';
import type { Removal } from './table';
import type { KernelRow, RemoveResult } from './view';
import { capitalise } from './words';

/** Removes the object with this row id and tells it in a sentence. Never throws. */
export function remove(snapshots: Snapshots, id: string): RemoveResult {
  const table = tables.find((one) => id.startsWith(`${one.table}:`));
  if (!table) return { removed: false, message: `Nothing was removed: no table has an object called ${id}.` };
  try {
    const found = table.find(snapshots.context(), id);
    if (!found) return gone(id.slice(table.table.length + 1));
    if ('problem' in found) return { removed: false, message: `Nothing was removed. ${found.problem}` };
    const { error } = found.remove();
    return error ? refused(found.removal, error) : removed(found.removal);
  } catch (error) {
    return { removed: false, message: `Nothing was removed: ${String(error)}.` };
  }
}

/** Objects that nobody needs any more and that we may remove. */
export async function orphans(snapshots: Snapshots): Promise<KernelRow[]> {
  const { groups } = await snapshots.take();
  return groups.flatMap(({ rows }) => rows.filter((row) => row.orphan === true && row.removable));
}

/** What was an orphan when a person said yes may be in use by now: then it stays. */
export async function removeOrphans(snapshots: Snapshots, ids: readonly string[]): Promise<RemoveResult[]> {
  const still = new Set((await orphans(snapshots)).map(({ id }) => id));
  return ids.map((id) =>
    still.has(id)
      ? remove(snapshots, id)
      : { removed: false, message: `${id} was not removed: it is in use again or no longer exists.` },
  );
}

function gone(name: string): RemoveResult {
  return { removed: false, message: `${name} no longer exists: something else removed it.` };
}

function removed({ subject, afterwards }: Removal): RemoveResult {
  return { removed: true, message: `Removed ${subject}.${afterwards ? ` ${afterwards}` : ''}` };
}

/** EIDRM and EINVAL are how the System V calls say that the identifier is gone; ENOENT is the word for names. */
function refused({ subject, allowed, command }: Removal, error: NativeError): RemoveResult {
  switch (errorName(error.errno)) {
    case 'EIDRM':
    case 'EINVAL':
    case 'ENOENT':
      return gone(capitalise(subject));
    case 'EPERM':
    case 'EACCES':
      return {
        removed: false,
        message: `${capitalise(subject)} was not removed: ${errorPhrase(error)}. Only ${allowed} may do this; with sudo: ${command}`,
      };
    default:
      return { removed: false, message: `${capitalise(subject)} was not removed: ${errorPhrase(error)}.` };
  }
}
