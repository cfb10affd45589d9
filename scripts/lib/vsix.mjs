/** The package of the extension, as a user installs it. */
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { say, step, warn } from './log.mjs';
import { root, tool } from './paths.mjs';
import { run } from './proc.mjs';
import { hashOf, readStamp, writeStamp } from './stamp.mjs';

/** DESIGN: the whole package stays below this. */
const goalBytes = 3 * 1024 * 1024;

/** What .vscodeignore lets through, roughly: a superset is enough to know when nothing changed. */
const inputs = [
  '.vscodeignore',
  'package.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'dist',
  'client/media',
  'snippets',
  'syntaxes',
  'walkthrough',
];

/** A package with native parts is for one platform only. */
function platformOf() {
  if (!existsSync(join(root, 'dist', 'native'))) return undefined;
  const musl = !process.report.getReport().header.glibcVersionRuntime;
  return `${musl ? 'alpine' : 'linux'}-${process.arch === 'arm' ? 'armhf' : process.arch}`;
}

/** Packages dist/ unless the last package has the same content. Resolves to the file's path. */
export async function packageVsix() {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const platform = platformOf();
  const file = join(root, 'build', `${[name, version, platform].filter(Boolean).join('-')}.vsix`);
  const stamp = `${file}.stamp`;
  const hash = hashOf(
    inputs.map((input) => join(root, input)),
    [platform ?? 'any'],
  );
  if (existsSync(file) && readStamp(stamp) === hash) {
    report(file, 'unchanged');
    return file;
  }
  rmSync(file, { force: true });
  await step('packaging (vsce package)', () =>
    run(
      process.execPath,
      [
        tool('@vscode/vsce/vsce'),
        'package',
        '--no-dependencies',
        '--allow-missing-repository',
        '--no-rewrite-relative-links',
        ...(platform ? ['--target', platform] : []),
        '--out',
        file,
      ],
      { cwd: root, quiet: true },
    ),
  );
  writeStamp(stamp, hash);
  report(file, 'made');
  return file;
}

function report(file, how) {
  const { size } = statSync(file);
  const text = `package ${how}: ${file} (${(size / 1024 / 1024).toFixed(2)} MB)`;
  if (size > goalBytes) warn(`${text}; the goal is at most 3 MB`);
  else say(`   ${text}`);
}
