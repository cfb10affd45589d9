import { readFileSync, type Stats, statSync } from 'node:fs';

/** How the workspace reads files, so that open documents can stand before what is on disk. */
export interface Files {
  /** Something that changes with a file's text, without reading it; undefined for what is no file or cannot be read. */
  mark(path: string): string | undefined;
  /** The text of a file; undefined when it cannot be read. */
  read(path: string): string | undefined;
}

/** Larger files are not headers that anybody wrote. */
const mostBytes = 2_000_000;

/** Reads from disk: UTF-8, and byte by byte as Latin-1 where the bytes are not UTF-8. */
export const disk: Files = {
  mark(path) {
    const status = statusOf(path);
    // Opening a FIFO would wait for a writer, and a device may never end.
    return status?.isFile() && status.size <= mostBytes ? `${status.mtimeMs}:${status.size}` : undefined;
  },
  read(path) {
    return disk.mark(path) === undefined ? undefined : readText(path);
  },
};

/** What the file system says of a path; undefined where there is nothing, and for what cannot be a path. */
export function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** The text of a regular file of any size; undefined when it cannot be read. */
export function readText(path: string): string | undefined {
  try {
    return decode(readFileSync(path));
  } catch {
    return undefined;
  }
}

/** The text of a source file, whatever its encoding. */
export function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('latin1').decode(bytes);
  }
}
