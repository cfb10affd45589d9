import type { Elsewhere } from '../analysis/context';
import type { FunctionDefinition, PlacedItem, Span } from '../c/ast';
import type { LineIndex } from '../c/lines';
import type { PlacedFact } from './project/facts';
import type { Finding, FoundFact, Place, Severity } from './rule';

/** A file in which a finding or a place of its story lies. */
export interface FileView {
  path: string;
  text: string;
  lines: LineIndex;
}

/** A finding with its spans counted from the start of the file. */
export interface PlacedFinding {
  rule: string;
  severity: Severity;
  span: Span;
  message: string;
  related: { span: Span; message: string; file?: FileView }[];
  fix?: { title: string; edits: { span: Span; text: string }[] };
  /** The file it lies in, when that is another than the one that was linted; likewise for related places. */
  file?: FileView;
}

export interface Extent {
  start: number;
  end: number;
}

/** Another file of the project, as long as it holds a certain function. */
export interface Home extends FileView {
  /** Where the function stands. */
  extents: readonly Extent[];
  /** Another object once something changed in the file on which every function there depends. */
  environment: object;
}

/** The rest of the project, as the lint of one file sees it. */
export interface Surroundings extends Elsewhere {
  /** The other file that holds a function; undefined when none does any more. */
  home(definition: FunctionDefinition): Home | undefined;
}

/** Where each function stands in a file: two functions of the same text are one object and stand in two places. */
export class Starts {
  private readonly starts = new Map<FunctionDefinition, Extent[]>();

  constructor(items: readonly PlacedItem[]) {
    for (const { item, start, end } of items) {
      if (item.kind === 'function') {
        this.starts.set(item, [...(this.starts.get(item) ?? []), { start, end }]);
      }
    }
  }

  of(definition: FunctionDefinition): readonly Extent[] {
    return this.starts.get(definition) ?? [];
  }
}

/** Finds the places of functions: in the file that is linted, or in others of the project. */
export class Placing {
  private readonly starts: Starts;

  constructor(
    private readonly text: string,
    items: readonly PlacedItem[],
    private readonly surroundings: Surroundings | undefined,
    /** The file itself, where places in it are asked for. */
    private readonly own?: FileView,
  ) {
    this.starts = new Starts(items);
  }

  /** The text of a function; of one in a header, nothing. */
  readonly textOf = (definition: FunctionDefinition): string => {
    const { file, extents } = this.find(definition);
    const [extent] = extents;
    return extent ? (file?.text ?? this.text).slice(extent.start, extent.end) : '';
  };

  /** Findings with offsets in their files, each once, in the order of the text; those in other files last. What lies in a header is reported nowhere. */
  place(findings: readonly Finding[]): PlacedFinding[] {
    const seen = new Set<string>();
    const placed: PlacedFinding[] = [];
    for (const finding of findings) {
      const { file, extents } = this.find(finding.span.within);
      for (const { start } of extents) {
        const span = shift(finding.span, start);
        const key = `${finding.rule}:${span.start}:${span.end}:${file?.path ?? ''}`;
        if (seen.has(key)) continue;
        seen.add(key);
        placed.push(this.move(finding, span, start, file));
      }
    }
    return placed.sort(inOrder);
  }

  /** Facts with their places. What lies in a header is not told. */
  placeFacts(facts: readonly FoundFact[]): PlacedFact[] {
    return facts.flatMap(({ fact, at, inner }) => {
      const { file = this.own, extents } = this.find(at.within);
      const within = at.within.name;
      const home = at.within === inner.within ? file : (this.find(inner.within).file ?? this.own);
      const call = `${home?.path} ${inner.within.name} ${inner.start}`;
      const site = at.within === inner.within ? call : `${call} -> ${within} ${at.start}`;
      return extents.flatMap(({ start: origin }) => {
        if (!file) return [];
        const { start, end } = shift(at, origin);
        const [from, to] = [file.lines.position(start), file.lines.position(end)];
        const place = { file: file.path, start, end, within, site };
        return [{ ...fact, ...place, ...from, endLine: to.line, endCharacter: to.character }];
      });
    });
  }

  private find(definition: FunctionDefinition): { file?: FileView; extents: readonly Extent[] } {
    const own = this.starts.of(definition);
    const home = own.length > 0 ? undefined : this.surroundings?.home(definition);
    return home
      ? { file: { path: home.path, text: home.text, lines: home.lines }, extents: home.extents }
      : { extents: own };
  }

  private move(
    { rule, severity, message, related, fix, span: place }: Finding,
    span: Span,
    start: number,
    file: FileView | undefined,
  ): PlacedFinding {
    return {
      rule,
      severity,
      message,
      span,
      related: related.flatMap((other) => this.relatedPlace(other, place, start, file)),
      ...(fix
        ? {
            fix: {
              title: fix.title,
              edits: fix.edits.map(({ span: edit, text }) => ({ span: shift(edit, start), text })),
            },
          }
        : {}),
      ...(file ? { file } : {}),
    };
  }

  private relatedPlace(
    other: { span: Place; message: string },
    finding: Place,
    start: number,
    file: FileView | undefined,
  ): PlacedFinding['related'] {
    const found =
      other.span.within === finding.within
        ? { extents: [{ start, end: start }], ...(file ? { file } : {}) }
        : this.find(other.span.within);
    const [extent] = found.extents;
    return extent
      ? [
          {
            span: shift(other.span, extent.start),
            message: other.message,
            ...(found.file ? { file: found.file } : {}),
          },
        ]
      : [];
  }
}

export function inOrder(a: PlacedFinding, b: PlacedFinding): number {
  const [one = '', other = ''] = [a.file?.path, b.file?.path];
  return one === other ? a.span.start - b.span.start || a.span.end - b.span.end : one < other ? -1 : 1;
}

function shift({ start, end }: Span, by: number): Span {
  return { start: start + by, end: end + by };
}
