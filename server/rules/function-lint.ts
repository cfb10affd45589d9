import { bears } from '../analysis/bearing';
import type { FileContext, FunctionScope } from '../analysis/context';
import type { Listener } from '../analysis/events';
import { Interpreter } from '../analysis/interpreter';
import { NeverReturns } from '../analysis/never-returns';
import type { Location } from '../analysis/path';
import { relevanceOf, visitOf } from '../analysis/relevance';
import type { FunctionDefinition, Span } from '../c/ast';
import type { Finding, FoundFact, Place, Report, Rule, RuleContext, RuleListener, Severity } from './rule';

export interface ActiveRule {
  rule: Rule;
  severity: Severity;
}

export interface FunctionLint {
  findings: Finding[];
  /** What was recorded. */
  facts: FoundFact[];
  /** Functions whose text the findings depend on besides the function's own. */
  dependencies: ReadonlySet<FunctionDefinition>;
  /** They depend on every function of the file. */
  wholeFile: boolean;
}

/** What the findings of a function depend on, as far as rules asked for it. */
class Dependencies extends Set<FunctionDefinition> {
  wholeFile = false;
  private readonly others = new Set<FileContext>();

  constructor(private readonly own: FileContext) {
    super();
  }

  addFile(file: FileContext): void {
    this.wholeFile ||= file === this.own;
    if (file === this.own || this.others.has(file)) return;
    this.others.add(file);
    for (const { definition } of file.symbols.functions.values()) if (definition) this.add(definition);
  }
}

/** Walks one function and lets the rules listen. `textOf` gives the text of a function's item. */
export function lintFunction(
  scope: FunctionScope,
  textOf: (definition: FunctionDefinition) => string,
  active: readonly ActiveRule[],
): FunctionLint {
  const told: Told = { findings: [], facts: [] };
  const read = new Dependencies(scope.file);
  const isWorthIt = ({ definition, file }: FunctionScope) => {
    const relevance = file === scope.file ? relevanceOf(definition, file) : visitOf(definition, file);
    for (const other of relevance.read) {
      // What becomes of functions of the same file is seen by who lints it.
      if (scope.file.symbols.function(other.name)?.definition !== other) read.add(other);
    }
    return relevance.relevant;
  };
  if (!isWorthIt(scope)) {
    return { ...told, dependencies: read, wholeFile: false };
  }
  const walk: { interpreter?: Interpreter } = {};
  const listeners = active.map((rule) => listenerOf(rule, scope, textOf, told, read, walk));
  const interpreter = new Interpreter(scope, {
    listener: together(listeners),
    neverReturns: (name, file) => {
      const outside = file.outside(name);
      if (outside) read.add(outside.definition);
      return NeverReturns.in(file).test(name);
    },
    // A function that has nothing to do with what rules look at is not worth the way.
    scopeOf: (name, file) => {
      const callee = file.callee(name);
      return callee && isWorthIt(callee) ? callee : undefined;
    },
    bears,
  });
  walk.interpreter = interpreter;
  interpreter.run();
  const dependencies = new Set([...interpreter.dependencies, ...read]);
  return {
    findings: unique(told.findings),
    facts: told.facts,
    dependencies,
    wholeFile: read.wholeFile,
  };
}

type Told = Pick<FunctionLint, 'findings' | 'facts'>;

/** A rule's listener that gives each event the context of the function it lies in. */
function listenerOf(
  { rule, severity }: ActiveRule,
  root: FunctionScope,
  textOf: (definition: FunctionDefinition) => string,
  told: Told,
  read: Dependencies,
  walk: { interpreter?: Interpreter },
): Listener {
  const contexts = new Map<FunctionScope, RuleContext>();
  // Events come in long runs from one function.
  let latest: { scope: FunctionScope; context: RuleContext } | undefined;
  const contextOf = (scope: FunctionScope): RuleContext => {
    if (latest?.scope === scope) return latest.context;
    const context = anyContextOf(scope);
    latest = { scope, context };
    return context;
  };
  const anyContextOf = (scope: FunctionScope): RuleContext => {
    let context = contexts.get(scope);
    if (!context) {
      context = makeContext(scope, rule, severity, textOf, told, read, walk);
      contexts.set(scope, context);
    }
    return context;
  };
  const { end, ...handlers } = rule.check(contextOf(root));
  const listener: Listener = end ? { end } : {};
  for (const [name, handle] of Object.entries(handlers) as [
    keyof RuleListener,
    (event: unknown, context: RuleContext) => void,
  ][]) {
    (listener as Record<string, unknown>)[name] = (event: { scope: FunctionScope }) =>
      handle(event, contextOf(event.scope));
  }
  return listener;
}

function makeContext(
  scope: FunctionScope,
  rule: Rule,
  severity: Severity,
  textOf: (definition: FunctionDefinition) => string,
  told: Told,
  read: Dependencies,
  walk: { interpreter?: Interpreter },
): RuleContext {
  const placed = (span: Span | Location): Location => {
    const context = walk.interpreter?.context;
    return 'within' in span
      ? span
      : { ...span, within: scope.definition, ...(context === undefined ? {} : { context }) };
  };
  const place = ({ start, end, within }: Location): Place => ({ start, end, within });
  /** What happens in a function that only wraps a call belongs to those who call it. */
  const lifted = (span: Span | Location): Place =>
    place(walk.interpreter?.callerOf(placed(span)) ?? placed(span));
  return {
    scope,
    functionNamed: (name) => {
      const found = scope.file.callee(name);
      if (found) read.add(found.definition);
      return found;
    },
    dependsOnFile: () => read.addFile(scope.file),
    source: (span) => textOf(placed(span).within).slice(span.start, span.end),
    record: (fact, span) => told.facts.push({ fact, at: lifted(span), inner: place(placed(span)) }),
    report: ({ related = [], severity: own, span, fix, ...report }: Report) => {
      // A rule may lower or raise one finding, unless the user chose a severity for the rule.
      const chosen = own !== undefined && severity === rule.meta.severity ? own : severity;
      const inner = place(placed(span));
      const outer = lifted(span);
      const isLifted = outer.within !== inner.within;
      const through = { span: inner, message: `\`${inner.within.name}\` makes the call here` };
      told.findings.push({
        ...report,
        span: outer,
        rule: rule.meta.id,
        severity: chosen,
        related: [
          ...(isLifted ? [through] : []),
          ...related.map((other) => ({ span: lifted(other.span), message: other.message })),
        ],
        // Its edits are for the text of the wrapper.
        ...(fix && !isLifted ? { fix } : {}),
      });
    },
  };
}

const events = ['call', 'mark', 'test', 'store', 'load', 'pathEnd'] as const;

function together(listeners: Listener[]): Listener {
  const all: Listener = {
    end: () => {
      for (const listener of listeners) listener.end?.();
    },
  };
  for (const name of events) {
    const handlers = listeners.flatMap((listener) => listener[name] ?? []) as ((event: never) => void)[];
    if (handlers.length > 0) {
      all[name] = (event: never) => {
        for (const handle of handlers) handle(event);
      };
    }
  }
  return all;
}

/** The same mistake seen on several paths, or twice through a macro, is one finding. */
function unique(findings: Finding[]): Finding[] {
  const seen = new Map<FunctionDefinition, Set<string>>();
  return findings.filter(({ rule, span }) => {
    const keys = seen.get(span.within) ?? new Set<string>();
    seen.set(span.within, keys);
    const key = `${rule}:${span.start}:${span.end}`;
    return !keys.has(key) && keys.add(key);
  });
}
