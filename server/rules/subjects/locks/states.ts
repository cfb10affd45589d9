import { expressionsOf, type Span, type Stmt, someStmtIn } from '../../../c/ast';
import { leavesAtEnd, type Project } from '../../shared/endings';
import { isLoop } from '../../shared/loops';
import { contains } from '../../shared/statements';
import type { LockAct } from './acts';

/** What a function has done with one lock on the ways to a place, as far as its structure tells. */
export type LockState = 'locked' | 'unlocked' | 'untouched' | 'unsure';

/** `gone`: control does not come by here. */
type State = LockState | 'gone';

/** The place has been found, in this state: what comes behind it no longer matters. */
interface Found {
  found: State;
}

type Outcome = State | Found;

const nowhere: Span = { start: Number.MAX_SAFE_INTEGER, end: Number.MAX_SAFE_INTEGER };

/** The state at a place in the function's body, by the acts on the lock. */
export function stateAt(at: Span, body: Stmt, acts: readonly LockAct[], project: Project): LockState {
  const outcome = new Flow(at, acts, project).after(body, 'untouched');
  const state = typeof outcome === 'object' ? outcome.found : 'unsure';
  return state === 'gone' ? 'unsure' : state;
}

class Flow {
  constructor(
    private readonly at: Span,
    private readonly acts: readonly LockAct[],
    private readonly project: Project,
  ) {}

  after(stmt: Stmt, before: State): Outcome {
    switch (stmt.kind) {
      case 'block':
        return this.through(stmt.body, before);
      case 'if':
        return this.afterIf(stmt, before);
      case 'switch':
        return this.afterSwitch(stmt, before);
      case 'label':
        // Who jumps here has done something else.
        return this.touches(stmt) || this.acts.length > 0 ? this.after(inner(stmt), 'unsure') : before;
      case 'return':
      case 'break':
      case 'continue':
      case 'goto':
        return this.expression(stmt, before, 'gone');
      case 'either':
      case 'unknown':
        return this.touches(stmt) || this.isIn(stmt) ? this.expression(stmt, 'unsure') : before;
      default:
        return isLoop(stmt) ? this.afterLoop(stmt, before) : this.expression(stmt, before);
    }
  }

  private through(stmts: readonly Stmt[], before: State): Outcome {
    let state = before;
    for (const stmt of stmts) {
      const next = this.after(stmt, state);
      if (typeof next === 'object') return next;
      state = next;
    }
    return state;
  }

  private afterIf(stmt: Stmt & { kind: 'if' }, before: State): Outcome {
    const tested = this.expression(stmt.test, before);
    if (typeof tested === 'object') return tested;
    const yes = this.after(stmt.consequent, tested);
    if (typeof yes === 'object') return yes;
    const no = stmt.alternative ? this.after(stmt.alternative, tested) : tested;
    if (typeof no === 'object') return no;
    // `die();` does not come back either.
    const ended = leavesAtEnd(stmt.consequent, this.project) ? 'gone' : yes;
    return joined(ended, stmt.alternative && leavesAtEnd(stmt.alternative, this.project) ? 'gone' : no);
  }

  private afterSwitch(stmt: Stmt & { kind: 'switch' }, before: State): Outcome {
    const tested = this.expression(stmt.value, before);
    if (typeof tested === 'object') return tested;
    if (!this.isIn(stmt.body)) return this.touches(stmt.body) ? 'unsure' : tested;
    let state: State = 'gone';
    for (const part of stmt.body.kind === 'block' ? stmt.body.body : [stmt.body]) {
      const next: Outcome = part.kind === 'case' ? joined(state, tested) : this.after(part, state);
      if (typeof next === 'object') return next;
      state = next;
    }
    return 'unsure';
  }

  private afterLoop(stmt: Stmt, before: State): Outcome {
    if (!this.touches(stmt)) {
      return this.isIn(stmt) ? { found: before } : before;
    }
    const body = 'body' in stmt && stmt.body && !Array.isArray(stmt.body) ? stmt.body : stmt;
    if (this.isIn(stmt) && runsOnce(stmt)) return this.after(body, before);
    // What stands below happens before the next round.
    const end = this.towards(nowhere).after(body, before);
    if (!this.isIn(stmt)) {
      return this.leavesAsItWas(stmt, body, before, end) ? before : 'unsure';
    }
    const outcome = this.after(body, joined(before, typeof end === 'object' ? 'unsure' : end));
    return typeof outcome === 'object' ? outcome : { found: 'unsure' };
  }

  private towards(at: Span): Flow {
    return new Flow(at, this.acts, this.project);
  }

  /** Whatever the round does with the lock it has undone at its end, and where it jumps to the next or out of the loop. */
  private leavesAsItWas(loop: Stmt, body: Stmt, before: State, end: Outcome): boolean {
    const inTest = expressionsOf(loop).some((expr) => this.touches(expr));
    const isSame = (state: Outcome) => state === before || state === 'gone';
    return (
      !inTest &&
      isSame(end) &&
      !someStmtIn(body, (stmt) => {
        const jumps = stmt.kind === 'break' || stmt.kind === 'continue' || stmt.kind === 'goto';
        const there = jumps ? this.towards(stmt).after(body, before) : undefined;
        return typeof there === 'object' && !isSame(there.found);
      })
    );
  }

  /** The acts that an expression, or a simple statement, makes; `end` is how control leaves it. */
  private expression(part: Span, before: State, end?: State): Outcome {
    const first = this.isIn(part) ? this.at.start : Number.MAX_SAFE_INTEGER;
    let state = before;
    for (const { call, op } of this.acts) {
      if (!contains(part, call) || call.start >= first) continue;
      state = op === 'lock' ? 'locked' : op === 'unlock' ? 'unlocked' : 'unsure';
    }
    return this.isIn(part) ? { found: state } : (end ?? state);
  }

  private isIn(part: Span): boolean {
    return contains(part, this.at);
  }

  private touches(part: Span): boolean {
    return this.acts.some(({ call }) => contains(part, call));
  }
}

/** `do { ... } while (0);`, which is only there to be left by `break`. */
function runsOnce(stmt: Stmt): boolean {
  return stmt.kind === 'do' && stmt.test?.kind === 'number' && /^0+$/.test(stmt.test.text);
}

function inner(stmt: Stmt & { kind: 'label' }): Stmt {
  return stmt.body ?? { kind: 'empty', start: stmt.end, end: stmt.end };
}

function joined(one: State, other: State): State {
  if (one === other || other === 'gone') return one;
  if (one === 'gone') return other;
  // Either way this function has not taken it.
  const isOpen = (state: State) => state === 'untouched' || state === 'unlocked';
  return isOpen(one) && isOpen(other) ? 'untouched' : 'unsure';
}
