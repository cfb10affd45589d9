#!/usr/bin/env node
/** `npm run build`: everything into dist/. Bundles take a second; native parts are rebuilt only when they changed. */
import { join } from 'node:path';
import { buildBundles } from './lib/bundles.mjs';
import { withLock } from './lib/lock.mjs';
import { elapsed, reportAndExit, say } from './lib/log.mjs';
import { buildNative } from './lib/native.mjs';
import { root } from './lib/paths.mjs';

const usage = `Usage: npm run build [-- options]
  --production       small code without source maps, for a package
  --require-native   fail when the native parts cannot be built
  --no-native        leave the native parts as they are`;

const known = ['--production', '--require-native', '--no-native'];

async function main(args) {
  if (args.includes('--help')) return say(usage);
  const unknown = args.filter((arg) => !known.includes(arg));
  if (unknown.length > 0) throw new Error(`unknown option: ${unknown.join(' ')}\n${usage}`);
  await withLock(join(root, 'build', 'ipc-lens.lock'), async () => {
    await buildBundles({ production: args.includes('--production') });
    if (!args.includes('--no-native')) await buildNative({ required: args.includes('--require-native') });
  });
  say(`   built dist/ in ${elapsed()}`);
}

main(process.argv.slice(2)).catch(reportAndExit);
