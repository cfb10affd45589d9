import type { Span } from '../../../c/ast';
import type { RuleContext } from '../../rule';
import { Ways } from '../../shared/ways';
import type { LockAct } from './acts';

/** What the text of a function tells of its locks, the ways of control must bear out. They are only made when they are asked for. */
export class LockWays {
  private made: Ways | undefined;

  constructor(
    private readonly acts: readonly LockAct[],
    private readonly context: RuleContext,
  ) {}

  /** Some way goes from the lock to the jump, and from there out of the function or to where the lock is wanted again, past every unlock. */
  leadOut(lock: LockAct, jump: Span): boolean {
    const gives = this.startsOf(lock, 'unlock', 'either');
    return this.ways.leads(lock.call.start, jump.start, gives) !== false && this.areLocked(lock, jump, gives);
  }

  /** Behind the lock the function is left by this jump or past an unlock. */
  onlyLeaveBy(lock: LockAct, jump: Span): boolean {
    const gives = new Set([...this.startsOf(lock, 'unlock'), jump.start]);
    return this.ways.leavesFrom(lock.call.start, gives) === false;
  }

  /** The same for the lock itself. */
  leaveLocked(lock: LockAct): boolean {
    return this.areLocked(lock, lock.call, this.startsOf(lock, 'unlock'));
  }

  /** Control comes from the first to the other, and not only past one that undoes it. */
  lead(first: LockAct, other: LockAct, undoes: LockAct['op']): boolean {
    return this.ways.leads(first.call.start, other.call.start, this.startsOf(first, undoes)) !== false;
  }

  private areLocked(lock: LockAct, from: Span, gives: ReadonlySet<number>): boolean {
    const again = [...this.startsOf(lock, 'lock')];
    return (
      this.ways.leavesFrom(from.start, gives) !== false ||
      again.some((start) => this.ways.leads(from.start, start, gives))
    );
  }

  private startsOf({ key }: LockAct, ...ops: LockAct['op'][]): ReadonlySet<number> {
    const picked = this.acts.filter((act) => act.key === key && ops.includes(act.op));
    return new Set(picked.map(({ call }) => call.start));
  }

  private get ways(): Ways {
    this.made ??= new Ways(
      this.context,
      this.acts.map(({ call }) => call),
    );
    return this.made;
  }
}
