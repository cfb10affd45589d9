/** IPC namespaces that one may see: ipc_namespaces(7). Our own is the one whose objects are shown. */
import { existsSync } from 'node:fs';
import type { Context } from './table';
import type { KernelNamespace } from './view';

const programsShown = 6;

export function namespacesOf({ scan, self }: Context): KernelNamespace[] {
  const seen = new Map<number, { processes: number; programs: Set<string> }>();
  if (self.ipcNamespace !== undefined) seen.set(self.ipcNamespace, { processes: 0, programs: new Set() });
  for (const { ipcNamespace, name } of scan?.processes ?? []) {
    if (ipcNamespace === 0) continue;
    const known = seen.get(ipcNamespace) ?? { processes: 0, programs: new Set() };
    known.processes++;
    known.programs.add(name);
    seen.set(ipcNamespace, known);
  }
  return [...seen].map(([number, { processes, programs }]) => ({
    id: `ipc:[${number}]`,
    own: number === self.ipcNamespace,
    processes,
    programs: [...programs].sort().slice(0, programsShown),
  }));
}

/** What to know of how far one sees, as sentences. */
export function namespaceNotes(namespaces: readonly KernelNamespace[]): string[] {
  const notes: string[] = [];
  if (existsSync('/.dockerenv') || existsSync('/run/.containerenv'))
    notes.push(
      "IPC Lens runs in a container: it shows the container's own IPC objects and processes, not the machine's.",
    );
  const others = namespaces.filter(({ own }) => !own).length;
  if (others > 0)
    notes.push(
      `${others === 1 ? 'Processes of 1 other IPC namespace are' : `Processes of ${others} other IPC namespaces are`} visible; their System V objects and POSIX queues are not shown here.`,
    );
  return notes;
}
