import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Folders that hold no sources of the project. */
const skipped = new Set(['node_modules', 'build', 'dist', 'out', 'target', '__pycache__']);
const mostFiles = 20_000;
const mostFolders = 50_000;

/** The files below a folder that `wanted` takes, without hidden folders and build output. Links are not followed. */
export async function filesBelow(root: string, wanted: (name: string) => boolean): Promise<string[]> {
  const found: string[] = [];
  const open = [root];
  for (let seen = 0; seen < mostFolders && found.length < mostFiles; seen++) {
    const folder = open.pop();
    if (folder === undefined) {
      break;
    }
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const full = path.join(folder, entry.name);
      if (entry.isDirectory() && !entry.name.startsWith('.') && !skipped.has(entry.name)) {
        open.push(full);
      } else if (entry.isFile() && wanted(entry.name)) {
        found.push(full);
      }
    }
  }
  return found.sort();
}

/** The C sources that lie in a folder itself. */
export async function sourcesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const sources = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.c'));
  return sources.slice(0, mostFiles).map(({ name }) => path.join(folder, name));
}

/** The sources that a compile_commands.json lists. */
export async function listedSources(root: string): Promise<string[]> {
  const files = new Set<string>();
  for (const place of [root, path.join(root, 'build')]) {
    for (const { directory, file } of await compileCommands(path.join(place, 'compile_commands.json'))) {
      if (typeof file === 'string' && file.endsWith('.c')) files.add(path.resolve(place, directory, file));
    }
  }
  return [...files].slice(0, mostFiles);
}

/** What the catalog stands for: the analysis takes nothing from the system's own headers. */
const systemFolders = /^\/usr\/(?:local\/)?include(?:\/[\w-]+-linux-gnu)?$/;

/** The include folders that a compile_commands.json names, absolute and each once. Empty when there is none that can be read. */
export async function includeFolders(root: string): Promise<string[]> {
  const folders = new Set<string>();
  for (const place of [root, path.join(root, 'build')]) {
    for (const entry of await compileCommands(path.join(place, 'compile_commands.json'))) {
      for (const folder of includesIn(entry)) {
        folders.add(path.resolve(place, entry.directory, folder));
      }
    }
  }
  return [...folders].filter((folder) => !systemFolders.test(folder));
}

interface CompileCommand {
  directory: string;
  file?: string;
  arguments?: string[];
  command?: string;
}

async function compileCommands(file: string): Promise<CompileCommand[]> {
  try {
    const list: unknown = JSON.parse(await readFile(file, 'utf8'));
    return Array.isArray(list) ? list.filter(isCompileCommand) : [];
  } catch {
    return [];
  }
}

function isCompileCommand(value: unknown): value is CompileCommand {
  return (
    typeof value === 'object' && value !== null && typeof (value as CompileCommand).directory === 'string'
  );
}

function includesIn({ arguments: list, command }: CompileCommand): string[] {
  const words = Array.isArray(list) ? list.map(String) : shellWords(String(command ?? ''));
  return words.flatMap((word, i) => {
    const match = /^(-I|-iquote|-isystem)(.*)$/s.exec(word);
    const folder = match?.[2] || (match ? words[i + 1] : undefined);
    return folder ? [folder] : [];
  });
}

/** The words of a command line, quotes and backslashes taken off as a shell does. */
function shellWords(command: string): string[] {
  const words = command.match(/(?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|[^\s"'\\])+/gs) ?? [];
  return words.map((word) =>
    word.replace(
      /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/gs,
      (_, single?: string, double?: string, escaped?: string) =>
        single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
    ),
  );
}
