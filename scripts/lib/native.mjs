/** The native parts: the addon which reads kernel tables and the actor which the demos run. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { say, warn } from './log.mjs';
import { nodeGyp } from './node-gyp.mjs';
import { dist, root, tool } from './paths.mjs';
import { hashOf, readStamp, writeStamp } from './stamp.mjs';

const products = ['ipc_lens_addon.node', 'ipc_lens_actor'];
const target = join(dist, 'native');
const stampFile = join(root, 'build', 'ipc-lens.stamp');

const warningsAreErrors = {
  CFLAGS: '-Werror',
  // GCC 12 sees overlaps in its own <string> as C++20, which current Nodes ask for.
  CXXFLAGS: '-Werror -Wno-error=restrict',
};

function sourceHash() {
  const addonApi = JSON.parse(readFileSync(tool('node-addon-api/package.json'), 'utf8')).version;
  return hashOf(
    [join(root, 'binding.gyp'), join(root, 'native')],
    [process.platform, process.arch, process.versions.modules, addonApi],
  );
}

const allThere = () => products.every((name) => existsSync(join(target, name)));

/** True when the parts stand in dist/native. Problems are told; with `required` they are thrown. */
export async function buildNative({ required = false } = {}) {
  try {
    return await buildOrThrow(required);
  } catch (error) {
    // Parts of older sources beside newer JavaScript would mislead: better none.
    rmSync(target, { recursive: true, force: true });
    if (required) throw error;
    warn(
      `The native parts were not built, so live demos and kernel state will be missing. Everything else works.\n${error.message}`,
    );
    return false;
  }
}

async function buildOrThrow(strict) {
  if (process.platform !== 'linux') throw new Error(`they are for Linux; this is ${process.platform}`);
  const hash = sourceHash();
  const done = readStamp(stampFile);
  // A strict build serves the others, not the reverse.
  if ((done === `${hash} strict` || (done === hash && !strict)) && allThere()) {
    say('   native parts: unchanged');
    return true;
  }
  say('-- building the native parts (node-gyp)');
  // make compares times, and git gives an older source a newer time or the reverse: start from nothing.
  rmSync(join(root, 'build', 'Release'), { recursive: true, force: true });
  // Not `rebuild`: it empties build/, where the lock and the package lie as well.
  await nodeGyp(['configure', 'build'], root, strict ? warningsAreErrors : {});
  mkdirSync(target, { recursive: true });
  for (const name of products) {
    const copy = join(target, name);
    // A running actor or loaded addon must keep its file: replace the name, do not write into it.
    rmSync(copy, { force: true });
    copyFileSync(join(root, 'build', 'Release', name), copy);
    chmodSync(copy, 0o755);
  }
  writeStamp(stampFile, strict ? `${hash} strict` : hash);
  return true;
}
