import path from 'node:path';
import { calls } from '../../catalog';
import type { PlacedItem } from '../c/ast';
import type { CParser } from '../c/parser';
import { SourceFile } from '../c/source-file';
import { Symbols } from '../c/symbols';
import type { Files } from './files';

/** What a file's includes lead to. */
interface Answer {
  symbols: Symbols[];
  paths: string[];
}

interface Header {
  mark: string;
  symbols: Symbols;
  includes: string[];
}

/** Includes deeper than this are left out; so are those of a file beyond this count. */
const deepest = 20;
const mostHeaders = 400;

/**
 * The declarations of the project's headers. A name in `#include "..."` is looked for beside the including file, then
 * in the include folders, then by its last part among the headers known in the project. That is not done for what the system has.
 */
export class Headers {
  private readonly cache = new Map<string, Header>();
  private readonly byName = new Map<string, string[]>();
  /** Answers given since the last `refresh`, by file and the names it includes. */
  private readonly answers = new Map<string, Answer>();
  /** What the disk said since then: many files include the same headers, and each look costs a system call. */
  private readonly resolved = new Map<string, string | undefined>();
  private readonly fresh = new Map<string, Header | undefined>();

  constructor(
    private readonly parser: CParser,
    private readonly files: Files,
    private readonly folders: () => readonly string[] = () => [],
  ) {}

  /** Makes headers findable by name, wherever in the project they lie. */
  know(paths: Iterable<string>): void {
    for (const file of paths) {
      const name = path.basename(file);
      const known = this.byName.get(name) ?? [];
      if (!known.includes(file)) {
        this.byName.set(name, [...known, file]);
      }
    }
    this.refresh();
  }

  /** Forgets which headers the project has. */
  forget(): void {
    this.byName.clear();
    this.refresh();
  }

  /** Looks at the files again when next asked. Call when a header may have changed, come or gone. */
  refresh(): void {
    this.answers.clear();
    this.resolved.clear();
    this.fresh.clear();
  }

  /** The declarations of every header that the items include, directly or through others, in the order in which a compiler ends reading them: the last word comes last. */
  of(file: string, items: readonly PlacedItem[]): Symbols[] {
    return this.answer(file, items).symbols;
  }

  /** The headers themselves, in the same order. */
  pathsOf(file: string, items: readonly PlacedItem[]): readonly string[] {
    return this.answer(file, items).paths;
  }

  /** Whether the file itself includes, in quotes, a header that is not found. */
  lacks(file: string, items: readonly PlacedItem[]): boolean {
    return items.some(
      ({ item }) => item.kind === 'include' && item.local && this.resolve(file, item.path) === undefined,
    );
  }

  /** The header that an include means, where it is one of the project. */
  resolve(from: string, include: string): string | undefined {
    const key = `${path.dirname(from)}\0${include}`;
    if (!this.resolved.has(key)) {
      this.resolved.set(key, this.find(from, include));
    }
    return this.resolved.get(key);
  }

  private answer(file: string, items: readonly PlacedItem[]): Answer {
    const includes = includesOf(items);
    const key = [file, ...includes].join('\0');
    let found = this.answers.get(key);
    if (!found) {
      found = { symbols: [], paths: [] };
      this.collect(file, includes, new Set<string>([file]), found, 0);
      this.answers.set(key, found);
    }
    return found;
  }

  private collect(from: string, includes: string[], seen: Set<string>, found: Answer, depth: number): void {
    for (const include of includes) {
      const target = this.resolve(from, include);
      if (!target || seen.has(target) || depth > deepest || seen.size > mostHeaders) {
        continue;
      }
      seen.add(target);
      const header = this.load(target);
      if (header) {
        this.collect(target, header.includes, seen, found, depth + 1);
        found.symbols.push(header.symbols);
        found.paths.push(target);
      }
    }
  }

  private find(from: string, written: string): string | undefined {
    const include = written.replace(/^<|>$/g, '');
    const folders = path.isAbsolute(from) ? [path.dirname(from), ...this.folders()] : this.folders();
    const direct = folders
      .map((folder) => path.resolve(folder, include))
      .find((candidate) => this.files.mark(candidate) !== undefined);
    if (direct !== undefined) {
      return direct;
    }
    // A project keeps its own for systems that lack them: who builds here gets the system's.
    if (include !== written) return undefined;
    // `"../include/net.h"` is meant from an include folder that nobody has named.
    const below = include.replace(/^(?:\.\.?\/)+/, '');
    const known = (this.byName.get(path.basename(include)) ?? []).filter(
      (file) => file.endsWith(`/${below}`) && this.files.mark(file) !== undefined,
    );
    // Two headers of one name: neither is known to be meant, unless one lies nearer or they are copies of each other.
    const [first, ...others] = nearest(from, known);
    const text = others.length > 0 && first !== undefined ? this.files.read(first) : undefined;
    return others.every((other) => this.files.read(other) === text) ? first : undefined;
  }

  private load(file: string): Header | undefined {
    if (!this.fresh.has(file)) {
      this.fresh.set(file, this.look(file));
    }
    return this.fresh.get(file);
  }

  private look(file: string): Header | undefined {
    const mark = this.files.mark(file);
    const cached = this.cache.get(file);
    if (cached && cached.mark === mark) {
      return cached;
    }
    this.cache.delete(file);
    const text = mark === undefined ? undefined : this.files.read(file);
    if (mark === undefined || text === undefined) {
      return undefined;
    }
    const source = new SourceFile(this.parser, text);
    const header = { mark, symbols: Symbols.of(source.items), includes: includesOf(source.items) };
    source.dispose();
    this.cache.set(file, header);
    return header;
  }
}

/** Folders whose headers are there for the other folders beside them. */
const common = /^(?:includes?|inc|headers|lib|common)$/;

/** Those that share the longest way from the root with a file: what a part of a project keeps is meant for that part. */
function nearest(from: string, headers: readonly string[]): string[] {
  const folders = path.dirname(from).split(path.sep);
  const shared = headers.map((header) => {
    const theirs = path.dirname(header).split(path.sep);
    const parts = folders.findIndex((folder, i) => folder !== theirs[i]);
    return parts === -1 ? folders.length : parts;
  });
  const most = Math.max(...shared);
  const near = headers.filter((_, i) => shared[i] === most);
  const forAll = near.filter((header) => common.test(path.basename(path.dirname(header))));
  return forAll.length === 1 ? forAll : near;
}

/**
 * Names in quotes, and in angle brackets too: many projects include their own headers so. Those of the system keep their brackets, and drop out
 * unless an include folder has them.
 */
function includesOf(items: readonly PlacedItem[]): string[] {
  return items.flatMap(({ item }) =>
    item.kind === 'include' ? [!item.local && isOfSystem(item.path) ? `<${item.path}>` : item.path] : [],
  );
}

let system: Set<string> | undefined;

/** A header that declares what the catalog describes. */
function isOfSystem(name: string): boolean {
  system ??= new Set([...calls.values()].flatMap(({ record }) => record.headers));
  return (
    system.has(name) || /^(?:errno|ctype|stdint|stddef|inttypes|stdbool|sys\/un|sys\/param)\.h$/.test(name)
  );
}
