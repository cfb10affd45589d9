/** Who holds an object, for its row. */
import type { Holding, Mapped, ProcScan } from './proc/scan';
import type { KernelHolder } from './view';
import { mostNamed } from './words';

/** Descriptors as holders: one a process and role, in the order of pids. */
export function holdersOf(
  scan: ProcScan,
  holdings: readonly Holding[] = [],
  role: (holding: Holding) => string = () => 'has it open',
): KernelHolder[] {
  if (holdings.length === 0) return [];
  const found = new Map<string, KernelHolder & { fds: number[] }>();
  for (const holding of holdings) {
    const { pid, name } = holding.process;
    const told = role(holding);
    const key = `${pid} ${told}`;
    const known = found.get(key);
    if (known) known.fds.push(holding.descriptor.fd);
    else found.set(key, { pid, program: name, role: told, fds: [holding.descriptor.fd] });
  }
  const holders = [...found.values()];
  for (const holder of holders) {
    const wait = scan.waitingOn(holder.pid, holder.fds);
    if (wait?.call) (holder as KernelHolder).waiting = wait.call;
  }
  return holders;
}

/** Mappings as holders: one a process. */
export function mappersOf(scan: ProcScan, mapped: readonly Mapped[] = []): KernelHolder[] {
  if (mapped.length === 0) return [];
  const found = new Map<number, { holder: KernelHolder; access: number }>();
  for (const { process, mapping } of mapped) {
    const known = found.get(process.pid);
    const access = (known?.access ?? 0) | mapping.access;
    const holder = known?.holder ?? { pid: process.pid, program: process.name, role: '' };
    const wait = scan
      .waits(process.pid)
      .find(({ address = -1 }) => address >= mapping.start && address < mapping.end);
    if (wait?.call) holder.waiting = wait.call;
    holder.role = access & 2 ? 'has it mapped' : 'has it mapped read-only';
    found.set(process.pid, { holder, access });
  }
  return [...found.values()].map(({ holder }) => holder);
}

/** One line a role: `Reads: cat (4711), fd 3, waits in read`. */
export function holderDetails(holders: readonly KernelHolder[]): { label: string; value: string }[] {
  const byRole = new Map<string, KernelHolder[]>();
  for (const holder of holders) {
    const label = holder.role.charAt(0).toUpperCase() + holder.role.slice(1);
    byRole.set(label, [...(byRole.get(label) ?? []), holder]);
  }
  return [...byRole].map(([label, group]) => ({
    label,
    value: [
      ...group.slice(0, mostNamed).map(holderText),
      ...(group.length > mostNamed ? [`${group.length - mostNamed} more`] : []),
    ].join('; '),
  }));
}

function holderText({ program, pid, fds, waiting }: KernelHolder): string {
  const told = [`${program} (${pid})`];
  if (fds) told.push(`fd ${fds.slice(0, 4).join(', ')}${fds.length > 4 ? ' ...' : ''}`);
  if (waiting) told.push(`waits in ${waiting}`);
  return told.join(', ');
}
