/** npm's packages: installed when package-lock.json asks for others than node_modules has. Node built-ins only. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { Problem, say, step } from './log.mjs';
import { root } from './paths.mjs';
import { run } from './proc.mjs';

const oldestNode = [20, 18];

/** Old Nodes fail later with errors nobody understands. */
export function checkNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  throw new Problem(
    `Node ${version} is too old: IPC Lens is built with Node ${oldestNode.join('.')} or newer.`,
    'Install a current Node (20 LTS or newer), then try again.',
  );
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** npm writes what it installed into node_modules/.package-lock.json, at the end of a whole installation. */
function isInstalled(folder) {
  const wanted = packagesOf(join(folder, 'package-lock.json'));
  const found = packagesOf(join(folder, 'node_modules', '.package-lock.json'));
  if (!wanted || !found) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional || found[path]?.version === version,
  );
}

/** Runs `npm ci` when needed. Install scripts stay off: nothing that is installed may run code or download more. */
export async function ensureDependencies() {
  if (!existsSync(join(root, 'package-lock.json'))) {
    throw new Problem('package-lock.json is missing: this is not a whole clone of IPC Lens.');
  }
  if (isInstalled(root)) return;
  await withLock(join(root, 'build', 'npm.lock'), async () => {
    if (isInstalled(root)) return;
    say('   node_modules is missing or older than package-lock.json');
    await step('installing npm packages (npm ci --ignore-scripts)', () =>
      run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
        cwd: root,
        quiet: true,
        advice:
          'npm could not install the packages. Check the network and `npm config get registry`, then try again.',
      }),
    );
  });
}
