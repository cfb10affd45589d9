/**
 * `npx tsx scripts/generate-rule-docs.ts [--check]`: writes docs/rules/ from the metadata of the rules: a page for each and
 * an index. With --check it writes nothing and fails when a page is stale or left over.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { facilities, topics } from '../catalog';
import { scenarios } from '../server/demos/registry';
import { demoOf } from '../server/rules/demonstration';
import { ruleMetas } from '../server/rules/registry';
import { presets, type RuleMeta } from '../server/rules/rule';

export const renewal = 'npx tsx scripts/generate-rule-docs.ts';

const folder = path.join(__dirname, '..', 'docs', 'rules');
const notice = `<!-- Generated from the rule by \`${renewal}\`. Do not edit. -->`;

/** Groups of rules that are no facility. */
const groups: Record<string, string> = {
  handle: 'Any descriptor or handle',
  fork: 'Processes made by fork',
  process: 'Processes and threads',
  socket: 'Sockets',
  sysv: 'All System V objects',
  thread: 'Threads',
  posix: 'All POSIX objects',
  'posix-sem': 'POSIX semaphores',
  sem: 'All semaphores',
  shm: 'All shared memory',
  lock: 'Locks',
  multiplex: 'Waiting for several descriptors',
};

function groupOf({ id }: RuleMeta): string {
  return id.slice(0, id.indexOf('/'));
}

/** The heading of a group of rules: the title of its facility or topic, or its own. */
export function groupTitle(group: string): string {
  const known = [...facilities.values(), ...topics.values()].find(({ id }) => id === group);
  return known?.title ?? groups[group] ?? group;
}

const presetNotes: Record<RuleMeta['preset'], string> = {
  recommended: 'on in every preset',
  strict: 'on in the presets `strict` and `teaching`',
  teaching: 'on in the preset `teaching`',
};

function code(text: string): string {
  return `\`\`\`c\n${text.trimEnd()}\n\`\`\``;
}

/** The page of one rule. */
export function renderRule(meta: RuleMeta): string {
  const demo = demoOf(meta, scenarios);
  const pages = meta.references.map(({ page, section }) => `\`${page}(${section})\``).join(', ');
  return `${[
    notice,
    `# ${meta.id}`,
    `**${meta.title}.**`,
    `Severity: **${meta.severity}**, ${presetNotes[meta.preset]}.`,
    '## Why it matters',
    meta.explanation,
    '## Example',
    'This is reported:',
    code(meta.example.bad),
    'This is not:',
    code(meta.example.good),
    '## What it does not report',
    meta.silence,
    ...(demo
      ? [
          '## See it happen',
          `The demo \`${demo}\` plays the consequence on real processes: choose *See it happen* at the finding, or run the command *IPC Lens: Run Demo…*.`,
        ]
      : []),
    '## Turning it off',
    [
      `- For one line: \`// ipc-lens-disable-next-line ${meta.id} -- why\`.`,
      `- For one file: \`/* ipc-lens-disable ${meta.id} */\`.`,
      `- Everywhere: \`"ipcLens.rules": { "${meta.id}": "off" }\` in the settings, or the same under \`rules\` in \`.ipc-lens.json\`.`,
    ].join('\n'),
    '## Manual pages',
    pages,
  ].join('\n\n')}\n`;
}

/** The list of all rules. */
export function renderIndex(all: readonly RuleMeta[]): string {
  const names = [...new Set(all.map(groupOf))].sort();
  const sections = names.map((group) => {
    const rows = all
      .filter((meta) => groupOf(meta) === group)
      .map(({ id, title, severity, preset }) => `| [${id}](${id}.md) | ${title} | ${severity} | ${preset} |`);
    return [
      `## ${groupTitle(group)}`,
      ['| Rule | Finds | Severity | Preset |', '| --- | --- | --- | --- |', ...rows].join('\n'),
    ];
  });
  return `${[
    notice,
    '# Rules',
    `Each preset has the rules of those before it: ${presets.map((preset) => `\`${preset}\``).join(', ')}.`,
    ...sections.flat(),
  ].join('\n\n')}\n`;
}

/** Every page by its path below docs/rules. */
export function renderAll(): Map<string, string> {
  return new Map([
    ['README.md', renderIndex(ruleMetas)],
    ...ruleMetas.map((meta): [string, string] => [`${meta.id}.md`, renderRule(meta)]),
  ]);
}

/** Pages that are missing, stale or left over, each with what is wrong. */
export function stalePages(): string[] {
  const pages = renderAll();
  const wrong = [...pages].flatMap(([name, text]) => {
    const file = path.join(folder, name);
    if (!existsSync(file)) return [`${name} is missing`];
    return readFileSync(file, 'utf8') === text ? [] : [`${name} is stale`];
  });
  return [...wrong, ...present().flatMap((name) => (pages.has(name) ? [] : [`${name} belongs to no rule`]))];
}

function present(): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.split(path.sep).join('/'));
}

function main(args: string[]): void {
  if (args.includes('--check')) {
    const wrong = stalePages();
    if (wrong.length > 0) {
      console.error(`${wrong.join('\n')}\nRun ${renewal}`);
      process.exitCode = 1;
    }
    return;
  }
  const pages = renderAll();
  for (const name of present()) {
    if (!pages.has(name)) rmSync(path.join(folder, name));
  }
  for (const [name, text] of pages) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

if (require.main === module) main(process.argv.slice(2));
