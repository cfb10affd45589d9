/** What of the server is measured without a connection. Bundled as the server is, since a bundle runs otherwise than sources. */
import { join } from 'node:path';
import { build } from 'esbuild';
import type * as Parts from './engine-parts';

export type { Document } from '../../server/workspace/document';

/** The engine as one bundle beside the grammar files of `dist`. */
export async function loadEngine(dist: string): Promise<typeof Parts> {
  const outfile = join(dist, 'bench-engine.cjs');
  await build({
    entryPoints: [join(__dirname, 'engine-parts.ts')],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    define: { 'import.meta.url': '__importMetaUrl' },
    banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    logLevel: 'error',
  });
  return require(outfile) as typeof Parts;
}
