import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tool } from './paths.mjs';
import { run } from './proc.mjs';

/** Node's own headers, when they came with it: node-gyp would download them otherwise. */
function nodedirArgument() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include', 'node', 'node.h')) ? [`--nodedir=${prefix}`] : [];
}

/** Builds the package in `folder`; quiet unless it fails. */
export function nodeGyp(commands, folder, env = {}) {
  return run(
    process.execPath,
    [tool('node-gyp/bin/node-gyp.js'), ...commands, '--release', '--jobs=max', ...nodedirArgument()],
    {
      cwd: folder,
      env: { ...process.env, ...env },
      quiet: true,
      advice:
        'Native code needs make, a C and C++ compiler and Python 3 (Debian: apt-get install build-essential python3),\n' +
        "and Node's headers, which node-gyp downloads when they did not come with Node.",
    },
  );
}
