import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type BuildResult, build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { extendHistory, type History } from '../../client/panel/history';
import { panelHtml } from '../../client/panel/html';
import type { FromWebview } from '../../client/panel/messages';
import type { DemoView } from '../../server/protocol';
import { type ThemeName, themeCss } from './themes';

/** A webview of the client, by the name of its bundle and of its folder. */
export type WebviewName = 'panel' | 'kernel' | 'compare';

/**
 * A panel as VS Code would show it: the document that the host writes, with its Content-Security-Policy, in a real
 * browser, with a stand-in for the webview's API and the variables of a theme.
 */
const root = join(__dirname, '..', '..');

export const chromiumPath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path && existsSync(path),
);

export class Harness {
  private constructor(
    private readonly browser: Browser,
    private readonly server: Server,
    private readonly origin: string,
  ) {}

  static async start(name: WebviewName = 'panel'): Promise<Harness> {
    const files = await buildWebview(name);
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      const theme = (url.searchParams.get('theme') ?? 'dark') as ThemeName;
      const answer = respond(name, url.pathname, theme, `http://${request.headers.host}`, files);
      response.writeHead(answer ? 200 : 404, { 'content-type': answer?.type ?? 'text/plain' });
      response.end(answer?.body ?? 'not found');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const browser = await chromium.launch({
      executablePath: chromiumPath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
      ],
    });
    return new Harness(browser, server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  async open(options: { theme?: ThemeName; width?: number; height?: number; reducedMotion?: boolean } = {}) {
    const page = await this.browser.newPage({
      viewport: { width: options.width ?? 1200, height: options.height ?? 900 },
      reducedMotion: options.reducedMotion === false ? 'no-preference' : 'reduce',
    });
    const panel = new PanelPage(page);
    await panel.load(`${this.origin}/?theme=${options.theme ?? 'dark'}`);
    return panel;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await new Promise((done) => this.server.close(done));
  }
}

/** What a webview finds in its window. As text: a function would bring helpers of the compiler along. */
const standIn = `
  window.sent = [];
  window.violations = [];
  document.addEventListener('securitypolicyviolation', (event) =>
    window.violations.push([event.violatedDirective, event.blockedURI, event.sample].join(' ')));
  window.acquireVsCodeApi = () => ({
    postMessage: (message) => window.sent.push(message),
    getState: () => window.kept,
    setState: (state) => { window.kept = state; },
  });
`;

/** One panel in the browser, with everything that went wrong in it. */
export class PanelPage {
  /** Errors, and violations of the policy. */
  readonly problems: string[] = [];
  private history?: History;

  constructor(readonly page: Page) {}

  async load(url: string): Promise<void> {
    this.page.on('pageerror', (error) => this.problems.push(`exception: ${error.message}`));
    this.page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.problems.push(`console: ${message.text()}`);
    });
    await this.page.addInitScript({ content: standIn });
    await this.page.goto(url);
  }

  /** Sends views as the host would, in turn. */
  async show(...views: DemoView[]): Promise<void> {
    for (const view of views) {
      this.history = extendHistory(this.history, view);
      await this.post({ type: 'view', view, history: this.history });
    }
    await this.page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
  }

  async post(message: unknown): Promise<void> {
    await this.page.evaluate((data) => window.postMessage(data, '*'), message);
  }

  async sent<Message = FromWebview>(): Promise<Message[]> {
    return this.page.evaluate(() => (window as unknown as { sent: Message[] }).sent);
  }

  async kept(): Promise<unknown> {
    return this.page.evaluate(() => (window as unknown as { kept: unknown }).kept);
  }

  async violations(): Promise<string[]> {
    return this.page.evaluate(() => (window as unknown as { violations: string[] }).violations);
  }

  close(): Promise<void> {
    return this.page.close();
  }
}

/** From source, so that the tests never look at an old dist/. */
async function buildWebview(name: WebviewName): Promise<Map<string, Buffer>> {
  const result: BuildResult<{ write: false }> = await build({
    entryPoints: [join(root, `client/${name}/webview/main.tsx`)],
    outfile: `${name}.js`,
    bundle: true,
    write: false,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'error',
  });
  const files = new Map(
    result.outputFiles.map((file) => [`/${file.path.split('/').at(-1)}`, Buffer.from(file.contents)]),
  );
  for (const icons of ['codicon.css', 'codicon.ttf']) {
    files.set(`/${icons}`, readFileSync(join(root, 'node_modules/@vscode/codicons/dist', icons)));
  }
  return files;
}

const types: Record<string, string> = { css: 'text/css', js: 'text/javascript', ttf: 'font/ttf' };

function respond(
  name: WebviewName,
  path: string,
  theme: ThemeName,
  origin: string,
  files: Map<string, Buffer>,
) {
  if (path === '/') {
    const html = panelHtml({
      cspSource: origin,
      styles: [`${origin}/theme.css?theme=${theme}`, `${origin}/codicon.css`, `${origin}/${name}.css`],
      script: `${origin}/${name}.js`,
      title: name,
    });
    /* VS Code says on the body which kind of theme it is. */
    const kind = theme === 'contrast' ? 'high-contrast' : theme;
    return {
      type: 'text/html',
      body: html.replace('<body class="', `<body class="vscode-${kind} `),
    };
  }
  if (path === '/theme.css') return { type: 'text/css', body: themeCss(theme) };
  if (path === '/favicon.ico') return { type: 'text/plain', body: '' };
  const body = files.get(path);
  return body && { type: types[path.split('.').at(-1) ?? ''] ?? 'text/plain', body };
}
