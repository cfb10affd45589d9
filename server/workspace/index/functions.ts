import path from 'node:path';
import type { Files } from '../files';
import { type Outline, outlineOf } from './outline';

interface Scanned {
  mark: string;
  outline: Outline;
}

/** Larger files are generated or are no sources. */
const mostText = 4_000_000;

/**
 * Which file of the project defines a function that others can call. Files are looked at when a name is first asked for,
 * quickly and without parsing, and again when they changed.
 */
export class FunctionIndex {
  private readonly scanned = new Map<string, Scanned>();
  private readonly pending = new Set<string>();
  private readonly byName = new Map<string, Set<string>>();

  constructor(private readonly files: Files) {}

  get paths(): Iterable<string> {
    return [...this.scanned.keys(), ...this.pending];
  }

  /** Sources of the project: new ones, and ones that may have changed. */
  know(paths: Iterable<string>): void {
    for (const file of paths) this.pending.add(file);
  }

  /** Forgets which sources the project has. */
  forget(): void {
    this.scanned.clear();
    this.pending.clear();
    this.byName.clear();
  }

  /** Looks at the files that have not been looked at, in steps, so that the caller can let others run. */
  *scan(): Generator<void, void> {
    for (const file of this.pending) {
      this.pending.delete(file);
      this.look(file);
      yield;
    }
  }

  /** The files that define a function of external linkage. */
  definers(name: string): ReadonlySet<string> {
    for (const _ of this.scan());
    return this.byName.get(name) ?? none;
  }

  /** The function that a name means when a file calls it: the only one, or the only one in the file's folder. A program's own functions are not another program's. */
  definer(name: string, from: string): string | undefined {
    const isProgram = this.isProgram(from);
    const found = [...this.definers(name)].filter(
      (file) => file !== from && !(isProgram && this.isProgram(file)),
    );
    if (found.length > 1) {
      const folder = path.dirname(from);
      const beside = found.filter((file) => path.dirname(file) === folder);
      return beside.length === 1 ? beside[0] : undefined;
    }
    return found[0];
  }

  isProgram(file: string): boolean {
    if (this.pending.delete(file) || !this.scanned.has(file)) this.look(file);
    return this.scanned.get(file)?.outline.isProgram ?? false;
  }

  private look(file: string): void {
    const mark = this.files.mark(file);
    const known = this.scanned.get(file);
    if (known && known.mark === mark) {
      return;
    }
    for (const name of known?.outline.functions ?? []) this.byName.get(name)?.delete(file);
    this.scanned.delete(file);
    const text = mark === undefined ? undefined : this.files.read(file);
    if (mark === undefined || text === undefined) {
      return;
    }
    const outline = text.length > mostText ? { functions: [], isProgram: false } : outlineOf(text);
    this.scanned.set(file, { mark, outline });
    for (const name of outline.functions) {
      const files = this.byName.get(name) ?? new Set();
      this.byName.set(name, files.add(file));
    }
  }
}

const none: ReadonlySet<string> = new Set();
