import type { Effect } from '../../catalog/schema';
import type { Expr, FunctionDefinition, Span } from '../c/ast';
import { CowMap } from './cow';
import { joinWaiting, keepEqual, sameWaiting, type Waiting } from './joins';
import { isPlain, Memory } from './memory';
import { conditionOf, depthOfNote, siteOfNote } from './notes';
import { depthOf, type Place } from './places';
import { type CallSite, type Outcome, type Resource, sameValue, type Value } from './values';

/** A place in the source: offsets from the start of a function's item. */
export interface Location extends Span {
  within: FunctionDefinition;
  /** The chain of calls that led there, where it is known. */
  context?: number;
}

/** Which process a path runs in: the one that was there first, or what a fork made of it. */
export interface Role {
  id: string;
  /** `only`: no fork on this path yet. */
  kind: 'only' | 'parent' | 'child';
  fork?: CallSite;
  /** The role before the fork. */
  before?: Role;
}

export const onlyRole: Role = { id: 'only', kind: 'only' };

/** What a process has of an object: `open` on this path for certain, `closed`, handed to something unknown, or different on paths joined here. */
export interface Holding {
  state: 'open' | 'closed' | 'escaped' | 'maybe';
  /** Where it was closed. */
  at?: Location;
}

export type Note = string | number | boolean;

/**
 * What is known at one point of a function on one path: values by place, objects this process holds, how calls went, which process
 * this is, and what rules noted. Copied by whoever goes two ways.
 */
export class Path extends Memory {
  private readonly held = new CowMap<Resource, Holding>();
  private readonly outcomes = new CowMap<CallSite, Outcome>();
  private readonly notes = new CowMap<string, Note>();
  /** What is known of the build by the branches of conditional compilation on the way. */
  readonly build = new CowMap<string, boolean>();
  /** Results that wait for the expression around them, by depth of the calling function. */
  private waiting: readonly Waiting[] = [];
  private process: Role = onlyRole;
  private knownKey: string | undefined;

  copy(): Path {
    const path = new Path();
    path.assume(this);
    return path;
  }

  /** Becomes what `other` is. */
  assume(other: Path): void {
    this.assumeValues(other);
    this.held.assume(other.held);
    this.outcomes.assume(other.outcomes);
    this.notes.assume(other.notes);
    this.build.assume(other.build);
    this.waiting = other.waiting;
    this.process = other.process;
    this.knownKey = other.knownKey;
  }

  get role(): Role {
    return this.process;
  }

  set role(role: Role) {
    this.process = role;
    this.knownKey = undefined;
  }

  /** A function returns: its variables are no more. */
  leave(depth: number): void {
    this.values.deleteWhere((place) => depthOf(place) >= depth || place.includes(`@${depth}]`));
    const before = this.notes.size;
    this.notes.deleteWhere((key) => depthOfNote(key) >= depth);
    if (this.notes.size !== before) this.knownKey = undefined;
  }

  /** Nothing is known any more: values are gone and every object may have been handed on. */
  clear(): void {
    this.values.clear();
    for (const [resource, holding] of [...this.held]) {
      if (holding.state === 'open') this.hold(resource, { state: 'escaped' });
    }
  }

  /* ----------------------------------------------------------------- results */

  /** The result of a call that has been made ahead of the expression it stands in. */
  result(depth: number, call: Expr): Value | undefined {
    return this.waiting[depth]?.get(call);
  }

  setResult(depth: number, call: Expr, value: Value | undefined): void {
    const known = this.waiting[depth];
    if (value === undefined && !known?.has(call)) {
      return;
    }
    const results = new Map(known);
    if (value === undefined) results.delete(call);
    else results.set(call, value);
    const waiting = [...this.waiting];
    waiting[depth] = results;
    this.waiting = waiting;
  }

  dropResults(depth: number): void {
    if (this.waiting[depth]) {
      const waiting = [...this.waiting];
      waiting[depth] = undefined;
      this.waiting = waiting;
    }
  }

  /** Changes every value that is kept somewhere. */
  rewrite(change: (value: Value, place?: Place) => Value): void {
    for (const [place, value] of [...this.values]) {
      const changed = change(value, place);
      if (changed !== value) this.replace(place, changed);
    }
    this.waiting.forEach((results, depth) => {
      for (const [call, value] of results ?? []) {
        const changed = change(value);
        if (changed !== value) this.setResult(depth, call, changed);
      }
    });
  }

  /* ------------------------------------------------------------------- notes */

  /** What a rule noted on this path under a key of its own. Paths with different notes are kept apart as long as there are few. */
  note(key: string): Note | undefined {
    return this.notes.get(key);
  }

  setNote(key: string, note: Note | undefined): void {
    if (note === undefined) this.notes.delete(key);
    else this.notes.set(key, note);
    this.knownKey = undefined;
  }

  noteEntries(): Iterable<[string, Note]> {
    return this.notes.entries();
  }

  /* ----------------------------------------------------------------- objects */

  holding(resource: Resource): Holding | undefined {
    return this.held.get(resource);
  }

  /** Every object that this process ever had on this path, with what it has of it now. */
  holdings(): Iterable<[Resource, Holding]> {
    return this.held.entries();
  }

  /** How many these are. */
  get holdingCount(): number {
    return this.held.size;
  }

  hold(resource: Resource, holding: Holding | undefined): void {
    if (holding) this.held.set(resource, holding);
    else this.held.delete(resource);
    this.knownKey = undefined;
  }

  outcome(site: CallSite): Outcome | undefined {
    return this.outcomes.get(site);
  }

  /** Whether the call that has this number is known to have failed. */
  hasFailed(id: number): boolean {
    for (const [site, outcome] of this.outcomes) {
      if (site.id === id) return outcome === 'failure';
    }
    return false;
  }

  /** Whether one of some calls is known to have failed. */
  someFailed(picks: (site: CallSite) => boolean): boolean {
    for (const [site, outcome] of this.outcomes) {
      if (outcome === 'failure' && picks(site)) return true;
    }
    return false;
  }

  setOutcome(site: CallSite, outcome: Outcome): void {
    this.outcomes.set(site, outcome);
    this.knownKey = undefined;
  }

  /**
   * Forgets how calls went, and which objects they made, where that is over: the object is closed or was never there, and no value
   * leads to the call any more. Else what became of them would keep paths apart for ever.
   */
  forgetPast(isPast: (site: CallSite) => boolean): void {
    let candidates: Set<CallSite> | undefined;
    for (const [site] of this.outcomes) if (isPast(site)) (candidates ??= new Set()).add(site);
    for (const [{ site }] of this.held) if (isPast(site)) (candidates ??= new Set()).add(site);
    if (!candidates) return;
    const keep = ({ origins, verdict }: Value) => {
      for (const { site } of origins ?? []) candidates.delete(site);
      if (verdict) candidates.delete(verdict.site);
    };
    for (const [, value] of this.values) keep(value);
    for (const results of this.waiting) for (const value of results?.values() ?? []) keep(value);
    for (const [{ site }, { state }] of this.held) if (state !== 'closed') candidates.delete(site);
    if (candidates.size === 0) return;
    this.forgetConditional(candidates);
    this.held.deleteWhere(({ site }) => candidates.has(site));
    this.outcomes.deleteWhere((site) => candidates.has(site));
    const ids = new Set([...candidates].map(({ id }) => id));
    this.notes.deleteWhere((key) => ids.has(siteOfNote(key)));
    this.knownKey = undefined;
  }

  /** Notes that say something only where a call went well, of those that have failed. */
  private forgetConditional(sites: ReadonlySet<CallSite>): void {
    const failed = new Set<number>();
    for (const site of sites) if (this.outcomes.get(site) === 'failure') failed.add(site.id);
    if (failed.size > 0) this.notes.deleteWhere((_key, note) => failed.has(conditionOf(note)));
  }

  /* ------------------------------------------------------------------- joins */

  /** Paths with the same key are about the same situation and are joined where they meet. */
  key(): string {
    if (this.knownKey === undefined) {
      const parts: string[] = [];
      for (const [resource, { state }] of this.held) {
        if (!isNameOnly(resource.effect)) parts.push(`${resource.id}${state}`);
      }
      for (const [site, outcome] of this.outcomes) {
        if (!site.call.effects.every(isNameOnly)) parts.push(`${site.id}@${outcome}`);
      }
      for (const [key, note] of this.notes) parts.push(`${key}=${note}`);
      this.knownKey = `${this.process.id} ${parts.sort().join(' ')}`;
    }
    return this.knownKey;
  }

  /** What is known when control comes from either of two paths. */
  join(other: Path): Path {
    const joined = this.copy();
    joined.waiting = this.waiting.map((results, depth) => joinWaiting(results, other.waiting[depth]));
    if (this.process !== other.process) joined.role = onlyRole;
    joined.joinValues(other);
    if (!this.held.isSame(other.held)) joinHoldings(joined, this.held, other.held);
    if (!this.outcomes.isSame(other.outcomes)) keepEqual(joined.outcomes, other.outcomes);
    if (!this.notes.isSame(other.notes)) keepEqual(joined.notes, other.notes);
    if (!this.build.isSame(other.build)) keepEqual(joined.build, other.build);
    joined.knownKey = undefined;
    return joined;
  }

  equals(other: Path): boolean {
    if (this.key() !== other.key() || this.values.size !== other.values.size) {
      return false;
    }
    if (!sameEntries(this.build, other.build)) return false;
    if (this.values.isSame(other.values)) {
      return true;
    }
    for (const [place, value] of this.values) {
      const theirs = other.values.get(place);
      if (!theirs || !sameValue(value, theirs)) return false;
    }
    return true;
  }

  /** Nothing was learnt since `before`, and nothing lost but numbers and the like of which nobody knows where they come from. */
  isLeftBy(before: Path): boolean {
    if (this.key() !== before.key()) return false;
    if (this.values.isSame(before.values)) return true;
    for (const [place, value] of this.values) {
      const known = before.values.get(place);
      if (!known || !sameValue(value, known)) return false;
    }
    for (const [place, value] of before.values) {
      if (!this.values.has(place) && !isPlain(value)) return false;
    }
    return true;
  }

  /** Nothing tells the two apart, results that wait among it. */
  isSame(other: Path): boolean {
    return this.equals(other) && sameWaiting(this.waiting, other.waiting);
  }
}

/** A name in the file system that is there or was there before: no process has it, so no paths are kept apart for it. */
function isNameOnly({ kind }: Effect): boolean {
  return kind === 'fifo';
}

function sameEntries<K, V>(mine: CowMap<K, V>, theirs: CowMap<K, V>): boolean {
  if (mine.isSame(theirs)) return true;
  return mine.size === theirs.size && [...mine].every(([key, value]) => theirs.get(key) === value);
}

function joinHoldings(
  joined: Path,
  mine: CowMap<Resource, Holding>,
  theirs: CowMap<Resource, Holding>,
): void {
  for (const resource of new Set([...mine.keys(), ...theirs.keys()])) {
    const a = mine.get(resource);
    const b = theirs.get(resource);
    if (a && a.state === b?.state) continue;
    joined.hold(resource, { state: a?.state === 'escaped' || b?.state === 'escaped' ? 'escaped' : 'maybe' });
  }
}
