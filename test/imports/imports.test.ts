/** The rules on imports are tested like the rules on C: each file of tree/ says on its first line what it breaks. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const tree = join(__dirname, 'tree');
const configuration = join(root, '.dependency-cruiser.cjs');

interface CruiseResult {
  summary: { violations: { from: string; rule: { name: string } }[] };
}

const ruleNames: string[] = require(configuration).forbidden.map((rule: { name: string }) => rule.name);

function violations(): string[] {
  const tool = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [tool, '--config', configuration, '--output-type', 'json', 'catalog', 'server', 'client'];
  const output = execFileSync(process.execPath, args, { cwd: tree, encoding: 'utf8' });
  const { summary } = JSON.parse(output) as CruiseResult;
  return [...new Set(summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`))].sort();
}

function expected(): string[] {
  const files = readdirSync(tree, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  return files
    .flatMap((file) =>
      [...readFileSync(join(tree, file), 'utf8').matchAll(/^\/\/ breaks: (.+)$/gm)].map(
        (match) => `${file}: ${match[1]}`,
      ),
    )
    .sort();
}

describe('imports', () => {
  it('finds exactly the violations of the tree', () => {
    assert.deepEqual(violations(), expected());
  }).timeout(20_000);

  it('has a violation for each rule', () => {
    const broken = new Set(expected().map((line) => line.slice(line.indexOf(': ') + 2)));
    assert.deepEqual([...broken].sort(), [...ruleNames].sort());
  });
});
