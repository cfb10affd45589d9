import { wrappedName } from '../analysis/call-chain';
import { FileContext, type Toolbox } from '../analysis/context';
import { NeverReturns } from '../analysis/never-returns';
import { isQuestion, isRelevant, levelsFor, sharesMemory } from '../analysis/relevance';
import { continueSurvey, surveyOf } from '../analysis/survey';
import type { FunctionDefinition, Item, PlacedItem } from '../c/ast';
import type { LineIndex } from '../c/lines';
import { Symbols } from '../c/symbols';
import type { ActiveRule } from './audience';
import { type Configuration, severityOf } from './configuration';
import { type FunctionLint, type Interest, lintFunction } from './function-lint';
import { type PlacedFinding, Placing, type Surroundings } from './placing';
import { rules } from './registry';
import type { Finding, FoundFact } from './rule';
import { type Suppressions, suppressionsIn } from './suppressions';

export type { PlacedFinding } from './placing';

/** What a lint needs of a file. */
export interface LintInput {
  text: string;
  items: readonly PlacedItem[];
  lines: LineIndex;
  /** Declarations of the headers that the file includes, the nearest last. */
  headers: readonly Symbols[];
  /** The other files of the project, where there are any. */
  surroundings?: Surroundings;
}

/** Headers of Windows that no build for Linux has: whoever includes one of them in any case is compiled elsewhere. */
const foreign = /^(?:windows|winsock2?|ws2tcpip|mswsock|mstcpip)\.h$/i;

function isOfAnotherSystem(item: Item): boolean {
  return item.kind === 'include' && !item.local && !item.conditional && foreign.test(item.path);
}

/** What is kept of a function: what was found, and the state of the other files that it depends on. */
interface Kept extends FunctionLint {
  environments: ReadonlyMap<FunctionDefinition, object>;
  /** The state of the questions about the whole file when it was looked at. */
  state: number;
  /** The functions of the file, where it depends on all of them. */
  bodies?: Bodies;
}

type Bodies = readonly FunctionDefinition[];

/**
 * Lints one file again and again as it changes. Findings of a function are kept as long as the function, those it calls and
 * everything else it may depend on are the same objects as before.
 */
export class FileLinter {
  private kept = new WeakMap<FunctionDefinition, Kept>();
  private known: FileContext | undefined;
  private basis: unknown[] = [];
  private bodies: Bodies = [];
  private configuration: Configuration | undefined;

  constructor(
    private readonly toolbox: Toolbox,
    private readonly activeIn: (configuration: Configuration) => ActiveRule[] = activeRules,
    /** Where it looks, if not everywhere. */
    private readonly interest?: Interest,
  ) {}

  /** What was recorded when it last linted, function by function. */
  facts: readonly FoundFact[] = [];

  /** The names in force when it last linted. */
  get context(): FileContext | undefined {
    return this.known;
  }

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
    const context = this.prepare(input, configuration);
    const { kept, bodies } = this;
    const { state } = surveyOf(context);
    const placing = new Placing(input.text, input.items, input.surroundings);
    const active = this.activeIn(configuration);
    const findings: Finding[] = [];
    const facts: FoundFact[] = [];
    const isForeign = input.items.some(({ item }) => isOfAnotherSystem(item));
    for (const { item } of input.items) {
      if (isForeign || item.kind !== 'function' || this.interest?.looksAt(item, context) === false) {
        continue;
      }
      let lint = kept.get(item);
      if (!lint || !isCurrent(lint, context, input.surroundings, bodies)) {
        const scope = context.scopeOf(item);
        const fresh = lintFunction(scope, placing.textOf, active, this.interest?.walksInto);
        const environments = environmentsOf(fresh, context, input.surroundings);
        lint = { ...fresh, environments, state, ...(fresh.wholeFile ? { bodies } : {}) };
        // Steps that go on after a newer lint has begun must not add to what that one knows.
        if (this.known === context) kept.set(item, lint);
        yield;
      }
      findings.push(...lint.findings);
      facts.push(...lint.facts);
    }
    this.facts = facts;
    return visible(placing.place(findings), input);
  }

  /** The declarations in force in a file. */
  static contextOf(
    toolbox: Toolbox,
    input: Pick<LintInput, 'items' | 'headers' | 'surroundings'>,
  ): FileContext {
    return new FileContext(toolbox, symbolsOf(input), input.surroundings);
  }

  /** Starts afresh when something changed on which every function depends. */
  private prepare(input: LintInput, configuration: Configuration): FileContext {
    const basis = basisOf(input);
    const context = FileLinter.contextOf(this.toolbox, input);
    const before =
      this.configuration === configuration && sameBasis(basis, this.basis) ? this.known : undefined;
    if (before) continueSurvey(before, context);
    if (!before || !this.answersSame(input, before, context)) {
      this.kept = new WeakMap();
    }
    const bodies = input.items.flatMap(({ item }) => (item.kind === 'function' ? [item] : []));
    // The same object as long as all functions are.
    if (!sameBasis(bodies, this.bodies)) this.bodies = bodies;
    this.basis = basis;
    this.configuration = configuration;
    this.known = context;
    return context;
  }

  /** What callers are told of functions that changed: whether they return, are worth walking into, and what they wrap. */
  private answersSame(input: LintInput, before: FileContext, now: FileContext): boolean {
    const returning = { before: NeverReturns.in(before), now: NeverReturns.in(now) };
    if (!isSameSet(returning.before.endedByUse, returning.now.endedByUse)) return false;
    const sameAnswers = (name: string) => returning.before.test(name) === returning.now.test(name);
    const own = input.items.every(({ item }) => {
      if (item.kind !== 'function' || this.kept.has(item)) return true;
      const old = before.symbols.function(item.name)?.definition;
      if (!sameAnswers(item.name) || old === undefined) return false;
      return (
        isRelevant(old, before) === isRelevant(item, now) &&
        isQuestion(old) === isQuestion(item) &&
        levelsFor(old) === levelsFor(item) &&
        wrappedName(before.scopeOf(old)) === wrappedName(now.scopeOf(item))
      );
    });
    return own && sharesMemory(before) === sharesMemory(now) && sameOutside(before, now, sameAnswers);
  }
}

function isSameSet(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((name) => other.has(name));
}

/** What names mean in other files looks the same to those who call them. */
export function sameOutside(
  before: FileContext,
  now: FileContext,
  sameAnswers: (name: string) => boolean = () => true,
): boolean {
  for (const [name, scope] of before.asked) {
    const other = now.outside(name);
    if (!now.isSameOfSeveral(name, before)) return false;
    if (scope === other) continue;
    if (!scope || !other || heading(scope.definition) !== heading(other.definition)) return false;
    if (wrappedName(scope) !== wrappedName(other) || !sameAnswers(name)) return false;
  }
  return true;
}

/** That on which every function of a file depends: all but bodies. Of a function, others see the heading. */
export function basisOf({ items, headers }: Pick<LintInput, 'items' | 'headers'>): unknown[] {
  return [...headers, ...items.map(({ item }) => (item.kind === 'function' ? heading(item) : item))];
}

export function sameBasis(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** The functions it walked into are still those that their names mean. */
function isCurrent(
  { dependencies, questions, state, environments, bodies }: Kept,
  context: FileContext,
  surroundings: Surroundings | undefined,
  bodiesNow: Bodies,
): boolean {
  if (bodies !== undefined && bodies !== bodiesNow) {
    return false;
  }
  for (const { since } of questions) if (since > state) return false;
  for (const definition of dependencies) {
    if (context.symbols.function(definition.name)?.definition === definition) continue;
    const environment = surroundings?.home(definition)?.environment;
    if (environment === undefined || environment !== environments.get(definition)) return false;
  }
  return true;
}

function environmentsOf(
  { dependencies }: FunctionLint,
  context: FileContext,
  surroundings: Surroundings | undefined,
): Kept['environments'] {
  const environments = new Map<FunctionDefinition, object>();
  for (const definition of dependencies) {
    if (context.symbols.function(definition.name)?.definition === definition) continue;
    const environment = surroundings?.home(definition)?.environment;
    if (environment) environments.set(definition, environment);
  }
  return environments;
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

/** Without the findings that comments silence, in whatever file they lie. */
function visible(findings: PlacedFinding[], input: LintInput): PlacedFinding[] {
  const known = new Map<string, Suppressions>();
  const suppressionsOf = ({ file }: PlacedFinding) => {
    const key = file?.path ?? '';
    const { text, lines } = file ?? input;
    const found = known.get(key) ?? suppressionsIn(text, (offset) => lines.position(offset).line);
    known.set(key, found);
    return found;
  };
  return findings.filter((finding) => {
    const { lines } = finding.file ?? input;
    return !suppressionsOf(finding).covers(finding.rule, lines.position(finding.span.start).line);
  });
}
