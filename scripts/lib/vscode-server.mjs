/** Runs the embedded VS Code: installs a package into folders of its own, and serves the workbench on 127.0.0.1. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findOnPath } from './embedded-vscode.mjs';
import { Problem } from './log.mjs';
import { run, start, stop } from './proc.mjs';

/** A window which shows the folder and nothing else: no welcome, no chat, no telemetry. */
const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
};

const folderArguments = ({ data, extensions }) => [
  '--server-data-dir',
  data,
  '--user-data-dir',
  data,
  '--extensions-dir',
  extensions,
  '--accept-server-license-terms',
  '--telemetry-level',
  'off',
];

const serverMain = (vscode) => join(vscode, 'out', 'server-main.js');

/** The gallery of extensions is not needed, and asking it fails where there is no network. */
const environment = () => ({ ...process.env, EXTENSIONS_GALLERY: '{}' });

export function writeSettings({ data }, settings) {
  const folder = join(data, 'Machine');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'settings.json'), JSON.stringify({ ...quietSettings, ...settings }, null, 2));
}

/** Installs a VSIX as a user would. */
export async function installVsix(vscode, folders, vsix) {
  mkdirSync(folders.extensions, { recursive: true });
  const args = [serverMain(vscode), ...folderArguments(folders), '--install-extension', vsix, '--force'];
  const { output } = await run(process.execPath, args, { quiet: true, env: environment() });
  // The server's exit code is 0 even when it could not install.
  if (!/was successfully installed/.test(output))
    throw new Problem(`VS Code did not install ${vsix}:\n${output}`);
}

/** Where setpriv is, a server dies with its parent even when that is killed with SIGKILL. */
function wrapped(command, wrap) {
  const setpriv = findOnPath('setpriv');
  return [...(setpriv ? [setpriv, '--pdeathsig', 'TERM'] : []), ...wrap, ...command];
}

/**
 * Starts the server. `port` 0 takes a free one. `wrap` is put before the command (an own namespace, say).
 * Resolves, once it listens, to { child, pid, port, urlOf(folder), stop(), output() }.
 */
export async function serve(vscode, folders, { port = 0, wrap = [] } = {}) {
  // Anyone on this machine can reach the port; only who knows the token gets in.
  const token = randomBytes(16).toString('hex');
  const [command, ...args] = wrapped(
    [
      process.execPath,
      serverMain(vscode),
      ...folderArguments(folders),
      '--disable-workspace-trust',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--connection-token',
      token,
    ],
    wrap,
  );
  const child = start(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment() });
  let output = '';
  const bound = await new Promise((resolve, reject) => {
    const read = (chunk) => {
      output += chunk;
      const match = /Extension host agent listening on (\d+)/.exec(output);
      if (match) resolve(Number(match[1]));
      if (/EADDRINUSE/.test(output)) {
        reject(
          new Problem(
            `Port ${port} is in use.`,
            'Choose another with --port, or leave --port out to get a free one.',
          ),
        );
      }
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.on('error', reject);
    child.on('exit', (code) =>
      reject(new Problem(`VS Code's server ended with exit code ${code}:\n${output}`)),
    );
  });
  return {
    child,
    pid: child.pid,
    port: bound,
    urlOf: (folder) => `http://127.0.0.1:${bound}/?tkn=${token}&folder=${encodeURI(folder)}`,
    stop: () => stop(child),
    output: () => output,
  };
}
