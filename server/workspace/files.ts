import { readFileSync, statSync } from 'node:fs';

/** How the workspace reads files, so that open documents can stand before what is on disk. */
export interface Files {
  /** The text of a file and a mark that changes with it; undefined when it cannot be read. */
  read(path: string): { text: string; mark: string } | undefined;
}

/** Larger files are not headers that anybody wrote. */
const mostBytes = 2_000_000;

/** Reads from disk: UTF-8, and byte by byte as Latin-1 where the bytes are not UTF-8. */
export const disk: Files = {
  read(path) {
    try {
      const { mtimeMs, size } = statSync(path);
      if (size > mostBytes) {
        return undefined;
      }
      return { text: decode(readFileSync(path)), mark: `${mtimeMs}:${size}` };
    } catch {
      return undefined;
    }
  },
};

/** The text of a source file, whatever its encoding. */
export function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('latin1').decode(bytes);
  }
}
