/** One VS Code in one browser window, on a copy of examples/, in folders and an IPC namespace of its own. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { ensureEmbeddedVscode, findOnPath } from '../../../scripts/lib/embedded-vscode.mjs';
import { installVsix, serve, type VscodeServer, writeSettings } from '../../../scripts/lib/vscode-server.mjs';
import { type Namespace, namespaceOf, ownNamespace } from './namespace';
import { Workbench } from './workbench';

const root = resolve(__dirname, '../../..');

const themes = { dark: 'Default Dark Modern', light: 'Default Light Modern' } as const;

export type ThemeKind = keyof typeof themes;

const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // What a test shows must not depend on a network.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** Settings which keep a picture still: no blinking caret, no animation, nothing that pops up by itself. */
const stillSettings = {
  'editor.cursorBlinking': 'solid',
  'editor.minimap.enabled': false,
  'workbench.reduceMotion': 'on',
  'workbench.enableExperiments': false,
  'files.autoSave': 'off',
  'files.hotExit': 'off',
  'git.enabled': false,
};

export interface Session {
  theme: ThemeKind;
  /** The folder which is open. */
  folder: string;
  page: Page;
  workbench: Workbench;
  server: VscodeServer;
  /** Where the extension, its kernel objects and its demos live. */
  namespace: Namespace;
  /** What VS Code and the extension logged until now. */
  logs(): string;
  close(): Promise<void>;
}

function requiredEnvironment(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests by \`npm test -- --suite e2e\``);
  return value;
}

async function launchBrowser(): Promise<Browser> {
  const executablePath =
    findOnPath('chromium') ?? findOnPath('chromium-browser') ?? findOnPath('google-chrome');
  if (!executablePath) throw new Error('Chromium is not installed (Debian: apt-get install chromium)');
  return chromium.launch({ executablePath, args: chromiumFlags });
}

function copyExamples(base: string): string {
  const folder = join(base, 'examples');
  cpSync(join(root, 'examples'), folder, { recursive: true });
  return folder;
}

interface SessionOptions {
  /** The size of the window. */
  viewport?: { width: number; height: number };
  /** Where pictures go; the folder is emptied. */
  shots?: string;
}

const usual = { width: 1280, height: 800 };

export async function openSession(theme: ThemeKind, options: SessionOptions = {}): Promise<Session> {
  const base = mkdtempSync(join(tmpdir(), 'ipc-lens-e2e-'));
  const folders = { data: join(base, 'data'), extensions: join(base, 'extensions') };
  const closers: (() => unknown)[] = [() => rmSync(base, { recursive: true, force: true, maxRetries: 5 })];
  const close = async () => {
    for (const closer of closers.reverse()) await closer();
    closers.length = 0;
  };
  try {
    const folder = copyExamples(base);
    const vscode = await ensureEmbeddedVscode();
    await installVsix(vscode, folders, requiredEnvironment('IPC_LENS_VSIX'));
    writeSettings(folders, { ...stillSettings, 'workbench.colorTheme': themes[theme] });
    const server = await serve(vscode, folders, { wrap: ownNamespace });
    closers.push(() => server.stop());
    const browser = await launchBrowser();
    closers.push(() => browser.close());
    const page = await browser.newPage({ viewport: options.viewport ?? usual });
    await page.goto(server.urlOf(folder));
    const shots = options.shots ?? join(root, 'test/output/screenshots', theme);
    rmSync(shots, { recursive: true, force: true });
    const workbench = new Workbench(page, folder, shots);
    await workbench.waitUntilReady();
    const logs = () => [server.output(), ...logFiles(folders.data)].join('\n');
    return { theme, folder, page, workbench, server, namespace: namespaceOf(server.pid), logs, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The log files of VS Code's server, the extension host and every output channel, each under its name. */
function logFiles(data: string): string[] {
  const folder = join(data, 'logs');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.log'))
    .sort()
    .map((name) => `==== ${name}\n${readFileSync(join(folder, name), 'utf8')}`);
}
