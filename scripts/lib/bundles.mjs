/** The JavaScript of the extension, by esbuild, and the files which go beside it. Types are checked elsewhere (tsc). */
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { writeNotices } from './notices.mjs';
import { dist, root } from './paths.mjs';

/** CommonJS has no import.meta; packages written as modules (web-tree-sitter) ask for its url. */
const importMetaUrl = {
  define: { 'import.meta.url': '__importMetaUrl' },
  banner: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;",
};

const forNode = {
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  define: importMetaUrl.define,
  banner: { js: importMetaUrl.banner },
  external: ['vscode', '*.node'],
};

const forWebviews = {
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.css': 'css', '.ttf': 'copy' },
};

const bundles = [
  { entry: 'client/extension.ts', out: 'client.js', options: forNode },
  { entry: 'server/server.ts', out: 'server.js', options: forNode },
  {
    entry: 'server/cli.ts',
    out: 'cli.js',
    options: { ...forNode, banner: { js: `#!/usr/bin/env node\n${importMetaUrl.banner}` } },
    executable: true,
  },
  { entry: 'client/panel/webview/main.tsx', out: 'panel.js', options: forWebviews },
  { entry: 'client/kernel/webview/main.tsx', out: 'kernel.js', options: forWebviews },
  { entry: 'client/compare/webview/main.tsx', out: 'compare.js', options: forWebviews },
];

const copies = [
  ['node_modules/web-tree-sitter/web-tree-sitter.wasm', 'web-tree-sitter.wasm'],
  ['node_modules/tree-sitter-c/tree-sitter-c.wasm', 'tree-sitter-c.wasm'],
  ['node_modules/@vscode/codicons/dist/codicon.css', 'codicon.css'],
  ['node_modules/@vscode/codicons/dist/codicon.ttf', 'codicon.ttf'],
];

/** Builds every bundle and copies what lies beside them. `production`: small, for a package. */
export async function buildBundles({ production = false } = {}) {
  mkdirSync(dist, { recursive: true });
  const metafiles = await Promise.all(
    bundles.map(async ({ entry, out, options, executable }) => {
      const outfile = join(dist, out);
      const { metafile } = await build({
        ...options,
        entryPoints: [join(root, entry)],
        outfile,
        bundle: true,
        minify: production,
        sourcemap: production ? false : 'linked',
        legalComments: 'none', // They stand in THIRD-PARTY-NOTICES.txt.
        metafile: true,
        logLevel: 'warning',
        absWorkingDir: root,
      });
      if (executable) chmodSync(outfile, 0o755);
      return metafile;
    }),
  );
  for (const [from, to] of copies) copyFileSync(join(root, from), join(dist, to));
  writeNotices(
    metafiles,
    copies.map(([from]) => from),
  );
}
