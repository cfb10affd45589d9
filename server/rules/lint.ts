import { FileContext, FunctionScope, type Toolbox } from '../analysis/context';
import type { Listener } from '../analysis/events';
import { Interpreter } from '../analysis/interpreter';
import { NeverReturns } from '../analysis/never-returns';
import type { FunctionDefinition, PlacedItem, Span } from '../c/ast';
import type { LineIndex } from '../c/lines';
import { Symbols } from '../c/symbols';
import { type Configuration, severityOf } from './configuration';
import { rules } from './registry';
import type { Finding, Rule, Severity } from './rule';
import { suppressionsIn } from './suppressions';

/** A finding with its spans counted from the start of the file. */
export type PlacedFinding = Finding;

/** What a lint needs of a file. */
export interface LintInput {
  text: string;
  items: readonly PlacedItem[];
  lines: LineIndex;
  /** Declarations of the headers that the file includes, the nearest last. */
  headers: readonly Symbols[];
}

/**
 * Lints one file again and again as it changes. Findings of a function are kept as long as the function and
 * everything it may depend on are the same objects as before.
 */
export class FileLinter {
  private findings = new WeakMap<FunctionDefinition, Finding[]>();
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
    const { findings } = this;
    const placed: PlacedFinding[] = [];
    const active = activeRules(configuration);
    for (const { item, start, end } of input.items) {
      if (item.kind !== 'function') {
        continue;
      }
      let found = findings.get(item);
      if (!found) {
        const source = input.text.slice(start, end);
        found = lintFunction(new FunctionScope(context, item), source, neverReturns.test, active);
        findings.set(item, found);
        yield;
      }
      placed.push(...found.map((finding) => move(finding, start)));
    }
    return visible(placed, input);
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
      // Of a function, others see the heading; whether it returns is asked below.
      basis.push(item.kind === 'function' ? heading(item) : item);
    }
    const same =
      this.configuration === configuration &&
      basis.length === this.basis.length &&
      basis.every((value, i) => value === this.basis[i]);
    const context = FileLinter.contextOf(this.toolbox, input);
    const neverReturns = new NeverReturns(context);
    if (!same || !this.sameEndings(input, neverReturns)) {
      this.findings = new WeakMap();
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
        this.findings.has(item) ||
        this.neverReturns?.test(item.name) === now.test(item.name),
    );
  }
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

interface ActiveRule {
  rule: Rule;
  severity: Severity;
}

function activeRules(configuration: Configuration): ActiveRule[] {
  return rules.flatMap((rule) => {
    const severity = severityOf(rule.meta, configuration);
    return severity ? [{ rule, severity }] : [];
  });
}

/** The findings of one function, spans counted from the start of its text. */
export function lintFunction(
  scope: FunctionScope,
  source: string,
  neverReturns: (name: string) => boolean,
  active: readonly ActiveRule[],
): Finding[] {
  const findings: Finding[] = [];
  const listeners = active.map(({ rule, severity }) =>
    rule.check({
      scope,
      source: (span: Span) => source.slice(span.start, span.end),
      report: ({ related = [], severity: own, ...report }) => {
        // A rule may lower or raise one finding, unless the user chose a severity for the rule.
        const chosen = own !== undefined && severity === rule.meta.severity ? own : severity;
        findings.push({ ...report, rule: rule.meta.id, severity: chosen, related });
      },
    }),
  );
  new Interpreter(scope, neverReturns, together(listeners)).run();
  return unique(findings);
}

function together(listeners: Listener[]): Listener {
  const pick = <K extends keyof Listener>(name: K) => listeners.filter((listener) => listener[name]);
  const calls = pick('call');
  const tests = pick('test');
  const stores = pick('store');
  const ends = pick('end');
  return {
    call: (event) => {
      for (const listener of calls) listener.call?.(event);
    },
    test: (event) => {
      for (const listener of tests) listener.test?.(event);
    },
    store: (event) => {
      for (const listener of stores) listener.store?.(event);
    },
    end: () => {
      for (const listener of ends) listener.end?.();
    },
  };
}

/** The same mistake seen twice, as in a macro used twice on a line, is one finding. */
function unique(findings: Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings
    .filter(({ rule, span }) => {
      const key = `${rule}:${span.start}:${span.end}`;
      return !seen.has(key) && seen.add(key);
    })
    .sort((a, b) => a.span.start - b.span.start);
}

function move(finding: Finding, by: number): PlacedFinding {
  const moved = ({ start, end }: Span): Span => ({ start: start + by, end: end + by });
  return {
    ...finding,
    span: moved(finding.span),
    related: finding.related.map(({ span, message }) => ({ span: moved(span), message })),
    ...(finding.fix
      ? {
          fix: {
            title: finding.fix.title,
            edits: finding.fix.edits.map(({ span, text }) => ({ span: moved(span), text })),
          },
        }
      : {}),
  };
}

function visible(findings: PlacedFinding[], input: LintInput): PlacedFinding[] {
  const suppressions = suppressionsIn(input.text, (offset) => input.lines.position(offset).line);
  return findings.filter(
    ({ rule, span }) => !suppressions.covers(rule, input.lines.position(span.start).line),
  );
}
