import { homedir } from 'node:os';
import path from 'node:path';
import type { Configuration } from '../rules/configuration';
import { readText, statusOf } from '../workspace/files';
import { filesBelow, includeFolders, listedSources, sourcesIn } from '../workspace/scan';
import { Checker } from './checker';
import type { Job, Report, Reported, Setup } from './jobs';
import { inThreads, threadsFor } from './threads';

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
  /** Threads to work with; by the number of files and processors where it is not given. */
  jobs?: number;
  /** The program that threads run, which calls `serveThread`; without it everything is done in this thread. */
  entry?: string;
}

/** Lints files and folders from the command line. Does no writing. */
export async function check(paths: readonly string[], options: CheckOptions): Promise<CheckResult> {
  const problems: string[] = [];
  const roots = [...new Set(paths.map((given) => path.resolve(given)))];
  const files = await sourcesOf(roots, problems);
  const setup = await setupFor(roots, files, options);
  return merged(files, await reportsOf(files, setup, options), problems);
}

async function reportsOf(
  files: string[],
  setup: Setup,
  { jobs: wanted = threadsFor(files.length), entry }: CheckOptions,
): Promise<Report[]> {
  // What takes longest comes first, so that threads do the rest meanwhile.
  const jobs: Job[] = [{ together: files }, ...files.map((lint) => ({ lint }))];
  const threads = Math.min(wanted, files.length);
  if (threads >= 2 && entry !== undefined) return inThreads(entry, threads, jobs, setup);
  const checker = await Checker.create(setup);
  return jobs.map((job) => checker.do(job));
}

async function sourcesOf(roots: string[], problems: string[]): Promise<string[]> {
  const files = new Set<string>();
  for (const root of roots) {
    const status = statusOf(root);
    if (status?.isDirectory()) {
      const found = await filesBelow(root, (name) => name.endsWith('.c'));
      if (found.length === 0) problems.push(`${root}: no C files in this folder.`);
      for (const file of found) files.add(file);
      // The functions of a header are in no C file, so nobody else lints them.
      const headers = await filesBelow(root, (name) => name.endsWith('.h'));
      for (const header of headers) if (definesFunctions(readText(header) ?? '')) files.add(header);
    } else if (status?.isFile()) {
      files.add(root);
    } else {
      problems.push(`${root}: ${status ? 'neither a file nor a folder.' : 'no such file or folder.'}`);
    }
  }
  return [...files];
}

/**
 * Where headers and functions of other files are looked for: in each folder, in the folder that each file lies in, and where
 * compile_commands.json and -I point to; headers in the whole working copy that these lie in, and below the working directory, too. Nothing is
 * read before it is asked for.
 */
async function setupFor(roots: string[], files: string[], { include, preset }: CheckOptions): Promise<Setup> {
  const places = new Set(roots.map((root) => (isFolder(root) ? root : path.dirname(root))));
  const folders = include.map((folder) => path.resolve(folder));
  const sources = new Set(files.filter((file) => !file.endsWith('.h')));
  for (const place of new Set([...places, process.cwd()])) {
    folders.push(...(await includeFolders(place)));
    for (const source of await listedSources(place)) sources.add(source);
  }
  const headers = new Set<string>();
  // A part of a project includes what lies beside it, too: `include` next to `src`.
  const around = [...places].map((each) => workingCopyAround(each) ?? each);
  for (const place of new Set([...around, ...projectAround(roots)])) {
    for (const header of await filesBelow(place, (name) => name.endsWith('.h'))) headers.add(header);
  }
  // A file that is named alone stands among others, and the functions of a header are often defined beside it.
  const beside = new Set([...roots.filter((root) => !isFolder(root)).map(path.dirname), ...folders]);
  for (const folder of beside) {
    for (const source of await sourcesIn(folder)) sources.add(source);
  }
  return { headers: [...headers], folders, sources: [...sources], ...(preset ? { preset } : {}) };
}

/** Who names single files stands in the project that they belong to, as a hook of the version control does; but not at home. */
function projectAround(roots: readonly string[]): string[] {
  const folder = process.cwd();
  const isAround = roots.some((root) => root.startsWith(`${folder}${path.sep}`) && !isFolder(root));
  return isAround && folder !== homedir() ? [folder] : [];
}

const functionBody = /\)[ \t]*\r?\n\{|^[A-Za-z_][^\n#;]*\)[ \t]*\{/m;
const otherLanguage = /^[ \t]*(?:class[ \t]+\w|template[ \t]*<|namespace[ \t]+\w|@interface\b)/m;

/** Whether a header looks as if it held functions in C; a quick look, without parsing it. */
function definesFunctions(text: string): boolean {
  return functionBody.test(text) && !otherLanguage.test(text);
}

/** The working copy that a folder lies in. */
function workingCopyAround(folder: string): string | undefined {
  if (['.git', '.hg', '.svn'].some((mark) => statusOf(path.join(folder, mark)))) return folder;
  const outer = path.dirname(folder);
  return outer === folder ? undefined : workingCopyAround(outer);
}

function isFolder(file: string): boolean {
  return statusOf(file)?.isDirectory() === true;
}

/** All reports together: the findings of each file in the order of its text, each once, whichever file led to them. */
function merged(files: string[], reports: readonly Report[], problems: string[]): CheckResult {
  const byFile = new Map(files.map((file) => [file, new Map<string, Reported>()]));
  const all = new Set(problems);
  for (const { findings, problems: more } of reports) {
    for (const problem of more) all.add(problem);
    for (const finding of findings) {
      const known = byFile.get(finding.file);
      const key = `${finding.line}:${finding.column}:${finding.rule}`;
      if (known && !known.has(key)) known.set(key, finding);
    }
  }
  const findings = [...byFile.values()].flatMap((found) =>
    [...found.values()].sort((a, b) => a.line - b.line || a.column - b.column),
  );
  return { findings, files: files.length, problems: [...all] };
}
