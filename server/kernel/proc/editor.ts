import { readlinkSync } from 'node:fs';
import type { NativeScanProcess } from '../native';

/**
 * The processes of the editor that IPC Lens runs in, itself included: those above it that run the same program, and what those started
 * without another program in between. A shell in a terminal of the editor, and what is started in it, is the user's.
 */
export function editorProcesses(
  processes: readonly NativeScanProcess[],
  self: number,
  programOf: (pid: number) => string | undefined = executable,
): ReadonlySet<number> {
  const parents = new Map(processes.map(({ pid, parent }) => [pid, parent]));
  const program = programOf(self);
  const own = new Set([self]);
  if (program === undefined) return own;
  let top = self;
  for (let above = parents.get(top); above && programOf(above) === program; above = parents.get(above)) {
    top = above;
    own.add(top);
  }
  const children = new Map<number, number[]>();
  for (const { pid, parent } of processes) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const open = [top];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    for (const child of children.get(pid) ?? []) {
      if (!own.has(child) && programOf(child) !== program) continue;
      own.add(child);
      open.push(child);
    }
  }
  return own;
}

/** What a process executes; undefined where that may not be seen, and for one that is gone. */
function executable(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}
