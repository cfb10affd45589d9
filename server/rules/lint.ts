import { FileContext, type Toolbox } from '../analysis/context';
import { NeverReturns } from '../analysis/never-returns';
import { isRelevant } from '../analysis/relevance';
import type { FunctionDefinition, PlacedItem, Span } from '../c/ast';
import type { LineIndex } from '../c/lines';
import { Symbols } from '../c/symbols';
import { type Configuration, severityOf } from './configuration';
import { type ActiveRule, type FunctionLint, lintFunction } from './function-lint';
import { rules } from './registry';
import type { Finding, Place, Severity } from './rule';
import { suppressionsIn } from './suppressions';

/** A finding with its spans counted from the start of the file. */
export interface PlacedFinding {
  rule: string;
  severity: Severity;
  span: Span;
  message: string;
  related: { span: Span; message: string }[];
  fix?: { title: string; edits: { span: Span; text: string }[] };
}

/** What a lint needs of a file. */
export interface LintInput {
  text: string;
  items: readonly PlacedItem[];
  lines: LineIndex;
  /** Declarations of the headers that the file includes, the nearest last. */
  headers: readonly Symbols[];
}

/**
 * Lints one file again and again as it changes. Findings of a function are kept as long as the function, those it calls and
 * everything else it may depend on are the same objects as before.
 */
export class FileLinter {
  private kept = new WeakMap<FunctionDefinition, FunctionLint>();
  private neverReturns: NeverReturns | undefined;
  private basis: unknown[] = [];
  private configuration: Configuration | undefined;

  constructor(private readonly toolbox: Toolbox) {}

  /** All findings that are not suppressed, in the order of the text. */
  lint(input: LintInput, configuration: Configuration): PlacedFinding[] {
    const steps = this.steps(input, configuration);
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
    }
  }

  /** As `lint`, stopping after each function that had to be looked at, so that the caller can do something else. */
  *steps(input: LintInput, configuration: Configuration): Generator<void, PlacedFinding[]> {
    const { context, neverReturns } = this.prepare(input, configuration);
    // Steps that go on after a newer lint has begun must not add to what that one knows.
    const { kept } = this;
    const starts = startsOf(input.items);
    const textOf = (definition: FunctionDefinition) => textIn(input, starts, definition);
    const active = activeRules(configuration);
    const findings: Finding[] = [];
    for (const { item } of input.items) {
      if (item.kind !== 'function') {
        continue;
      }
      let lint = kept.get(item);
      if (!lint || !isCurrent(lint, context)) {
        lint = isRelevant(item, context)
          ? lintFunction(context.scopeOf(item), context, textOf, neverReturns.test, active)
          : nothing;
        kept.set(item, lint);
        yield;
      }
      findings.push(...lint.findings);
    }
    return visible(place(findings, starts), input);
  }

  /** The declarations in force in a file. */
  static contextOf(toolbox: Toolbox, input: Pick<LintInput, 'items' | 'headers'>): FileContext {
    return new FileContext(toolbox, symbolsOf(input));
  }

  /** Starts afresh when something changed on which every function depends. */
  private prepare(
    input: LintInput,
    configuration: Configuration,
  ): { context: FileContext; neverReturns: NeverReturns } {
    const basis: unknown[] = [...input.headers];
    for (const { item } of input.items) {
      // Of a function, others see the heading; whether it returns is asked below, and its body by those who walk into it.
      basis.push(item.kind === 'function' ? heading(item) : item);
    }
    const same =
      this.configuration === configuration &&
      basis.length === this.basis.length &&
      basis.every((value, i) => value === this.basis[i]);
    const context = FileLinter.contextOf(this.toolbox, input);
    const neverReturns = new NeverReturns(context);
    if (!same || !this.sameEndings(input, neverReturns)) {
      this.kept = new WeakMap();
    }
    this.basis = basis;
    this.configuration = configuration;
    this.neverReturns = neverReturns;
    return { context, neverReturns };
  }

  private sameEndings(input: LintInput, now: NeverReturns): boolean {
    return input.items.every(
      ({ item }) =>
        item.kind !== 'function' ||
        this.kept.has(item) ||
        this.neverReturns?.test(item.name) === now.test(item.name),
    );
  }
}

const nothing: FunctionLint = { findings: [], dependencies: new Set() };

/** The functions it walked into are still those that their names mean. */
function isCurrent({ dependencies }: FunctionLint, context: FileContext): boolean {
  for (const definition of dependencies) {
    if (context.symbols.function(definition.name)?.definition !== definition) return false;
  }
  return true;
}

const headings = new WeakMap<FunctionDefinition, string>();

function heading(item: FunctionDefinition): string {
  let text = headings.get(item);
  if (text === undefined) {
    text = JSON.stringify([item.name, item.type, item.storage, item.attributes], (key, value) =>
      key === 'start' || key === 'end' || key === 'nameSpan' ? undefined : value,
    );
    headings.set(item, text);
  }
  return text;
}

function symbolsOf(input: Pick<LintInput, 'items' | 'headers'>): Symbols {
  const symbols = Symbols.of(input.items);
  for (const header of input.headers) {
    symbols.include(header);
  }
  return symbols;
}

function activeRules(configuration: Configuration): ActiveRule[] {
  return rules.flatMap((rule) => {
    const severity = severityOf(rule.meta, configuration);
    return severity ? [{ rule, severity }] : [];
  });
}

/* -------------------------------------------------------------------- places */

interface Extent {
  start: number;
  end: number;
}

/** Where each function stands in the file: two functions of the same text are one object and stand in two places. */
type Starts = Map<FunctionDefinition, Extent[]>;

function startsOf(items: readonly PlacedItem[]): Starts {
  const starts: Starts = new Map();
  for (const { item, start, end } of items) {
    if (item.kind === 'function') {
      starts.set(item, [...(starts.get(item) ?? []), { start, end }]);
    }
  }
  return starts;
}

/** The text of a function of this file; of one in a header, nothing. */
function textIn({ text }: LintInput, starts: Starts, definition: FunctionDefinition): string {
  const extent = starts.get(definition)?.[0];
  return extent ? text.slice(extent.start, extent.end) : '';
}

/** Findings with offsets in the file, each once, in the order of the text. What lies in a header is reported there. */
function place(findings: readonly Finding[], starts: Starts): PlacedFinding[] {
  const seen = new Set<string>();
  const placed: PlacedFinding[] = [];
  for (const finding of findings) {
    for (const { start } of starts.get(finding.span.within) ?? []) {
      const span = shift(finding.span, start);
      const key = `${finding.rule}:${span.start}:${span.end}`;
      if (seen.has(key)) continue;
      seen.add(key);
      placed.push(move(finding, span, start, starts));
    }
  }
  return placed.sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
}

function move(
  { related, fix, ...finding }: Finding,
  span: Span,
  start: number,
  starts: Starts,
): PlacedFinding {
  return {
    rule: finding.rule,
    severity: finding.severity,
    message: finding.message,
    span,
    related: related.flatMap((other) => {
      const base = baseOf(other.span, finding.span, start, starts);
      return base === undefined ? [] : [{ span: shift(other.span, base), message: other.message }];
    }),
    ...(fix
      ? {
          fix: {
            title: fix.title,
            edits: fix.edits.map(({ span: edit, text }) => ({ span: shift(edit, start), text })),
          },
        }
      : {}),
  };
}

function baseOf(span: Place, finding: Place, start: number, starts: Starts): number | undefined {
  return span.within === finding.within ? start : starts.get(span.within)?.[0]?.start;
}

function shift({ start, end }: Span, by: number): Span {
  return { start: start + by, end: end + by };
}

function visible(findings: PlacedFinding[], input: LintInput): PlacedFinding[] {
  const suppressions = suppressionsIn(input.text, (offset) => input.lines.position(offset).line);
  return findings.filter(
    ({ rule, span }) => !suppressions.covers(rule, input.lines.position(span.start).line),
  );
}
