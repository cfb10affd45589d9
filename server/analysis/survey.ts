import type { FunctionDefinition } from '../c/ast';
import type { FileContext } from './context';

/**
 * Questions about all functions of a file, and whether their answers are still the same after an edit: who asked need not be looked at
 * again as long as they are ("early cutoff" of incremental computation).
 */

/**
 * Something to find in every function of a file, under keys: calls by what is called, stores by what is stored into. What a function
 * adds is a matter of its own text, of the declarations of the file, and of what callers are told of other functions.
 */
export class FileIndex<T> {
  constructor(
    /** In the order of the text. Values that are objects count as new whenever the function is. */
    readonly of: (
      definition: FunctionDefinition,
      file: FileContext,
    ) => Iterable<readonly [key: string, value: T]>,
  ) {}
}

/** The keys that are asked for: one, or all that pass a test. */
export type Selector = string | RegExp;

/** A question that was asked, with its answer. */
export interface Question<T = unknown> {
  readonly answer: readonly T[];
  /** The state of the survey in which the answer became what it is. */
  readonly since: number;
}

type Entries<T> = readonly (readonly [string, T])[];

class Asked<T> implements Question<T> {
  private known: readonly T[] | undefined;

  constructor(
    readonly selector: Selector,
    public since: number,
    private readonly gather: (selects: (key: string) => boolean, selector: Selector) => readonly T[],
  ) {}

  get answer(): readonly T[] {
    this.known ??= this.gather(this.selects, this.selector);
    return this.known;
  }

  readonly selects = (key: string): boolean =>
    typeof this.selector === 'string' ? key === this.selector : this.selector.test(key);

  isChanged(state: number): void {
    this.since = state;
    this.known = undefined;
  }
}

/** Questions that are kept for an index: more than a file of any length asks at one time. */
const mostAsked = 20_000;

/** One index of one file. */
class Table<T> {
  private readonly entries = new Map<FunctionDefinition, Entries<T>>();
  private readonly holders = new Map<string, Set<FunctionDefinition>>();
  private readonly asked = new Map<string, Asked<T>>();

  constructor(
    private readonly index: FileIndex<T>,
    private readonly placeOf: (definition: FunctionDefinition) => number,
  ) {}

  add(definition: FunctionDefinition, file: FileContext): Entries<T> {
    const entries = [...this.index.of(definition, file)];
    if (entries.length === 0) return entries;
    this.entries.set(definition, entries);
    for (const [key] of entries) {
      const holders = this.holders.get(key);
      if (holders) holders.add(definition);
      else this.holders.set(key, new Set([definition]));
    }
    return entries;
  }

  of(definition: FunctionDefinition): Entries<T> {
    return this.entries.get(definition) ?? [];
  }

  /** Puts one text of a function in the place of another, and tells what that changes. */
  replace(old: FunctionDefinition, now: FunctionDefinition, file: FileContext, state: number): void {
    const before = this.entries.get(old) ?? [];
    this.entries.delete(old);
    for (const [key] of before) this.holders.get(key)?.delete(old);
    const after = this.add(now, file);
    const changed = differences(before, after);
    if (changed.size === 0) return;
    for (const question of this.asked.values()) {
      for (const key of changed) {
        if (!question.selects(key)) continue;
        question.isChanged(state);
        break;
      }
    }
  }

  ask(selector: Selector, state: number): Question<T> {
    // No name holds a blank.
    const key = typeof selector === 'string' ? selector : ` ${selector}`;
    let question = this.asked.get(key);
    if (!question) {
      if (this.asked.size === mostAsked) this.dropOldest();
      question = new Asked(selector, state, this.gather);
      this.asked.set(key, question);
    }
    return question;
  }

  /** Names come and go as somebody types. Who asked looks again, as if the answer were another. */
  private dropOldest(): void {
    const [oldest] = this.asked;
    if (!oldest) return;
    this.asked.delete(oldest[0]);
    oldest[1].isChanged(Number.POSITIVE_INFINITY);
  }

  private readonly gather = (selects: (key: string) => boolean, selector: Selector): readonly T[] => {
    const found = new Set<FunctionDefinition>();
    const keys = typeof selector === 'string' ? [selector] : [...this.holders.keys()].filter(selects);
    for (const key of keys) for (const definition of this.holders.get(key) ?? []) found.add(definition);
    return [...found]
      .sort((a, b) => this.placeOf(a) - this.placeOf(b))
      .flatMap((definition) =>
        this.entries.get(definition)!.flatMap(([key, value]) => (selects(key) ? [value] : [])),
      );
  };
}

/** The keys under which two texts of a function do not hold the same. */
function differences(before: Entries<unknown>, after: Entries<unknown>): Set<string> {
  const was = byKey(before);
  const is = byKey(after);
  const same = (a: readonly unknown[] = [], b: readonly unknown[] = []) =>
    a.length === b.length && a.every((value, i) => value === b[i]);
  return new Set([...was.keys(), ...is.keys()].filter((key) => !same(was.get(key), is.get(key))));
}

function byKey(entries: Entries<unknown>): Map<string, unknown[]> {
  const found = new Map<string, unknown[]>();
  for (const [key, value] of entries) {
    const known = found.get(key);
    if (known) known.push(value);
    else found.set(key, [value]);
  }
  return found;
}

/** What was asked about all functions of one file, from one text of it to the next as long as only bodies of functions change. */
export class Survey {
  private readonly tables = new Map<FileIndex<never>, Table<unknown>>();
  private places: Map<FunctionDefinition, number> | undefined;
  /** Counts the texts that it has seen. */
  state = 0;

  constructor(private definitions: readonly FunctionDefinition[]) {}

  ask<T>(index: FileIndex<T>, selector: Selector, file: FileContext): Question<T> {
    const known = this.tables.get(index as FileIndex<never>) as Table<T> | undefined;
    return (known ?? this.table(index, file)).ask(selector, this.state);
  }

  /** What one function holds. */
  of<T>(index: FileIndex<T>, definition: FunctionDefinition, file: FileContext): Entries<T> {
    const known = this.tables.get(index as FileIndex<never>) as Table<T> | undefined;
    return (known ?? this.table(index, file)).of(definition);
  }

  private table<T>(index: FileIndex<T>, file: FileContext): Table<T> {
    const table = new Table(index, (definition) => this.placeOf(definition));
    this.tables.set(index as FileIndex<never>, table as Table<unknown>);
    for (const definition of this.definitions) table.add(definition, file);
    return table;
  }

  /** Goes on with the next text of the file, which has the same functions with other bodies. */
  advance(definitions: readonly FunctionDefinition[], file: FileContext): void {
    const before = this.definitions;
    this.definitions = definitions;
    this.places = undefined;
    this.state++;
    definitions.forEach((now, i) => {
      const old = before[i]!;
      if (old === now) return;
      for (const table of this.tables.values()) table.replace(old, now, file, this.state);
    });
  }

  private placeOf(definition: FunctionDefinition): number {
    this.places ??= new Map(this.definitions.map((each, i) => [each, i]));
    return this.places.get(definition) ?? -1;
  }
}

const surveys = new WeakMap<FileContext, Survey>();

/** What was asked about all functions of a file. */
export function surveyOf(file: FileContext): Survey {
  let survey = surveys.get(file);
  if (!survey) {
    survey = new Survey(file.symbols.definitions);
    surveys.set(file, survey);
  }
  return survey;
}

/** Goes on with what was asked about another text of the file, where only bodies of functions differ. */
export function continueSurvey(before: FileContext, now: FileContext): void {
  const survey = surveyOf(before);
  surveys.set(now, survey);
  survey.advance(now.symbols.definitions, now);
}
