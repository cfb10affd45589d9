import type { ManPage } from '../../catalog/schema';
import type { FunctionScope } from '../analysis/context';
import type { Listener } from '../analysis/events';
import type { Span } from '../c/ast';

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
  /** The scenario that shows the consequence: `pipe/no-eof`. */
  demo?: string;
  /** Two short pieces of C, each a whole translation unit; a test lints both. */
  example: { bad: string; good: string };
}

export interface Finding {
  rule: string;
  severity: Severity;
  /** UTF-16 offsets from the start of the item. */
  span: Span;
  /** Two sentences: what is wrong and what happens then, with the program's own names; and how to mend it. */
  message: string;
  /** Places that tell the story, in the same item. */
  related: { span: Span; message: string }[];
  fix?: Fix;
}

/** A change that is safe to apply without thinking. */
export interface Fix {
  title: string;
  edits: { span: Span; text: string }[];
}

export interface Report {
  span: Span;
  message: string;
  related?: Finding['related'];
  fix?: Fix;
  /** When this finding weighs other than the rule usually does. */
  severity?: Severity;
}

/** What a rule gets for each function it looks at. */
export interface RuleContext {
  scope: FunctionScope;
  /** The text of the item; spans are offsets in it. */
  source(span: Span): string;
  report(report: Report): void;
}

/** A rule: what it is, and what it listens to while a function is walked. `check` is called anew for every function. */
export interface Rule {
  meta: RuleMeta;
  check(context: RuleContext): Listener;
}
