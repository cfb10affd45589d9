/** Where the demos' program and the directory for its runs are. */
import { accessSync, chmodSync, constants, existsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** The path of ipc_lens_actor, or why live demos are not to be had. */
export type Located = { path: string } | { problem: string };

const name = 'ipc_lens_actor';

/** Packing and unpacking may lose the permission to execute; whoever owns the file can give it back. */
function executable(path: string): boolean {
  for (const mend of [() => {}, () => chmodSync(path, 0o755)]) {
    try {
      mend();
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      // Not yet, or not ours to mend.
    }
  }
  return false;
}

const notExecutable = (path: string) =>
  `Live demos are not available: ${path} may not be executed. Everything else works. Give it the permission: chmod +x.`;

/** `beside`: the directory of the bundle (or of this source file). Looks in native/ there, then in build/Release above. */
export function locateActor(beside: string, platform: NodeJS.Platform = process.platform): Located {
  if (platform !== 'linux')
    return {
      problem:
        'Live demos need Linux: they run real processes on its kernel. Everything else works here; on Windows, open the folder in WSL to get them.',
    };
  const places = [
    join(beside, 'native', name),
    join(beside, '..', 'build', 'Release', name),
    join(beside, '..', '..', 'build', 'Release', name),
    join(beside, '..', '..', 'dist', 'native', name),
  ].map((place) => resolve(place));
  const path = places.find((place) => existsSync(place));
  if (path) return executable(path) ? { path } : { problem: notExecutable(path) };
  return {
    problem: `Live demos are not available: their program ${name} was not found (looked for ${places.join(', ')}). Everything else works. In a clone of the project, build it with a C compiler installed: npm run build.`,
  };
}

/** A directory that only this user can write to is preferred; each run makes a private one in it. */
export function runBase(env: NodeJS.ProcessEnv = process.env): string {
  const own = env.XDG_RUNTIME_DIR;
  if (own && isAbsolute(own)) {
    try {
      const status = statSync(own);
      accessSync(own, constants.W_OK);
      if (status.isDirectory() && status.uid === process.getuid?.()) return own;
    } catch {
      // Not usable: the common directory serves.
    }
  }
  return resolve(tmpdir());
}
