/** Shared mappings of a process: lines of proc_pid_maps(5). */
import { type FileKey, fileKeyOfText } from './numbers';

export interface Mapping {
  start: number;
  end: number;
  /** May be read, written: PROT_READ, PROT_WRITE. */
  access: number;
  file: FileKey;
  inode: number;
  /** `/dev/zero (deleted)` for anonymous shared memory, `/SYSV0000002a (deleted)` for a System V segment. */
  path: string;
}

const line = /^([0-9a-f]+)-([0-9a-f]+) (.)(.).s [0-9a-f]+ ([0-9a-f]+):([0-9a-f]+) (\d+)\s*(.*)$/gm;

export function mappingsOf(text: string): Mapping[] {
  const found: Mapping[] = [];
  if (text === '') return found;
  for (const [, start, end, read, write, major, minor, inode, path] of text.matchAll(line))
    found.push({
      start: Number.parseInt(start!, 16),
      end: Number.parseInt(end!, 16),
      access: (read === 'r' ? 1 : 0) | (write === 'w' ? 2 : 0),
      file: fileKeyOfText(major!, minor!, inode!),
      inode: Number(inode),
      path: path!,
    });
  return found;
}
