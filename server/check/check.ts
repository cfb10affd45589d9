import { statSync } from 'node:fs';
import path from 'node:path';
import { Toolbox } from '../analysis/context';
import { loadParser } from '../c/parser';
import { type Configuration, defaultConfiguration, mergeConfiguration } from '../rules/configuration';
import type { PlacedFinding } from '../rules/lint';
import { projectConfiguration } from '../workspace/configuration-file';
import { Document } from '../workspace/document';
import { disk } from '../workspace/files';
import { Headers } from '../workspace/headers';
import { filesBelow, includeFolders } from '../workspace/scan';

/** A finding as it is printed: one-based line and column, the column in UTF-16 units. */
export interface Reported extends Omit<PlacedFinding, 'span' | 'related' | 'fix'> {
  file: string;
  line: number;
  column: number;
  /** The line of source. */
  source: string;
  related: { line: number; column: number; message: string }[];
}

export interface CheckResult {
  findings: Reported[];
  files: number;
  /** Sentences on what could not be read. */
  problems: string[];
}

export interface CheckOptions {
  /** Further folders in which includes are looked for. */
  include: string[];
  preset?: Configuration['preset'];
}

/** Lints files and folders from the command line. Does no writing. */
export async function check(paths: readonly string[], options: CheckOptions): Promise<CheckResult> {
  const problems: string[] = [];
  const roots = paths.map((given) => path.resolve(given));
  const files = await sourcesOf(roots, problems);
  const folders = [...options.include.map((folder) => path.resolve(folder))];
  for (const root of roots) {
    folders.push(...(await includeFolders(root)));
  }
  const toolbox = new Toolbox(await loadParser());
  const headers = new Headers(toolbox.parser, disk, () => folders);
  for (const root of roots) {
    headers.know(await filesBelow(isFolder(root) ? root : path.dirname(root), (name) => name.endsWith('.h')));
  }
  const findings: Reported[] = [];
  for (const file of files) {
    const read = disk.read(file);
    if (!read) {
      problems.push(`${file}: cannot be read.`);
      continue;
    }
    const document = new Document(file, read.text, 0, toolbox, headers);
    findings.push(...lintWhole(document, configurationFor(file, roots, options, problems)));
    document.dispose();
  }
  return { findings, files: files.length, problems };
}

async function sourcesOf(roots: string[], problems: string[]): Promise<string[]> {
  const files = new Set<string>();
  for (const root of roots) {
    if (isFolder(root)) {
      for (const file of await filesBelow(root, (name) => name.endsWith('.c'))) files.add(file);
    } else if (statOf(root)) {
      files.add(root);
    } else {
      problems.push(`${root}: no such file or folder.`);
    }
  }
  return [...files];
}

function statOf(file: string) {
  return statSync(file, { throwIfNoEntry: false });
}

function isFolder(file: string): boolean {
  return statOf(file)?.isDirectory() === true;
}

const configurations = new Map<string, Configuration>();

function configurationFor(
  file: string,
  roots: string[],
  { preset }: CheckOptions,
  problems: string[],
): Configuration {
  const folder = path.dirname(file);
  const key = `${preset ?? ''}\0${folder}`;
  let configuration = configurations.get(key);
  if (!configuration) {
    const root = roots.find((candidate) => file.startsWith(candidate + path.sep)) ?? folder;
    const project = projectConfiguration(folder, root);
    problems.push(...project.problems.map((problem) => `${project.file}: ${problem}`));
    configuration = mergeConfiguration(defaultConfiguration, {
      ...project.configuration,
      ...(preset ? { preset } : {}),
    });
    configurations.set(key, configuration);
  }
  return configuration;
}

function lintWhole(document: Document, configuration: Configuration): Reported[] {
  const steps = document.lint(configuration);
  let step = steps.next();
  while (!step.done) step = steps.next();
  const { lines } = document.source;
  const place = (offset: number) => {
    const { line, character } = lines.position(offset);
    return { line: line + 1, column: character + 1 };
  };
  return step.value.map(({ span, related, rule, severity, message }) => ({
    file: document.path,
    ...place(span.start),
    rule,
    severity,
    message,
    source: lines.line(lines.position(span.start).line).trim(),
    related: related.map((other) => ({ ...place(other.span.start), message: other.message })),
  }));
}
