import { dirname } from 'node:path';
import type { FileContext, FunctionScope, Toolbox } from '../analysis/context';
import type { FunctionDefinition, PlacedItem } from '../c/ast';
import { LineIndex } from '../c/lines';
import { SourceFile } from '../c/source-file';
import type { Symbols } from '../c/symbols';
import { basisOf, FileLinter, sameBasis, sameOutside } from '../rules/lint';
import { type Home, Starts, type Surroundings } from '../rules/placing';
import type { Files } from './files';
import type { Headers } from './headers';
import { FunctionIndex } from './index/functions';
import { outlineOfItems } from './index/outline';

/** A file as it was read: by the parser, or in the editor. */
export interface Source {
  text: string;
  items: readonly PlacedItem[];
  lines: LineIndex;
}

/** One file of the project as others see it. */
export interface Member extends Source {
  path: string;
  /** Changes with the text. */
  mark: unknown;
  starts: Starts;
  context: FileContext;
  basis: unknown[];
  environment: object;
  /** When it was last found to be up to date. */
  checked: number;
}

/** Files kept as they were parsed; the others are parsed again when asked for. */
const mostMembers = 300;

/** Files that define a function of one name, which are all looked at where the name may mean any. */
const mostCandidates = 4;

/**
 * The functions of the project, for those who call them from other files. A file is parsed when one of its functions is
 * first asked for. Between two calls of `changed` nothing is looked at twice.
 */
export class Project {
  readonly index: FunctionIndex;
  private readonly members = new Map<string, Member>();
  private readonly homes = new WeakMap<FunctionDefinition, string>();
  private readonly touched = new Map<string, number>();
  private age = 1;

  constructor(
    private readonly toolbox: Toolbox,
    private readonly headers: Headers,
    private readonly files: Files,
    /** The files that are open in the editor, as they stand there. */
    private readonly open: (path: string) => Source | undefined = () => undefined,
  ) {
    this.index = new FunctionIndex(files, (path) => {
      const source = open(path);
      return source && outlineOfItems(source.items);
    });
  }

  /** Files changed, came or went, in the editor or on disk. Without paths: headers did. */
  changed(paths: Iterable<string> = []): void {
    this.age++;
    const changed = [...paths];
    for (const path of changed) this.touched.set(path, this.age);
    this.index.know(changed);
  }

  /** The version in which a file was last said to have changed. */
  changedIn(path: string): number {
    return this.touched.get(path) ?? 0;
  }

  /** Whether functions of another file may matter to what was found with the help of `context`. */
  matters(path: string, context: FileContext, seen = new Set<FileContext>()): boolean {
    seen.add(context);
    for (const [name, scope] of context.asked) {
      const file = scope?.file.elsewhere?.path;
      if (file === path || (!scope && this.index.definers(name).has(path))) return true;
      if (scope && !seen.has(scope.file) && this.matters(path, scope.file, seen)) return true;
    }
    return false;
  }

  /** The other files, as the lint of one sees them, which has these items. */
  around(path: string, items: readonly PlacedItem[]): Surroundings {
    return {
      path,
      lacksHeaders: this.headers.lacks(path, items),
      find: (name) => this.find(name, path),
      findSeveral: (name) => this.findSeveral(name, path),
      findBeside: (name) => this.findBeside(name, path),
      home: (definition) => this.home(definition),
    };
  }

  /** How often something changed. While it is the same, nothing needs to be looked at again. */
  get version(): number {
    return this.age;
  }

  /** Something that changes with the text of a file; undefined where there is none. */
  stampOf(path: string): unknown {
    return this.open(path)?.items ?? this.files.mark(path);
  }

  /** The text of a file as it stands. */
  textOf(path: string): string | undefined {
    return this.open(path)?.text ?? this.files.read(path);
  }

  private find(name: string, from: string): FunctionScope | undefined {
    const file = this.index.definer(name, from);
    return file === undefined ? undefined : this.functionIn(file, name);
  }

  /** One for each program of the project, say; of many nothing is said. */
  private findSeveral(name: string, from: string): FunctionScope[] {
    const files = this.index.definer(name, from) === undefined ? this.index.candidates(name, from) : [];
    return files.length > mostCandidates ? [] : files.flatMap((file) => this.functionIn(file, name) ?? []);
  }

  private functionIn(file: string, name: string): FunctionScope | undefined {
    const member = this.member(file);
    const symbol = member?.context.symbols.functions.get(name);
    return member && symbol?.definition && !symbol.storage.includes('static')
      ? member.context.scopeOf(symbol.definition)
      : undefined;
  }

  private findBeside(name: string, from: string): FunctionScope | undefined {
    const files = [...this.index.definers(name)];
    const isBeside = files.length === 1 && dirname(files[0]!) === dirname(from);
    return isBeside ? this.find(name, from) : undefined;
  }

  private home(definition: FunctionDefinition): Home | undefined {
    const path = this.homes.get(definition);
    const member = path === undefined ? undefined : this.member(path);
    const extents = member?.starts.of(definition) ?? [];
    return member && extents.length > 0
      ? {
          path: member.path,
          text: member.text,
          lines: member.lines,
          extents,
          environment: member.environment,
        }
      : undefined;
  }

  /* ----------------------------------------------------------------- members */

  /** A file with its functions, parsed when it is first asked for. */
  member(path: string): Member | undefined {
    const known = this.members.get(path);
    if (known?.checked === this.age) {
      return known;
    }
    const member = this.renewed(path, known);
    this.members.delete(path);
    if (member) {
      this.members.set(path, member);
      const [oldest] = this.members.keys();
      if (this.members.size > mostMembers && oldest !== undefined) this.members.delete(oldest);
    }
    return member;
  }

  private renewed(path: string, known: Member | undefined): Member | undefined {
    const open = this.open(path);
    const mark = open ? open.items : this.files.mark(path);
    if (mark === undefined) {
      return undefined;
    }
    const same = known?.mark === mark ? known : undefined;
    const source = same ?? open ?? this.parsed(path);
    if (!source) {
      return undefined;
    }
    const headers = this.headers.of(path, source.items);
    const basis = basisOf({ items: source.items, headers });
    if (same && sameBasis(basis, same.basis)) {
      // Marked before it is looked at more closely: files may call each other in a circle.
      same.checked = this.age;
      this.members.set(path, same);
      if (this.sameAnswers(same)) return same;
    }
    return this.made(path, source, mark, headers, basis, known);
  }

  /** Everything that its functions asked for in other files is still the same. */
  private sameAnswers({ context }: Member): boolean {
    return [...context.asked.keys()].every((name) => context.isSame(name));
  }

  private made(
    path: string,
    { text, items, lines }: Source,
    mark: unknown,
    headers: Symbols[],
    basis: unknown[],
    known: Member | undefined,
  ): Member {
    const context = FileLinter.contextOf(this.toolbox, {
      items,
      headers,
      surroundings: this.around(path, items),
    });
    for (const { item } of items) {
      if (item.kind === 'function') this.homes.set(item, path);
    }
    const member: Member = {
      path,
      mark,
      text,
      items,
      lines,
      starts: new Starts(items),
      context,
      basis,
      environment: {},
      checked: this.age,
    };
    // Set before other files are asked: they may ask back.
    this.members.set(path, member);
    if (known && sameBasis(known.basis, basis) && sameOutside(known.context, context)) {
      member.environment = known.environment;
    }
    return member;
  }

  private parsed(path: string): Source | undefined {
    const text = this.files.read(path);
    if (text === undefined) {
      return undefined;
    }
    const source = new SourceFile(this.toolbox.parser, text);
    const { items } = source;
    source.dispose();
    return { text, items, lines: new LineIndex(text) };
  }
}
