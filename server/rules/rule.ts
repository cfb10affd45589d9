import type { ManPage } from '../../catalog/schema';
import type { FunctionScope } from '../analysis/context';
import type { Listener } from '../analysis/events';
import type { Location } from '../analysis/path';
import type { FileIndex, Selector } from '../analysis/survey';
import type { Expr, FunctionDefinition, Span } from '../c/ast';
import type { Fact } from './project/facts';

export type Severity = 'error' | 'warning' | 'information' | 'hint';

/** Presets from the quietest to the most talkative; each includes the ones before it. */
export const presets = ['recommended', 'strict', 'teaching'] as const;
export type Preset = (typeof presets)[number];

export interface RuleMeta {
  /** `facility/kebab-name`, or the name of a cross-cutting group such as `handle/`. */
  id: string;
  severity: Severity;
  /** The first preset in which the rule is on. */
  preset: Preset;
  /** One line, no full stop: what it finds. */
  title: string;
  /** Why it matters: what goes wrong at run time. One or two sentences. */
  explanation: string;
  /** What the rule does not report, and why. */
  silence: string;
  references: ManPage[];
  /** The demo that shows the consequence best, where several name this rule: `pipe/never-ends`. */
  demo?: string;
  /** Two short pieces of C, each a whole translation unit; a test lints both. */
  example: { bad: string; good: string };
}

/** A place in the text of a function; offsets count from the start of its item. */
export interface Place extends Span {
  within: FunctionDefinition;
}

export interface Finding {
  rule: string;
  severity: Severity;
  span: Place;
  /** Two sentences: what is wrong and what happens then, with the program's own names; and how to mend it. */
  message: string;
  /** Places that tell the story. */
  related: { span: Place; message: string }[];
  fix?: Fix;
}

/** A fact as a walk gives it. */
export interface FoundFact {
  fact: Fact;
  /** Where to tell of it: of what a mere wrapper does, at the call of the wrapper. */
  at: Place;
  /** Where the call stands. */
  inner: Place;
}

/** A change that is safe to apply without thinking. The edits are in the function of the finding. */
export interface Fix {
  title: string;
  edits: { span: Span; text: string }[];
}

export interface Report {
  /** A plain span lies in the function of the context that reports. */
  span: Span | Location;
  /** The expression at fault, where that is a number: when a helper only hands it on, this is told where a caller gives the constant. */
  value?: Expr;
  message: string;
  related?: { span: Span | Location; message: string }[];
  fix?: Fix;
  /** When this finding weighs other than the rule usually does. */
  severity?: Severity;
}

/** A call that led the walk into a function, and the function that makes it. */
export interface Caller {
  scope: FunctionScope;
  call: Location;
}

/** One function seen by a rule: its names and its text, and where to report. */
export interface RuleContext {
  scope: FunctionScope;
  /** The same for another function that the walk has to do with: its names, its text. */
  in(scope: FunctionScope): RuleContext;
  /** The text of a place in the function, or in another one when the place says so. */
  source(span: Span | Location): string;
  /** The same with blanks in the place of comments: what they say is not done. */
  code(span: Span | Location): string;
  report(report: Report): void;
  /** Writes down something that the function does, for rules that look at whole programs. */
  record(fact: Fact, at: Span | Location): void;
  /** The function of the project that a name means, where its text is at hand; what is found then depends on it. */
  functionNamed(name: string): FunctionScope | undefined;
  /** Whether a call to this name never comes back, as the project tells or by custom; what is found then depends on it. */
  neverReturns(name: string): boolean;
  /** The function whose address is known by this name: it may have been handed on from the file in which the walk began. */
  functionHanded(name: string): FunctionScope | undefined;
  /** The calls by which the walk came into the function of an event, the innermost first; none in the function it began with. */
  callers(): readonly Caller[];
  /** What all functions of the file hold under such keys; what is found then depends on the answer. */
  ask<T>(index: FileIndex<T>, selector: Selector): readonly T[];
  /** Says that what is found depends on every function of the file. */
  dependsOnFile(): void;
}

/**
 * What a rule listens to. The context handed along with an event is that of the function in which it happens, which is another than
 * the one the walk began with when a call was walked into.
 */
export type RuleListener = {
  [K in Exclude<keyof Listener, 'end'>]?: (
    event: Parameters<NonNullable<Listener[K]>>[0],
    context: RuleContext,
  ) => void;
} & { end?(): void };

/** A rule: what it is, and what it listens to while a function is walked. `check` is called anew for every function. */
export interface Rule {
  meta: RuleMeta;
  check(context: RuleContext): RuleListener;
}
