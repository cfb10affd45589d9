import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NativeAddon } from './native';

export const addonFile = 'ipc_lens_addon.node';

/** A place looked at and what was wrong there. */
export interface Attempt {
  path: string;
  reason: string;
}

export type Loaded = { addon: NativeAddon; path: string } | { problem: string; attempts: Attempt[] };

/**
 * Folders that may hold the native parts, in the order to try: beside the bundle (dist/native), then what node-gyp
 * built, seen from the bundle and from the sources.
 */
export function nativeFolders(here: string = __dirname): string[] {
  return [
    join(here, 'native'),
    join(here, '..', 'build', 'Release'),
    join(here, '..', '..', 'build', 'Release'),
    join(here, '..', '..', 'dist', 'native'),
  ];
}

/** Loads the addon, or says in a sentence for people why it is not to be had and what to do. Never throws. */
export function loadAddon(folders: string[] = nativeFolders(), platform: string = process.platform): Loaded {
  if (platform !== 'linux') {
    return {
      problem: `Kernel state and live demos need Linux; this is ${platform}. Everything else works. To have them too, open the folder on a Linux machine, in a container or in WSL.`,
      attempts: [],
    };
  }
  const attempts: Attempt[] = [];
  for (const folder of folders) {
    const path = join(folder, addonFile);
    if (!existsSync(path)) {
      attempts.push({ path, reason: 'not there' });
      continue;
    }
    try {
      return { addon: load(path), path };
    } catch (error) {
      attempts.push({ path, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { problem: describeFailure(attempts), attempts };
}

/** dlopen instead of require: a bundler leaves it alone and the path stays what it is. */
function load(path: string): NativeAddon {
  const holder = { exports: {} as Partial<NativeAddon> };
  process.dlopen(holder, path);
  if (typeof holder.exports.self !== 'function') throw new Error('it is not the addon of this version');
  return holder.exports as NativeAddon;
}

function describeFailure(attempts: Attempt[]): string {
  const broken = attempts.filter((attempt) => attempt.reason !== 'not there');
  if (broken.length > 0) {
    const what = broken.map((attempt) => `${attempt.path}: ${attempt.reason}`).join('; ');
    return `Kernel state and live demos are off: the native part cannot be loaded (${what}). Install the package made for this machine, or build it with \`npm run build\`. Everything else works.`;
  }
  const where = attempts.map((attempt) => attempt.path).join(', ');
  return `Kernel state and live demos are off: the native part is missing. Looked for ${where}. Install the package made for this machine, or build it with \`npm run build\` (a C++ compiler, make and Python are needed). Everything else works.`;
}
