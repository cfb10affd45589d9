import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout these scripts belong to, wherever they are called from. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

export const dist = join(root, 'dist');

/** A tool installed by `npm ci`, as its JavaScript file: run it with this same Node, without a shell. */
export const tool = (path) => join(root, 'node_modules', path);

/** What is costly to make and the same for every clone: the embedded VS Code and its settings. */
export function cacheDir() {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(base, 'ipc-lens');
}
