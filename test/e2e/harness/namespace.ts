/** Each run has an IPC namespace of its own (as root), so that kernel objects and processes of two runs do not meet. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { promisify } from 'node:util';

const isRoot = process.getuid?.() === 0;

/** Put before a command, makes the namespace. */
export const ownNamespace = isRoot ? ['unshare', '--ipc'] : [];

export interface Namespace {
  /** Runs a command inside; resolves to what it printed. */
  run(command: string, ...args: string[]): Promise<string>;
  /** The processes inside which run a program of this name (its first 15 letters, as the kernel keeps it). */
  processes(program: string): string[];
}

/** The namespace a process lives in. */
export function namespaceOf(pid: number): Namespace {
  const link = `/proc/${pid}/ns/ipc`;
  const name = readlinkSync(link);
  const enter = isRoot ? ['nsenter', `--ipc=${link}`] : [];
  return {
    async run(...command) {
      const [file, ...args] = [...enter, ...command] as [string, ...string[]];
      return (await promisify(execFile)(file, args)).stdout;
    },
    processes: (program) =>
      readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && isInside(entry, name, program)),
  };
}

function isInside(pid: string, namespace: string, program: string): boolean {
  try {
    return (
      readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === program.slice(0, 15) &&
      readlinkSync(`/proc/${pid}/ns/ipc`) === namespace
    );
  } catch {
    return false; // It ended between two looks, or belongs to someone else.
  }
}
