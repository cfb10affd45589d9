#!/usr/bin/env node
/** `npm start [folder]`: from a fresh clone to a VS Code with IPC Lens in it. Node built-ins only until npm ci ran. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkNode, ensureDependencies } from './lib/dependencies.mjs';
import { ensureEmbeddedVscode, findOnPath } from './lib/embedded-vscode.mjs';
import { elapsed, Problem, reportAndExit, say, step } from './lib/log.mjs';
import { cacheDir, root } from './lib/paths.mjs';
import { atExit, isEnding, run, start } from './lib/proc.mjs';
import { hashOf, readStamp, writeStamp } from './lib/stamp.mjs';
import { installVsix, serve, writeSettings } from './lib/vscode-server.mjs';
import { packageVsix } from './lib/vsix.mjs';

const usage = `Usage: npm start -- [options] [folder]
Builds IPC Lens, installs it into a VS Code of its own and opens the folder there (default: examples/).
Your own VS Code, its settings and its extensions are not touched.

  --desktop        use \`code\` on PATH (the default when there is one and a display)
  --browser        use the embedded VS Code, served on 127.0.0.1 for your browser
  --port N         the port to serve on (default: 8417, or a free one when that is taken)
  --theme NAME     a colour theme by its name, "Default Light Modern" for one
  --help           this text`;

/** One address from start to start: the browser keeps the layout of the workbench for each address. */
const usualPort = 8417;

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        desktop: { type: 'boolean' },
        browser: { type: 'boolean' },
        port: { type: 'string' },
        theme: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new Problem(error.message, usage);
  }
}

function folderToOpen([given, ...more]) {
  if (more.length > 0) throw new Problem(`One folder, please, not also ${more.join(' ')}.`, usage);
  // npm runs scripts in the project's root: what was typed is meant from where it was typed.
  const folder = given ? resolve(process.env.INIT_CWD ?? '.', given) : join(root, 'examples');
  if (!existsSync(folder)) throw new Problem(`The folder ${folder} does not exist.`);
  if (!statSync(folder).isDirectory())
    throw new Problem(`${folder} is not a folder.`, 'Name the folder it is in.');
  return folder;
}

function portToUse(text) {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  throw new Problem(`--port ${text} is not a port.`, 'A port is a number from 1 to 65535.');
}

function desktopAvailable() {
  if (!findOnPath('code')) return false;
  // In a remote window's terminal `code` speaks to that window and cannot use folders of its own.
  if (process.env.VSCODE_IPC_HOOK_CLI) return false;
  const { DISPLAY, WAYLAND_DISPLAY, WSL_DISTRO_NAME } = process.env;
  return process.platform !== 'linux' || Boolean(DISPLAY || WAYLAND_DISPLAY || WSL_DISTRO_NAME);
}

function isFree(port) {
  return new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)));
  });
}

/** Folders of this clone: two clones may run at the same time with different code. */
function profile(kind) {
  const id = createHash('sha256').update(root).digest('hex').slice(0, 12);
  const base = join(cacheDir(), 'profiles', `${kind}-${id}`);
  return { base, data: join(base, 'data'), extensions: join(base, 'extensions') };
}

async function installOnce({ base }, vsix, install) {
  const stamp = join(base, 'installed');
  const hash = hashOf([vsix]);
  if (readStamp(stamp) === hash) return say('   the extension is installed already');
  await step('installing the extension', install);
  writeStamp(stamp, hash);
}

async function openInBrowser({ folder, port, theme, vsix }) {
  const vscode = await ensureEmbeddedVscode();
  const folders = profile('browser');
  await installOnce(folders, vsix, () => installVsix(vscode, folders, vsix));
  writeSettings(folders, theme ? { 'workbench.colorTheme': theme } : {});
  const chosen = port ?? ((await isFree(usualPort)) ? usualPort : 0);
  const server = await serve(vscode, folders, { port: chosen });
  say(`\nIPC Lens runs after ${elapsed()}. Open this address in a browser:\n\n    ${server.urlOf(folder)}\n`);
  say('Ctrl-C ends it.');
  server.child.on('exit', (code) => {
    if (isEnding()) return;
    reportAndExit(new Problem(`VS Code's server ended with exit code ${code}:\n${server.output()}`));
  });
}

/** The window is no child of `code`; VS Code writes its process id into its user data as long as it runs. */
function endWindow({ data }) {
  try {
    process.kill(Number(readFileSync(join(data, 'code.lock'), 'utf8')), 'SIGTERM');
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
  }
}

async function openOnDesktop({ folder, theme, vsix }) {
  if (!findOnPath('code')) {
    throw new Problem(
      'The command `code` is not on PATH.',
      'In VS Code, run "Shell Command: Install \'code\' command in PATH", or use `npm start -- --browser`.',
    );
  }
  const folders = profile('desktop');
  const own = ['--user-data-dir', folders.data, '--extensions-dir', folders.extensions];
  await installOnce(folders, vsix, () =>
    run('code', [...own, '--install-extension', vsix, '--force'], { quiet: true }),
  );
  const settings = join(folders.data, 'User', 'settings.json');
  if (theme || !existsSync(settings)) {
    mkdirSync(join(folders.data, 'User'), { recursive: true });
    const content = { 'workbench.startupEditor': 'none', ...(theme && { 'workbench.colorTheme': theme }) };
    writeFileSync(settings, JSON.stringify(content, null, 2));
  }
  say(`\nIPC Lens starts in VS Code after ${elapsed()}. Close its window, or press Ctrl-C, to end.`);
  atExit(() => endWindow(folders));
  const child = start('code', [...own, '--new-window', '--wait', folder], { stdio: 'inherit' });
  child.on('error', reportAndExit);
  child.on('exit', (code) => process.exit(code ?? 1));
}

async function main() {
  checkNode();
  const { values, positionals } = readArguments();
  if (values.help) return say(usage);
  if (values.desktop && values.browser)
    throw new Problem('--desktop and --browser exclude each other.', usage);
  const folder = folderToOpen(positionals);
  const port = portToUse(values.port);
  // Before the slow work, not after it.
  if (port && !(await isFree(port))) {
    throw new Problem(
      `Port ${port} is in use.`,
      'Choose another with --port, or leave --port out to get a free one.',
    );
  }
  await ensureDependencies();
  await run(process.execPath, [join(root, 'scripts', 'build.mjs'), '--production'], { cwd: root });
  const vsix = await packageVsix();
  const desktop = values.desktop || (!values.browser && desktopAvailable());
  await (desktop ? openOnDesktop : openInBrowser)({ folder, port, theme: values.theme, vsix });
}

main().catch(reportAndExit);
