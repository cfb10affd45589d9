import type { Toolbox } from '../analysis/context';
import { SourceFile, type TextChange } from '../c/source-file';
import type { Configuration } from '../rules/configuration';
import { FileLinter, type PlacedFinding } from '../rules/lint';
import { unknownIdsIn } from '../rules/suppressions';
import type { Headers } from './headers';
import type { Project } from './project';

/** An open C file: its source, and what the linter last found in it. Holds parser memory: call `dispose`. */
export class Document {
  readonly source: SourceFile;
  private readonly linter: FileLinter;
  private found: readonly PlacedFinding[] = [];
  private foundIn = -1;

  constructor(
    /** The path on disk, or the name of an unsaved document. */
    readonly path: string,
    text: string,
    public version: number,
    private readonly toolbox: Toolbox,
    private readonly headers: Headers,
    /** The other files, whose functions this one may call. */
    private readonly project?: Project,
  ) {
    this.source = new SourceFile(toolbox.parser, text);
    this.linter = new FileLinter(toolbox);
  }

  /** The findings in the text as it stands; empty while a change has not been linted yet. */
  get findings(): readonly PlacedFinding[] {
    return this.latest.filter(({ file }) => !file);
  }

  /** Those in other files of the project. */
  get findingsElsewhere(): readonly PlacedFinding[] {
    return this.latest.filter(({ file }) => file);
  }

  /** The text as it stands has been linted. */
  get isLinted(): boolean {
    return this.foundIn === this.version;
  }

  private get latest(): readonly PlacedFinding[] {
    return this.isLinted ? this.found : [];
  }

  /** Whether a change in another file may change the findings. */
  reliesOn(path: string): boolean {
    const { context } = this.linter;
    return context !== undefined && this.project?.matters(path, context) === true;
  }

  update(changes: readonly TextChange[], version: number): void {
    this.source.update(changes);
    this.version = version;
  }

  /** Lints in steps, so that the caller can stop or let others run between two functions. */
  *lint(configuration: Configuration): Generator<void, readonly PlacedFinding[]> {
    const { text, items, lines } = this.source;
    const headers = this.headers.of(this.path, items);
    const version = this.version;
    const surroundings = this.project?.around(this.path, items);
    const input = { text, items, lines, headers, ...(surroundings ? { surroundings } : {}) };
    const found = yield* this.linter.steps(input, configuration);
    this.found = [...found, ...unknownIdsIn(text, (offset) => lines.position(offset).line)];
    this.foundIn = version;
    return this.found;
  }

  /** The declarations in force in this file. */
  symbols() {
    return FileLinter.contextOf(this.toolbox, {
      items: this.source.items,
      headers: this.headers.of(this.path, this.source.items),
    });
  }

  dispose(): void {
    this.source.dispose();
  }
}
