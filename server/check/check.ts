import path from 'node:path';
import { Toolbox } from '../analysis/context';
import { loadParser } from '../c/parser';
import { type Configuration, defaultConfiguration, mergeConfiguration } from '../rules/configuration';
import type { PlacedFinding } from '../rules/lint';
import { projectConfiguration } from '../workspace/configuration-file';
import { Document } from '../workspace/document';
import { disk, readText, statusOf } from '../workspace/files';
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
  const toolbox = new Toolbox(await loadParser());
  const headers = await headersOf(roots, options, toolbox);
  const configurations = new Configurations(options, problems);
  const findings: Reported[] = [];
  for (const file of files) {
    const text = readText(file);
    if (text === undefined) {
      problems.push(`${file}: cannot be read.`);
      continue;
    }
    const document = new Document(file, text, 0, toolbox, headers);
    findings.push(...lintWhole(document, configurations.of(file)));
    document.dispose();
  }
  return { findings, files: files.length, problems };
}

async function sourcesOf(roots: string[], problems: string[]): Promise<string[]> {
  const files = new Set<string>();
  for (const root of roots) {
    const status = statusOf(root);
    if (status?.isDirectory()) {
      const found = await filesBelow(root, (name) => name.endsWith('.c'));
      if (found.length === 0) problems.push(`${root}: no C files in this folder.`);
      for (const file of found) files.add(file);
    } else if (status?.isFile()) {
      files.add(root);
    } else {
      problems.push(`${root}: ${status ? 'neither a file nor a folder.' : 'no such file or folder.'}`);
    }
  }
  return [...files];
}

/** The headers of the project: of each folder, and of the folder that each file lies in. */
async function headersOf(roots: string[], { include }: CheckOptions, { parser }: Toolbox): Promise<Headers> {
  const places = new Set(roots.map((root) => (isFolder(root) ? root : path.dirname(root))));
  const folders = include.map((folder) => path.resolve(folder));
  for (const place of new Set([...places, process.cwd()])) {
    folders.push(...(await includeFolders(place)));
  }
  const headers = new Headers(parser, disk, () => folders);
  for (const place of places) {
    headers.know(await filesBelow(place, (name) => name.endsWith('.h')));
  }
  return headers;
}

function isFolder(file: string): boolean {
  return statusOf(file)?.isDirectory() === true;
}

/** The configuration of each file, from the nearest `.ipc-lens.json` above it, and the preset of the command line. */
class Configurations {
  private readonly byFolder = new Map<string, Configuration>();

  constructor(
    private readonly options: CheckOptions,
    private readonly problems: string[],
  ) {}

  of(file: string): Configuration {
    const folder = path.dirname(file);
    let configuration = this.byFolder.get(folder);
    if (!configuration) {
      const project = projectConfiguration(folder, path.parse(folder).root);
      for (const problem of project.problems) {
        const line = `${project.file}: ${problem}`;
        if (!this.problems.includes(line)) this.problems.push(line);
      }
      const { preset } = this.options;
      configuration = mergeConfiguration(defaultConfiguration, {
        ...project.configuration,
        ...(preset ? { preset } : {}),
      });
      this.byFolder.set(folder, configuration);
    }
    return configuration;
  }
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
