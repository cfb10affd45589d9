import type { Toolbox } from '../../analysis/context';
import { type Mentions, mentionsIn } from '../../rules/project/wanted';
import type { Headers } from '../headers';
import type { Project } from '../project';
import { type Basis, FactFinder, type FileFacts } from './file-facts';
import { neighbourhoods } from './neighbours';

/** What a quick look at a text tells, without parsing it. */
interface Look extends Mentions {
  stamp: unknown;
  /** The version of the project in which it was taken. */
  version: number;
  headers: readonly string[];
  /** Whether it calls one of some functions. */
  calls?: { names: ReadonlySet<string>; any: boolean };
}

interface Known {
  /** Of the index of functions. */
  generation: number;
  facts: FileFacts;
  basis: Basis;
}

const includes = /^[ \t]*#[ \t]*include[ \t]*"([^"\r\n]+)"/gm;

/** Files kept with what is known of their functions, so that an edit costs one function. */
const mostFinders = 16;

/** How often files are looked for that call what was found: from `main` to the thread, to the queue that it uses. */
const mostLevels = 2;

/**
 * What the files of the project do with objects that others can find: which they create, open, remove and use. Files are walked
 * when they are first asked for, and again when they or what they depend on changed; all in steps, so that whoever asks can stop or
 * let others run.
 */
export class ObjectIndex {
  private readonly looks = new Map<string, Look>();
  private readonly known = new Map<string, Known>();
  private readonly finders = new Map<string, FactFinder>();
  private groups: { version: number; of: Map<string, string[]> } | undefined;
  /** What was found to be as before, at this version of the project. */
  private fresh = new Map<string, Known>();
  private readonly stamps = new Map<string, unknown>();
  private version = -1;

  constructor(
    private readonly toolbox: Toolbox,
    private readonly project: Project,
    private readonly headers: Headers,
  ) {}

  /** The files that are likely to work together with one, itself among them. */
  *neighboursOf(file: string): Generator<void, readonly string[]> {
    const groups = yield* this.grouped();
    return groups.get(file) ?? [file];
  }

  /** All groups of files that are likely to work together. */
  *allGroups(): Generator<void, readonly string[][]> {
    const groups = yield* this.grouped();
    return [...new Set(groups.values())];
  }

  /**
   * The facts of a group of files; of those that have any. Files of other groups that they call are among them. None where there are
   * more than `most` such files, which is found out before they are walked.
   */
  *factsOf(group: readonly string[], most = Number.POSITIVE_INFINITY): Generator<void, FileFacts[]> {
    const withPaths = this.haveFifos(group);
    const found = new Map<string, FileFacts>();
    const looks = group.flatMap((file) => {
      const look = this.looks.get(file);
      return look ? [{ file, acts: acts(look, withPaths) }] : [];
    });
    const acting = looks.filter(({ acts }) => acts);
    if (acting.length > most) return [];
    for (const { file } of acting) {
      const facts = yield* this.facts(file, withPaths);
      if (facts) found.set(file, facts);
    }
    const rest = looks.flatMap(({ file, acts }) => (acts ? [] : [file]));
    const isAll = found.size === 0 || (yield* this.callers(rest, found, withPaths, most));
    return isAll ? [...found.values()] : [];
  }

  /** Whether facts of its group may lie in a file: its text mentions objects, or it comes to some through functions of others. */
  *mayAct(file: string, group: readonly string[]): Generator<void, boolean> {
    const withPaths = this.haveFifos(group);
    const look = this.looks.get(file);
    if (look && acts(look, withPaths)) return true;
    const own = yield* this.facts(file, withPaths);
    return own !== undefined && own.facts.length > 0;
  }

  private haveFifos(group: readonly string[]): boolean {
    return group.some((file) => this.looks.get(file)?.makesFifos);
  }

  /** Adds files that name objects only in calls of functions of the others, and files that start what is found there; false where they are too many. */
  private *callers(
    files: readonly string[],
    found: Map<string, FileFacts>,
    withPaths: boolean,
    most: number,
  ): Generator<void, boolean> {
    for (let levels = 0; levels < mostLevels; levels++) {
      const names = this.namesOfHelpers();
      const calling =
        names.size > 0 ? files.filter((file) => !found.has(file) && this.callsAny(file, names)) : [];
      if (found.size + calling.length > most) return false;
      for (const file of calling) {
        const facts = yield* this.facts(file, withPaths);
        if (facts) found.set(file, facts);
      }
      if (calling.length === 0) break;
    }
    return true;
  }

  private helpers: ReadonlySet<string> = new Set();

  /** Functions that act on objects which their callers name or hand over, or with sizes that these say. The same set as before, if it has not changed. */
  private namesOfHelpers(): ReadonlySet<string> {
    const names = new Set<string>();
    for (const { facts } of this.known.values()) {
      for (const fact of facts.facts) {
        if (fact.root === 'main') continue;
        if (fact.fact !== 'use') {
          // Who starts it as a thread, or in several processes, decides what its order means.
          names.add(fact.root);
          continue;
        }
        const { name, does, size } = fact;
        const takesSize = does === 'read' || does === 'write' || does === 'map';
        if (!name || (takesSize && size === undefined)) names.add(fact.root);
      }
    }
    const same = names.size === this.helpers.size && [...names].every((name) => this.helpers.has(name));
    if (!same) this.helpers = names;
    return this.helpers;
  }

  private callsAny(file: string, names: ReadonlySet<string>): boolean {
    const look = this.looks.get(file);
    if (look && look.calls?.names !== names) {
      const words = this.project.textOf(file)?.match(/[A-Za-z_]\w*/g) ?? [];
      look.calls = { names, any: words.some((word) => names.has(word)) };
    }
    return look?.calls?.any ?? false;
  }

  /** The facts of one file. */
  *facts(file: string, paths = false): Generator<void, FileFacts | undefined> {
    this.begin();
    const known = this.fresh.get(file) ?? this.known.get(file);
    if (known && known.basis.paths === paths && (this.fresh.has(file) || this.isCurrent(known, file))) {
      this.fresh.set(file, known);
      return known.facts;
    }
    const member = this.project.member(file);
    if (!member) {
      this.known.delete(file);
      return undefined;
    }
    const finder = this.finder(file, paths);
    const { generation } = this.project.index;
    const found = { generation, ...(yield* finder.find(member)) };
    this.known.set(file, found);
    yield;
    return found.facts;
  }

  private finder(file: string, paths: boolean): FactFinder {
    const known = this.finders.get(file);
    const finder =
      known?.paths === paths ? known : new FactFinder(this.toolbox, this.project, this.headers, paths);
    this.finders.delete(file);
    this.finders.set(file, finder);
    const [oldest] = this.finders.keys();
    if (this.finders.size > mostFinders && oldest !== undefined) this.finders.delete(oldest);
    return finder;
  }

  private isCurrent(known: Known, file: string): boolean {
    const { stamps, asked } = known.basis;
    for (const [path, stamp] of stamps) if (this.stampOf(path) !== stamp) return false;
    const { generation } = this.project.index;
    if (known.generation === generation) return true;
    known.generation = generation;
    for (const [name, path] of asked) if (this.project.index.definer(name, file) !== path) return false;
    return true;
  }

  /** Forgets what was found to be as before, once something changed. */
  private begin(): void {
    if (this.version === this.project.version) return;
    this.version = this.project.version;
    this.fresh = new Map();
    this.stamps.clear();
  }

  /** Many files include the same headers, and each look costs a system call. */
  private stampOf(path: string): unknown {
    if (!this.stamps.has(path)) this.stamps.set(path, this.project.stampOf(path));
    return this.stamps.get(path);
  }

  /* ------------------------------------------------------------------ groups */

  private *grouped(): Generator<void, Map<string, string[]>> {
    const { version } = this.project;
    if (this.groups?.version === version) {
      return this.groups.of;
    }
    const headersOf = new Map<string, readonly string[]>();
    let same = this.groups !== undefined;
    const paths = this.project.index.paths;
    for (const gone of [...this.looks.keys()].filter((file) => !paths.has(file))) this.looks.delete(gone);
    for (const file of paths) {
      const before = this.looks.get(file);
      const look = this.look(file, before);
      if (look !== before) yield;
      if (!look) continue;
      headersOf.set(file, look.headers);
      same &&= look === before || (before !== undefined && look.headers.join() === before.headers.join());
    }
    const of = same && this.groups?.of.size === headersOf.size ? this.groups.of : byFile(headersOf);
    this.groups = { version, of };
    return of;
  }

  private look(file: string, before: Look | undefined): Look | undefined {
    if (before && before.version >= this.project.changedIn(file)) {
      return before;
    }
    const { version } = this.project;
    const stamp = this.project.stampOf(file);
    if (before && before.stamp === stamp) {
      before.version = version;
      return before;
    }
    const text = stamp === undefined ? undefined : this.project.textOf(file);
    if (text === undefined) {
      this.looks.delete(file);
      return undefined;
    }
    const headers = [...text.matchAll(includes)].flatMap(
      ([, name]) => this.headers.resolve(file, name ?? '') ?? [],
    );
    const look = { stamp, version, headers, ...mentionsIn(text) };
    this.looks.set(file, look);
    return look;
  }
}

function acts({ objects, paths }: Look, withPaths: boolean): boolean {
  return objects || (withPaths && paths);
}

function byFile(headersOf: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const group of neighbourhoods(headersOf)) for (const file of group) groups.set(file, group);
  return groups;
}
