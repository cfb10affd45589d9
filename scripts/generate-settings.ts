/**
 * `npx tsx scripts/generate-settings.ts [--check]`: writes the ids of all rules, with their titles, into the schema of the
 * setting `ipcLens.rules` in package.json, so that the editor offers them. With --check it writes nothing and fails when
 * the schema is stale.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ruleMetas } from '../server/rules/registry';
import type { RuleMeta } from '../server/rules/rule';

export const renewal = 'npx tsx scripts/generate-settings.ts';

const file = path.join(__dirname, '..', 'package.json');
const severities = ['off', 'hint', 'information', 'warning', 'error'];

/** The schema of `ipcLens.rules`: each rule, and each group as `group/*`. An id that is neither is a mistake of spelling. */
export function rulesSchema(metas: readonly RuleMeta[]) {
  const ids = metas.map(({ id, title, preset }) => [id, `${title}. On from the preset ${preset}.`] as const);
  const groups = [...new Set(metas.map(({ id }) => id.slice(0, id.indexOf('/'))))].sort();
  const entries = [
    ...groups.map((group) => [`${group}/*`, `All rules of the group ${group}.`] as const),
    ...[...ids].sort(([a], [b]) => (a < b ? -1 : 1)),
  ];
  return {
    properties: Object.fromEntries(
      entries.map(([id, description]) => [id, { type: 'string', enum: severities, description }]),
    ),
    additionalProperties: false,
  };
}

/** The text of package.json as it should be. */
function render(text: string): string {
  const manifest = JSON.parse(text);
  const { properties } = manifest.contributes.configuration;
  properties['ipcLens.rules'] = {
    ...properties['ipcLens.rules'],
    ...rulesSchema(ruleMetas),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** Whether package.json offers other rules than there are. */
export function isStale(): boolean {
  const text = readFileSync(file, 'utf8');
  return JSON.stringify(JSON.parse(text)) !== JSON.stringify(JSON.parse(render(text)));
}

function main(args: string[]): void {
  if (!args.includes('--check')) {
    writeFileSync(file, render(readFileSync(file, 'utf8')));
  } else if (isStale()) {
    console.error(`The rules in package.json are stale. Run ${renewal}`);
    process.exitCode = 1;
  }
}

if (require.main === module) main(process.argv.slice(2));
