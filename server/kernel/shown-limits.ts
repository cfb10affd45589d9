/** What this machine shows at the places that the catalog names for its limits. */
import { readFileSync, statfsSync } from 'node:fs';
import { roughBytes } from './words';

const ordinals = ['first', 'second', 'third', 'fourth'];

/** The columns of /proc/self/limits for the resources of getrlimit(2). */
const resources: Record<string, string> = {
  NOFILE: 'Max open files',
  NPROC: 'Max processes',
  MSGQUEUE: 'Max msgqueue size',
  SIGPENDING: 'Max pending signals',
  MEMLOCK: 'Max locked memory',
  FSIZE: 'Max file size',
  AS: 'Max address space',
};

/** `/proc/sys/kernel/sem (third number)`, `getrlimit(RLIMIT_NOFILE)`, `df /dev/shm`; undefined for what only a program can ask. */
export function shownAt(place: string): string | undefined {
  try {
    const file = /^(\/proc\/sys\/[\w./-]+)(?: \((\w+) number\))?$/.exec(place);
    if (file) return setting(file[1]!, file[2]);
    const resource = /^getrlimit\(RLIMIT_(\w+)\)/.exec(place)?.[1];
    if (resource) return resourceLimit(resource);
    if (place === 'df /dev/shm') {
      const { bsize, blocks, bfree } = statfsSync('/dev/shm');
      return `${roughBytes(blocks * bsize)}, of which ${roughBytes(bfree * bsize)} are free`;
    }
  } catch {
    // A sandbox may hide it, or this is no Linux.
  }
  return undefined;
}

function setting(path: string, ordinal: string | undefined): string | undefined {
  const numbers = readFileSync(path, 'utf8').trim().split(/\s+/);
  return ordinal ? numbers[ordinals.indexOf(ordinal)] : numbers.join(' ');
}

function resourceLimit(resource: string): string | undefined {
  const name = resources[resource];
  const line = readFileSync('/proc/self/limits', 'utf8')
    .split('\n')
    .find((one) => name !== undefined && one.startsWith(`${name} `));
  const [soft, hard] = line?.slice(name!.length).trim().split(/\s+/) ?? [];
  if (soft === undefined) return undefined;
  return soft === hard ? soft : `${soft}, at most ${hard}`;
}
