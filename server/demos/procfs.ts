/** What /proc says of a process. Every function answers undefined (or an empty list) for a process that is gone. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Descriptor } from './kit';

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

/** The letter of /proc/PID/stat: R running, S waits in a call, D waits uninterruptibly, T stopped, Z zombie. */
export function stateLetter(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}

/** The threads that a library started, such as for a notice, wait too: none is about to wake the process's first one. */
export function otherThreadsSleep(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .filter((task) => Number(task) !== pid)
      .every((task) => stateLetter(Number(task)) !== 'R');
  } catch {
    return true;
  }
}

export interface CurrentCall {
  number: number;
  args: number[];
}

/**
 * The system call a sleeping process is in. Undefined while it runs, or when the kernel does not say (no permission to
 * trace, a kernel without this file).
 */
export function currentCall(pid: number): CurrentCall | undefined {
  const words = read(`/proc/${pid}/syscall`)?.trim().split(' ');
  const number = Number(words?.[0]);
  if (!words || Number.isNaN(number) || number < 0) return undefined;
  return { number, args: words.slice(1, 7).map(Number) };
}

/** The kernel function it sleeps in, where the kernel tells: `anon_pipe_read`. */
export function waitChannel(pid: number): string | undefined {
  const name = read(`/proc/${pid}/wchan`)?.trim();
  return name === '0' || name === '' ? undefined : name;
}

/** How often it gave up the processor by itself: unchanged between two looks, it slept all the while. */
export function voluntarySwitches(pid: number): number | undefined {
  const match = /^voluntary_ctxt_switches:\s*(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '');
  return match ? Number(match[1]) : undefined;
}

/** What /proc calls the program that a process runs. */
export function programName(pid: number): string | undefined {
  return read(`/proc/${pid}/comm`)?.trim();
}

/** Its children, and theirs in turn. */
export function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

function childrenOf(pid: number): number[] {
  const words = read(`/proc/${pid}/task/${pid}/children`)?.trim();
  return words ? words.split(' ').map(Number) : [];
}

/** Links that many objects have in common, and where the kernel tells these apart. */
const shared: [link: RegExp, number: RegExp, words: string][] = [
  [/^anon_inode:\[eventfd\]$/, /^eventfd-id:\s*(\d+)/m, 'id '],
  [/^\/dev\/(?:pts\/)?ptmx$/, /^tty-index:\s*(\d+)/m, 'of /dev/pts/'],
];

/** What the descriptor refers to: `pipe:[4711]`, `anon_inode:[eventfd] (id 63)`. */
export function linkOf(pid: number, fd: number): string | undefined {
  try {
    const link = readlinkSync(`/proc/${pid}/fd/${fd}`);
    const [, number, words] = shared.find(([form]) => form.test(link)) ?? [];
    const told = number?.exec(read(`/proc/${pid}/fdinfo/${fd}`) ?? '')?.[1];
    return told === undefined ? link : `${link} (${words}${told})`;
  } catch {
    return undefined;
  }
}

const closeOnExec = 0o2000000;
const nonBlocking = 0o4000;
const access = ['read', 'write', 'both', 'both'] as const;

function describe(pid: number, fd: number): Descriptor | undefined {
  const target = linkOf(pid, fd);
  const flags = Number.parseInt(
    /^flags:\s*([0-7]+)/m.exec(read(`/proc/${pid}/fdinfo/${fd}`) ?? '')?.[1] ?? '',
    8,
  );
  if (target === undefined || Number.isNaN(flags)) return undefined;
  return {
    fd,
    target,
    access: access[flags & 3]!,
    nonBlocking: (flags & nonBlocking) !== 0,
    closeOnExec: (flags & closeOnExec) !== 0,
  };
}

/** The counter of an eventfd. */
export function describeCounter(pid: number, fd: number): number | undefined {
  const match = /^eventfd-count:\s*([0-9a-f]+)/m.exec(read(`/proc/${pid}/fdinfo/${fd}`) ?? '');
  return match ? Number.parseInt(match[1]!, 16) : undefined;
}

/** The descriptors below `limit` that the process has open, in order. */
export function descriptors(pid: number, limit: number): Descriptor[] {
  let names: string[];
  try {
    names = readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
  return names
    .map(Number)
    .filter((fd) => fd < limit)
    .sort((a, b) => a - b)
    .map((fd) => describe(pid, fd))
    .filter((descriptor) => descriptor !== undefined);
}
