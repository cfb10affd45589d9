import { join } from 'node:path';
import { build } from 'esbuild';
import type * as fake from './fake-vscode';

export const root = join(__dirname, '..', '..');

/** The client's code as it is shipped, one bundle, with a fake editor in the place of `vscode`, which it exports too. */
export async function bundled<T>(contents: string, folder: string): Promise<T & { vscode: typeof fake }> {
  const outfile = join(folder, 'client.cjs');
  await build({
    stdin: {
      contents: `${contents}; export * as vscode from 'vscode';`,
      resolveDir: root,
      loader: 'ts',
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
    // The protocol library is loaded when the server starts; in here that would be a mistake, so it throws.
    plugins: [
      {
        name: 'fake-vscode',
        setup: (plugin) => {
          plugin.onResolve({ filter: /^vscode$/ }, () => ({ path: join(__dirname, 'fake-vscode.ts') }));
          plugin.onResolve({ filter: /^vscode-languageclient/ }, () => ({
            path: 'client',
            namespace: 'absent',
          }));
          plugin.onLoad({ filter: /.*/, namespace: 'absent' }, () => ({
            contents: `throw new Error('the protocol library was loaded');`,
          }));
        },
      },
    ],
  });
  return require(outfile);
}
