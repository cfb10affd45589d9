import path from 'node:path';
import { statusOf } from '../files';

/**
 * The key that ftok(3) gives for a file and a number: eight bits of the number, eight of the device, sixteen of the inode. The file is
 * only asked for its status.
 */
export function ftokKey(file: string, id: number): number | undefined {
  const status = statusOf(file);
  return status && (((id & 0xff) << 24) | ((status.dev & 0xff) << 16) | (status.ino & 0xffff)) >>> 0;
}

/** Places where a path that a program names may be: where it says, or, for one from the current folder, where programs are likely to be started. */
export function likelyPaths(named: string, folders: readonly string[]): string[] {
  return path.isAbsolute(named)
    ? [named]
    : [...new Set(folders.map((folder) => path.resolve(folder, named)))];
}

/** Every key that ftok is likely to give a program. */
export function likelyKeys(
  { path: named, id }: { path: string; id: number },
  folders: readonly string[],
): number[] {
  return [...new Set(likelyPaths(named, folders).flatMap((file) => ftokKey(file, id) ?? []))];
}
