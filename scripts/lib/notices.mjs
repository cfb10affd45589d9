/** The licences of what is in the package but not ours: their authors ask that their notice goes along. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dist, root } from './paths.mjs';

/** `node_modules/a/node_modules/@b/c/x.js` is of the package in `node_modules/a/node_modules/@b/c`. */
function packageOf(input) {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
}

function noticeOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const file = readdirSync(join(root, folder)).find((entry) => /^(licen[sc]e|copying)(\.|$)/i.test(entry));
  const text = file ? readFileSync(join(root, folder, file), 'utf8').trim() : `Licence: ${license}`;
  return `${name} ${version}\n\n${text}\n`;
}

/** Writes dist/THIRD-PARTY-NOTICES.txt from esbuild's metafiles and the packages whose files are copied. */
export function writeNotices(metafiles, copied) {
  const inputs = [...metafiles.flatMap((metafile) => Object.keys(metafile.inputs)), ...copied];
  const folders = [...new Set(inputs.map(packageOf).filter(Boolean))]
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .sort();
  const rule = `${'-'.repeat(80)}\n`;
  const head = 'IPC Lens holds parts of these packages.\n\n';
  writeFileSync(join(dist, 'THIRD-PARTY-NOTICES.txt'), head + folders.map(noticeOf).join(`\n${rule}\n`));
}
