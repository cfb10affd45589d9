import type { FileContext, FunctionScope } from '../analysis/context';
import type { CallEvent, Listener, LoadEvent, PathEndEvent, StoreEvent, TestEvent } from '../analysis/events';
import type { Interpreter } from '../analysis/interpreter';
import { NeverReturns } from '../analysis/never-returns';
import type { Location } from '../analysis/path';
import { type FileIndex, type Question, type Selector, surveyOf } from '../analysis/survey';
import type { FunctionDefinition, Span } from '../c/ast';
import { blankComments } from '../c/masking';
import type {
  Caller,
  Finding,
  FoundFact,
  Place,
  Report,
  Rule,
  RuleContext,
  RuleListener,
  Severity,
} from './rule';

export interface ActiveRule {
  rule: Rule;
  severity: Severity;
}

/** What the findings of a function depend on, as far as rules asked for it. */
export class Dependencies extends Set<FunctionDefinition> {
  wholeFile = false;
  private readonly others = new Set<FileContext>();

  constructor(private readonly own: FileContext) {
    super();
  }

  /** What was asked about all functions of the file. */
  readonly questions = new Set<Question>();

  /** What all functions of a file hold under such keys. */
  ask<T>(index: FileIndex<T>, selector: Selector, file: FileContext): readonly T[] {
    const question = surveyOf(file).ask(index, selector, file);
    if (file === this.own) this.questions.add(question);
    else this.addFile(file);
    return question.answer;
  }

  addFile(file: FileContext): void {
    this.wholeFile ||= file === this.own;
    if (file === this.own || this.others.has(file)) return;
    this.others.add(file);
    for (const { definition } of file.symbols.functions.values()) if (definition) this.add(definition);
  }
}

/** One walk through a function, as all rules see it. */
export interface Visit {
  root: FunctionScope;
  /** The text of a function's item. */
  textOf(definition: FunctionDefinition): string;
  read: Dependencies;
  /** What rules reported and recorded. */
  findings: Finding[];
  facts: FoundFact[];
  /** Set before the walk begins. */
  interpreter?: Interpreter;
}

/** One rule at one walk: its listener, and the context of each function in which something happens. */
class Ear {
  readonly listener: RuleListener;
  /** Events come in long runs from one function. */
  private latest: RuleContext;
  private others: Map<FunctionScope, RuleContext> | undefined;

  constructor(
    private readonly active: ActiveRule,
    private readonly visit: Visit,
  ) {
    this.latest = new VisitContext(visit.root, active, visit);
    this.listener = active.rule.check(this.latest);
  }

  contextOf(scope: FunctionScope): RuleContext {
    if (this.latest.scope === scope) {
      return this.latest;
    }
    this.others ??= new Map([[this.latest.scope, this.latest]]);
    let context = this.others.get(scope);
    if (!context) {
      context = new VisitContext(scope, this.active, this.visit);
      this.others.set(scope, context);
    }
    this.latest = context;
    return context;
  }
}

interface Handler<E> {
  handle(event: E, context: RuleContext): void;
  ear: Ear;
}

/** All rules that listen to a walk. Made anew for every function, so it is made of little. */
export class Audience implements Listener {
  private readonly ears: Ear[];
  private readonly calls: Handler<CallEvent>[] = [];
  private readonly marks: Handler<CallEvent>[] = [];
  private readonly tests: Handler<TestEvent>[] = [];
  private readonly stores: Handler<StoreEvent>[] = [];
  private readonly loads: Handler<LoadEvent>[] = [];
  private readonly pathEnds: Handler<PathEndEvent>[] = [];

  constructor(active: readonly ActiveRule[], visit: Visit) {
    this.ears = active.map((rule) => new Ear(rule, visit));
    for (const ear of this.ears) {
      const { call, mark, test, store, load, pathEnd } = ear.listener;
      if (call) this.calls.push({ handle: call, ear });
      if (mark) this.marks.push({ handle: mark, ear });
      if (test) this.tests.push({ handle: test, ear });
      if (store) this.stores.push({ handle: store, ear });
      if (load) this.loads.push({ handle: load, ear });
      if (pathEnd) this.pathEnds.push({ handle: pathEnd, ear });
    }
  }

  call(event: CallEvent): void {
    tell(this.calls, event);
  }

  mark(event: CallEvent): void {
    tell(this.marks, event);
  }

  test(event: TestEvent): void {
    tell(this.tests, event);
  }

  store(event: StoreEvent): void {
    tell(this.stores, event);
  }

  load(event: LoadEvent): void {
    tell(this.loads, event);
  }

  pathEnd(event: PathEndEvent): void {
    tell(this.pathEnds, event);
  }

  end(): void {
    for (const { listener } of this.ears) listener.end?.();
  }
}

function tell<E extends { scope: FunctionScope }>(handlers: readonly Handler<E>[], event: E): void {
  for (const { handle, ear } of handlers) {
    handle(event, ear.contextOf(event.scope));
  }
}

/** The texts of functions with blanks in the place of comments. */
const codes = new WeakMap<FunctionDefinition, string>();

function placeOf({ start, end, within }: Location): Place {
  return { start, end, within };
}

/** What a rule can ask and say at one function of a walk. */
class VisitContext implements RuleContext {
  constructor(
    readonly scope: FunctionScope,
    private readonly active: ActiveRule,
    private readonly visit: Visit,
  ) {}

  // Rules take these out of the context, and put them into others: they are values.
  readonly functionNamed = (name: string): FunctionScope | undefined => this.found(name, this.scope);

  readonly in = (scope: FunctionScope): RuleContext =>
    scope === this.scope ? this : new VisitContext(scope, this.active, this.visit);

  readonly functionHanded = (name: string): FunctionScope | undefined =>
    this.found(name, this.scope) ?? this.found(name, this.visit.root);

  readonly callers = (): readonly Caller[] => {
    const { chain, context } = this.visit.interpreter ?? {};
    return (chain?.leading(context) ?? []).map(({ caller, call }) => ({ scope: caller, call }));
  };

  readonly neverReturns = (name: string): boolean => {
    const outside = this.scope.file.outside(name);
    if (outside) this.visit.read.add(outside.definition);
    return NeverReturns.in(this.scope.file).test(name);
  };

  private found(name: string, { file }: FunctionScope): FunctionScope | undefined {
    const found = file.callee(name);
    if (found) this.visit.read.add(found.definition);
    return found;
  }

  readonly ask = <T>(index: FileIndex<T>, selector: Selector): readonly T[] =>
    this.visit.read.ask(index, selector, this.scope.file);

  readonly dependsOnFile = (): void => this.visit.read.addFile(this.scope.file);

  readonly source = (span: Span | Location): string =>
    this.visit.textOf(this.placed(span).within).slice(span.start, span.end);

  readonly code = (span: Span | Location): string => {
    const { within } = this.placed(span);
    let code = codes.get(within);
    if (code === undefined) {
      code = blankComments(this.visit.textOf(within));
      codes.set(within, code);
    }
    return code.slice(span.start, span.end);
  };

  readonly record = (fact: FoundFact['fact'], span: Span | Location): void => {
    const placed = this.placed(span);
    // What a function does that is defined in a header the file does itself, by calling it.
    const led = this.isOfHeader(placed) ? this.visit.interpreter?.chain?.firstCallTo(placed) : undefined;
    this.visit.facts.push({ fact, at: led ? placeOf(led) : this.lifted(span), inner: placeOf(placed) });
  };

  private isOfHeader({ within }: Location): boolean {
    const { symbols } = this.visit.root.file;
    const isKnown = symbols.function(within.name)?.definition === within;
    return isKnown && symbols.functions.get(within.name)?.definition !== within;
  }

  readonly report = ({ related = [], severity: own, span, value, fix, ...report }: Report): void => {
    const { rule, severity } = this.active;
    // A rule may lower or raise one finding, unless the user chose a severity for the rule.
    const chosen = own !== undefined && severity === rule.meta.severity ? own : severity;
    const placed = this.placed(span);
    const inner = placeOf(placed);
    const chain = this.visit.interpreter?.chain;
    const giver = value && chain?.giverOf(placed, value);
    const outer = giver ? placeOf(giver) : this.lifted(span);
    const isLifted = outer.within !== inner.within;
    const led = isLifted ? undefined : chain?.firstCallTo(placed);
    const through = { span: inner, message: `\`${inner.within.name}\` makes the call here` };
    this.visit.findings.push({
      ...report,
      span: outer,
      rule: rule.meta.id,
      severity: chosen,
      related: [
        ...(isLifted ? [through] : []),
        ...related.map((other) => ({ span: this.lifted(other.span), message: other.message })),
        ...(led
          ? [{ span: placeOf(led), message: `\`${led.within.name}\` leads there with this call` }]
          : []),
      ],
      // Its edits are for the text of the wrapper.
      ...(fix && !isLifted ? { fix } : {}),
    });
  };

  private placed(span: Span | Location): Location {
    if ('within' in span) {
      return span;
    }
    const context = this.visit.interpreter?.context;
    return { ...span, within: this.scope.definition, ...(context === undefined ? {} : { context }) };
  }

  /** What happens in a function that only wraps a call belongs to those who call it. */
  private lifted(span: Span | Location): Place {
    const placed = this.placed(span);
    return placeOf(this.visit.interpreter?.chain?.callerOf(placed) ?? placed);
  }
}
