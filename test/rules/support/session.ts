/** One file as an editor holds it, linted again and again. */
import assert from 'node:assert/strict';
import { SourceFile } from '../../../server/c/source-file';
import { Symbols } from '../../../server/c/symbols';
import { FileLinter, type PlacedFinding } from '../../../server/rules/lint';
import { type Bench, loadBench, strict } from './linting';

export let bench: Bench;

/** To be called once in a test file. */
export function withBench(): void {
  before(async () => {
    bench = await loadBench();
  });
}

export class Session {
  readonly file: SourceFile;
  private readonly linter: FileLinter;
  /** How many functions the last lint looked at. */
  looked = 0;

  constructor(
    text: string,
    private readonly headers: readonly Symbols[] = [],
  ) {
    this.file = new SourceFile(bench.parser, text);
    this.linter = new FileLinter(bench.toolbox);
  }

  lint(configuration = strict, headers = this.headers): PlacedFinding[] {
    const { text, items, lines } = this.file;
    const steps = this.linter.steps({ text, items, lines, headers }, configuration);
    for (this.looked = 0; ; this.looked++) {
      const step = steps.next();
      if (step.done) return step.value;
    }
  }

  /** Replaces the first occurrence of a piece of the text. */
  replace(piece: string, text: string): void {
    const start = this.file.text.indexOf(piece);
    assert.ok(start >= 0, `no ${piece}`);
    this.file.update([{ start, end: start + piece.length, text }]);
  }
}

export function within<T>(text: string, use: (session: Session) => T, headers: readonly Symbols[] = []): T {
  const session = new Session(text, headers);
  try {
    return use(session);
  } finally {
    session.file.dispose();
  }
}

export function symbolsOf(text: string): Symbols {
  const file = new SourceFile(bench.parser, text);
  const symbols = Symbols.of(file.items);
  file.dispose();
  return symbols;
}

/** What a linter says that has never seen the text. */
export const freshly = (text: string) => within(text, (session) => session.lint());
export const rulesIn = (findings: readonly PlacedFinding[]) => findings.map(({ rule }) => rule);
