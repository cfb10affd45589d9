/**
 * A real VS Code without a desktop: the npm package code-server carries its server and web workbench. It is no
 * dependency of the product. It is made once in the user's cache, then shared by every clone.
 */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { withLock } from './lock.mjs';
import { say, step } from './log.mjs';
import { nodeGyp } from './node-gyp.mjs';
import { cacheDir } from './paths.mjs';
import { atExit, run } from './proc.mjs';

/** VS Code 1.100, which is also the oldest one package.json allows; it runs on Node 20 and newer. */
const version = '4.100.3';

/** Without these the workbench does not start: terminals, its log and its watch on the parent process. */
const nativeModules = ['node-pty', '@vscode/spdlog', 'native-watchdog'];

const registryAdvice =
  'The embedded VS Code comes from the npm registry, once. Check the network and `npm config get registry`,\n' +
  'then try again. With a desktop VS Code, `npm start -- --desktop` needs none of this.';

const npmInstall = [
  'install',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--no-save',
  '--loglevel=error',
];

export function findOnPath(name) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Builds with this project's node-gyp: the packages' own install scripts ask the network for more. */
async function buildNativeModules(vscode) {
  for (const name of nativeModules) {
    const folder = join(vscode, 'node_modules', name);
    await nodeGyp(['rebuild'], folder);
    rmSync(join(folder, 'build', 'Release', 'obj.target'), { recursive: true, force: true });
  }
}

function linkRipgrep(vscode) {
  const ripgrep = findOnPath('rg');
  const folder = join(vscode, 'node_modules', '@vscode', 'ripgrep', 'bin');
  if (!ripgrep) return; // Only the search view misses it.
  mkdirSync(folder, { recursive: true });
  rmSync(join(folder, 'rg'), { force: true });
  symlinkSync(ripgrep, join(folder, 'rg'));
}

async function make(folder) {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const options = { quiet: true, advice: registryAdvice };
  await step(`downloading VS Code for the browser (code-server ${version}, 200 MB on disk)`, () =>
    run('npm', [...npmInstall, `code-server@${version}`], { ...options, cwd: folder }),
  );
  const vscode = vscodeIn(folder);
  await step('downloading its dependencies', () =>
    run('npm', [...npmInstall, '--omit=dev'], { ...options, cwd: vscode }),
  );
  await step(`compiling its native parts (${nativeModules.join(', ')})`, () => buildNativeModules(vscode));
  linkRipgrep(vscode);
  // Code asks for some modules in the archive which desktop builds have.
  symlinkSync('node_modules', join(vscode, 'node_modules.asar'));
}

const vscodeIn = (folder) => join(folder, 'node_modules', 'code-server', 'lib', 'vscode');

/** The folder of the embedded VS Code, made when the cache has none for this Node. */
export async function ensureEmbeddedVscode() {
  const { modules } = process.versions;
  const name = `code-server-${version}-${process.platform}-${process.arch}-node${modules}`;
  const folder = join(cacheDir(), name);
  if (existsSync(folder)) return vscodeIn(folder);
  return withLock(`${folder}.lock`, async () => {
    if (existsSync(folder)) return vscodeIn(folder);
    say(`-- making the embedded VS Code, once for all clones: ${folder}`);
    mkdirSync(cacheDir(), { recursive: true });
    const draft = mkdtempSync(join(cacheDir(), 'draft-'));
    const drop = atExit(() => rmSync(draft, { recursive: true, force: true }));
    try {
      await make(draft);
      // Whole or not at all: an interrupted run leaves no half of a VS Code under the final name.
      renameSync(draft, folder);
    } finally {
      drop();
    }
    return vscodeIn(folder);
  });
}
