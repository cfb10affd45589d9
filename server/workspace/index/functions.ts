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
  private changes = 0;

  constructor(
    private readonly files: Files,
    /** What is known already of a file that is open in the editor. */
    private readonly known: (path: string) => Outline | undefined = () => undefined,
  ) {}

  /** While this is the same, so are all answers. */
  get generation(): number {
    for (const _ of this.learn(this.pending));
    return this.changes;
  }

  /** Every source of the project. */
  get paths(): Set<string> {
    return new Set([...this.scanned.keys(), ...this.pending]);
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
    this.changes++;
  }

  /** As `know`, but looks at the files at once, in steps, so that the caller can let others run. */
  *learn(paths: Iterable<string>): Generator<void, void> {
    for (const file of paths) {
      this.pending.delete(file);
      this.look(file);
      yield;
    }
  }

  /** The files that define a function of external linkage. */
  definers(name: string): ReadonlySet<string> {
    for (const _ of this.learn(this.pending));
    return this.byName.get(name) ?? none;
  }

  /** The function that a name means when a file calls it: the only one, or the only one in the file's folder. */
  definer(name: string, from: string): string | undefined {
    const found = this.candidates(name, from);
    if (found.length > 1) {
      const folder = path.dirname(from);
      const beside = found.filter((file) => path.dirname(file) === folder);
      return beside.length === 1 ? beside[0] : undefined;
    }
    return found[0];
  }

  /** The other files whose function a name may mean when a file calls it. A program's own functions are not another program's. */
  candidates(name: string, from: string): string[] {
    const isProgram = this.isProgram(from);
    return [...this.definers(name)].filter((file) => file !== from && !(isProgram && this.isProgram(file)));
  }

  isProgram(file: string): boolean {
    if (this.pending.delete(file) || !this.scanned.has(file)) this.look(file);
    return this.scanned.get(file)?.outline.isProgram ?? false;
  }

  private look(file: string): void {
    const before = this.scanned.get(file);
    const now = this.outlined(file, before);
    if (now === before) {
      return;
    }
    if (!now || !before || !sameOutline(before.outline, now.outline)) this.changes++;
    for (const name of before?.outline.functions ?? []) this.byName.get(name)?.delete(file);
    this.scanned.delete(file);
    if (!now) {
      return;
    }
    this.scanned.set(file, now);
    for (const name of now.outline.functions) {
      const files = this.byName.get(name) ?? new Set();
      this.byName.set(name, files.add(file));
    }
  }

  private outlined(file: string, before: Scanned | undefined): Scanned | undefined {
    const open = this.known(file);
    if (open) {
      return before && sameOutline(before.outline, open) ? before : { mark: '', outline: open };
    }
    const mark = this.files.mark(file);
    if (mark === undefined || before?.mark === mark) {
      return mark === undefined ? undefined : before;
    }
    const text = this.files.read(file);
    if (text === undefined) {
      return undefined;
    }
    return { mark, outline: text.length > mostText ? { functions: [], isProgram: false } : outlineOf(text) };
  }
}

function sameOutline(a: Outline, b: Outline): boolean {
  return a.functions.length === b.functions.length && a.functions.every((name, i) => name === b.functions[i]);
}

const none: ReadonlySet<string> = new Set();
