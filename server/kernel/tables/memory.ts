/** Shared memory without a name of its own: memfd_create(2), mmap(2) with MAP_SHARED | MAP_ANONYMOUS, and shared mappings of files. */
import { holderDetails, holdersOf, mappersOf } from '../holders';
import type { FileKey } from '../proc/numbers';
import type { Mapped, ProcScan } from '../proc/scan';
import { defineHeldTable } from '../table';
import type { KernelRow } from '../view';
import { bytes, names, roughBytes } from '../words';

const isMemfd = (path: string) => path.startsWith('/memfd:');
const isAnonymous = (path: string) => path.startsWith('/dev/zero');

/** The largest extent of it that one process has mapped. */
function size(mapped: readonly Mapped[]): number {
  const byProcess = new Map<number, number>();
  for (const { process, mapping } of mapped)
    byProcess.set(process.pid, (byProcess.get(process.pid) ?? 0) + mapping.end - mapping.start);
  return Math.max(0, ...byProcess.values());
}

const inodeOf = (file: FileKey) => file.slice(file.lastIndexOf(':') + 1);

function memoryRow(
  scan: ProcScan,
  table: string,
  file: FileKey,
  label: string,
  mapped: readonly Mapped[],
): KernelRow {
  const opened = scan.files.get(file) ?? [];
  const holders = [...mappersOf(scan, mapped), ...holdersOf(scan, opened)];
  const told = size(mapped);
  return {
    id: `${table}:${file}`,
    label,
    description: `${told > 0 ? roughBytes(told) : 'not mapped'}, ${names(holders, 2)}`,
    details: [
      { label: 'Mapped', value: told > 0 ? bytes(told) : 'by nobody' },
      { label: 'Inode', value: inodeOf(file) },
      ...holderDetails(holders),
    ],
    removable: false,
    holders,
  };
}

export const memfd = defineHeldTable({
  table: 'memfd',
  facility: 'mmap-shared',
  title: 'Memory files (memfd)',
  rows(scan) {
    const files = new Map<FileKey, string>();
    for (const [file, [first]] of scan.files)
      if (first && isMemfd(first.descriptor.link)) files.set(file, first.descriptor.link);
    for (const [file, [first]] of scan.mapped)
      if (first && isMemfd(first.mapping.path)) files.set(file, first.mapping.path);
    return [...files].map(([file, path]) =>
      memoryRow(
        scan,
        'memfd',
        file,
        path.slice('/memfd:'.length).replace(/ \(deleted\)$/, '') || `memfd ${inodeOf(file)}`,
        scan.mapped.get(file) ?? [],
      ),
    );
  },
});

/** What already has a table of its own, or is no memory: devices. */
const elsewhere = (path: string) =>
  isMemfd(path) || path.startsWith('/SYSV') || path.startsWith('/dev/') || path.startsWith('anon_inode:');

/**
 * Anonymous memory that may be shared with children, and files that more than one process maps writably. A file that
 * everyone maps read-only (a locale, a font cache) passes no data.
 */
export const mmapShared = defineHeldTable({
  table: 'mmap-shared',
  facility: 'mmap-shared',
  title: 'Shared mappings',
  rows(scan) {
    return [...scan.mapped].flatMap(([file, mapped]) => {
      const path = mapped[0]!.mapping.path;
      if (isAnonymous(path))
        return [memoryRow(scan, 'mmap-shared', file, `anonymous memory ${inodeOf(file)}`, mapped)];
      if (elsewhere(path) || !mapped.some(({ mapping }) => mapping.access & 2)) return [];
      return [memoryRow(scan, 'mmap-shared', file, path, mapped)];
    });
  },
});
