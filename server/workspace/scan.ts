import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Folders that hold no sources of the project. */
const skipped = new Set(['node_modules', 'build', 'dist', 'out', 'target', '__pycache__']);
const mostFiles = 20_000;

/** The files below a folder that `wanted` takes, without hidden folders and build output. Links are not followed. */
export async function filesBelow(root: string, wanted: (name: string) => boolean): Promise<string[]> {
  const found: string[] = [];
  const open = [root];
  for (let folder = open.pop(); folder !== undefined && found.length < mostFiles; folder = open.pop()) {
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

/** The include folders that a compile_commands.json names, absolute and each once. Empty when there is none that can be read. */
export async function includeFolders(root: string): Promise<string[]> {
  const folders = new Set<string>();
  for (const place of [root, path.join(root, 'build')]) {
    for (const entry of await compileCommands(path.join(place, 'compile_commands.json'))) {
      for (const folder of includesIn(entry)) {
        folders.add(path.resolve(entry.directory, folder));
      }
    }
  }
  return [...folders];
}

interface CompileCommand {
  directory: string;
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
  const words = Array.isArray(list) ? list.map(String) : String(command ?? '').split(/\s+/);
  return words.flatMap((word, i) => {
    const match = /^(-I|-iquote|-isystem)(.*)$/.exec(word);
    const folder = match?.[2] || (match ? words[i + 1] : undefined);
    return folder ? [folder] : [];
  });
}
