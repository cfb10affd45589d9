import type { Toolbox } from '../../analysis/context';
import type { FunctionDefinition } from '../../c/ast';
import type { Configuration } from '../../rules/configuration';
import { FileLinter } from '../../rules/lint';
import { Placing } from '../../rules/placing';
import type { PlacedFact } from '../../rules/project/facts';
import { recorders } from '../../rules/project/recorders';
import { interestIn } from '../../rules/project/wanted';
import { callsOf, lastName, routineOf } from '../../rules/shared/whole-file';
import type { Headers } from '../headers';
import type { Member, Project } from '../project';

/** What one file does with objects that others can find. */
export interface FileFacts {
  path: string;
  facts: readonly PlacedFact[];
  /** Other files whose functions it calls. */
  calls: readonly string[];
  /** Functions that it starts as threads. */
  starts: readonly string[];
  /** It makes other processes of itself. */
  forks: boolean;
}

/** What the facts of a file depend on. */
export interface Basis {
  /** Files with what changes with their text: its own, those of headers, those of functions that it calls. */
  stamps: ReadonlyMap<string, unknown>;
  /** Functions of other files by name, and the files that defined them. */
  asked: ReadonlyMap<string, string | undefined>;
  /** Calls on paths count as well. */
  paths: boolean;
}

const nothing: Configuration = { preset: 'recommended', rules: {} };

/** The recorders take the place of rules. */
const active = () => recorders;

const interests = { with: interestIn(true), without: interestIn(false) };

/** Walks one file again and again as it changes: functions that are the same are not walked twice. */
export class FactFinder {
  private readonly linter: FileLinter;

  constructor(
    private readonly toolbox: Toolbox,
    private readonly project: Project,
    private readonly headers: Headers,
    readonly paths: boolean,
  ) {
    this.linter = new FileLinter(this.toolbox, active, interests[paths ? 'with' : 'without']);
  }

  /** In steps: each a function that had to be walked. */
  *find(member: Member): Generator<void, { facts: FileFacts; basis: Basis }> {
    const { path, text, items, lines } = member;
    const surroundings = this.project.around(path, items);
    const headers = this.headers.of(path, items);
    // Taken first: what changes meanwhile is looked at again.
    const stamps = new Map([[path, this.project.stampOf(path)]]);
    for (const file of this.headers.pathsOf(path, items)) stamps.set(file, this.project.stampOf(file));
    yield* this.linter.steps({ text, items, lines, headers, surroundings }, nothing);
    const placing = new Placing(text, items, surroundings, { path, text, lines });
    const facts = placing.placeFacts(this.linter.facts);
    const called = calledIn(member);
    const calls = this.definers(called, path);
    for (const file of calls.values()) {
      if (file !== undefined) stamps.set(file, this.project.stampOf(file));
    }
    return {
      facts: {
        path,
        facts,
        calls: [...new Set([...calls.values()].flatMap((file) => file ?? []))],
        starts: startsIn(member),
        forks: ['fork', 'vfork', 'Fork'].some((name) => called.has(name)),
      },
      basis: { stamps, asked: calls, paths: this.paths },
    };
  }

  /** The files of the project that define functions which a file calls and does not define itself. */
  private definers(called: ReadonlySet<string>, from: string): Map<string, string | undefined> {
    const found = new Map<string, string | undefined>();
    for (const name of called) found.set(name, this.project.index.definer(name, from));
    return found;
  }
}

/** The functions that are given to pthread_create and its like. */
function startsIn({ items }: Member): string[] {
  const calls = items.flatMap(({ item }) => (item.kind === 'function' ? [...callsOf(item)] : []));
  return calls.flatMap((call) => {
    const routine = routineOf(call);
    return (routine && lastName(routine)) ?? [];
  });
}

/** Names that a file calls and may not define. */
function calledIn({ items, context }: Member): Set<string> {
  const own = new Set<string>();
  const called = new Set<string>();
  for (const { item } of items) {
    if (item.kind !== 'function') continue;
    own.add(item.name);
    for (const { name, expr } of callsOf(item as FunctionDefinition)) {
      called.add(name);
      // What threads are started with, handlers and the like.
      for (const arg of expr.args)
        if (arg.kind === 'name' && context.symbols.function(arg.name)) called.add(arg.name);
      // What macros call.
      for (const word of context.symbols.macro(name)?.body.match(/[A-Za-z_]\w*(?=\s*\()/g) ?? [])
        called.add(word);
    }
  }
  for (const name of own) called.delete(name);
  return called;
}
