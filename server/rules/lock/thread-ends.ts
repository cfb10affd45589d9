import type { PathEndEvent } from '../../analysis/events';
import type { Location } from '../../analysis/path';
import type { ExprOf } from '../../c/ast';
import type { RuleContext } from '../rule';
import { around, contains } from '../shared/statements';
import { callsIn } from '../shared/uses';
import { threadStarts } from '../shared/whole-file';
import { type MutexState, mutexesKnown } from '../subjects/mutexes';

/** How one path leaves a mutex that it knows. */
interface Left {
  at: Location;
  state: MutexState;
}

/** A way out of a thread's function that leaves a mutex locked. */
export interface HeldEnd {
  at: Location;
  lock: ExprOf<'call'>;
  /** The mutex as the program writes it. */
  name: string;
}

/**
 * The ends of a thread, of which nobody can unlock afterwards what it has locked: by the paths, where the text between lock and unlock
 * has loops and branches of its own.
 */
export class ThreadEnds {
  private readonly left = new Map<string, Left[]>();
  private readonly isThread: boolean;

  constructor(
    private readonly prefix: string,
    private readonly own: RuleContext,
  ) {
    this.isThread = threadStarts(own).has(own.scope.definition.name);
  }

  hear({ how, path, at }: PathEndEvent, context: RuleContext): void {
    const { definition } = this.own.scope;
    if (!this.isThread || how === 'exec' || at.within !== definition) return;
    // With the process its mutexes are gone.
    const ends = callsIn(definition, /^(?:pthread|thrd)_exit$/).some((call) => call.start === at.start);
    if (how === 'exit' && !ends) return;
    for (const [place, state] of mutexesKnown(this.prefix, path, context)) {
      const known = this.left.get(place);
      if (known) known.push({ at, state });
      else this.left.set(place, [{ at, state }]);
    }
  }

  /** Where all paths to an end hold the mutex, and all to some other end have given it back. */
  held(): HeldEnd[] {
    return [...this.left.values()].flatMap((all) => {
      const ends = new Map<number, Left[]>();
      for (const one of all) ends.set(one.at.start, [...(ends.get(one.at.start) ?? []), one]);
      const groups = [...ends.values()];
      const areAll = (group: Left[], wanted: MutexState['state']) =>
        group.every(({ state }) => state.state === wanted);
      if (!groups.some((group) => areAll(group, 'free'))) return [];
      return groups.filter((group) => areAll(group, 'held')).flatMap(([first]) => this.endOf(first!));
    });
  }

  private endOf({ at, state }: Left): HeldEnd[] {
    const { definition } = this.own.scope;
    const lock = callsIn(definition, /lock/i).find((call) => call.start === state.start);
    const [mutex] = lock && state.within === definition ? lock.args : [];
    // However it asks there whether it has the mutex: it does not count on it.
    const isAsked = around(definition, at).some(
      (stmt) => stmt.kind === 'if' && lock !== undefined && contains(stmt.test, lock),
    );
    if (isAsked) return [];
    return lock && mutex
      ? [{ at, lock, name: this.own.source({ ...mutex, within: definition }).replace(/^&\s*/, '') }]
      : [];
  }
}
