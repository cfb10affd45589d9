import type { Expr, ExprOf } from '../c/ast';
import type { Operand } from './events';
import type { Frame } from './frame';
import type { Path } from './path';
import { store } from './stores';
import type { Value } from './values';
import type { Walk } from './walk';
import { zeroNumbers } from './zeroes';

/** What initialisers in braces store: where a variable is declared, or where a whole structure is, `*shared = (struct shared){ .fd = fd }`. */

interface Values {
  eval(expr: Expr, path: Path, frame: Frame): Value;
  tellStore(target: Expr, value: Operand, expr: Expr, path: Path, frame: Frame): void;
}

export class Initialisers {
  constructor(
    private readonly walk: Walk,
    private readonly values: Values,
  ) {}

  /** Stores what the braces name; what they leave out is 0. `anew`: each time that control comes by. `before` has what the structure held. */
  fill(target: Expr, init: ExprOf<'init'>, path: Path, frame: Frame, anew: boolean, before = path): void {
    if (anew && leavesRest(init)) zeroNumbers(frame.place(target, path), frame.typeOf(target), path, frame);
    this.initialise(target, init, path, frame, anew, before);
  }

  /** `{ .member = value }`: a store into each named member. Where values tell by their order what they are for, they are taken down too. */
  private initialise(
    base: Expr,
    init: ExprOf<'init'>,
    path: Path,
    frame: Frame,
    anew: boolean,
    before: Path,
  ): void {
    if (anew && init.items.every(({ designators }) => designators.length === 0)) {
      this.inOrder(base, init, path, frame, before);
      return;
    }
    for (const item of init.items) {
      const [first, ...rest] = item.designators;
      if (typeof first !== 'string' || rest.length > 0) continue;
      const { start, end } = item.value;
      const target: Expr = { kind: 'member', object: base, field: first, arrow: false, start, end };
      if (item.value.kind === 'init') {
        this.initialise(target, item.value, path, frame, anew, before);
        continue;
      }
      const value = this.walk.quietly(() => this.values.eval(item.value, before.copy(), frame));
      store(target, value, path, frame);
      this.values.tellStore(target, { expr: item.value, value }, item.value, path, frame);
    }
  }

  /** `{ value, value }`. */
  private inOrder(base: Expr, init: ExprOf<'init'>, path: Path, frame: Frame, before: Path): void {
    const type = frame.typeOf(base);
    const members = type?.k === 'struct' && !type.union ? type.members : undefined;
    if ((type?.k !== 'array' && !members) || init.items.length > mostElements) {
      return;
    }
    for (const [index, { value: inner }] of init.items.entries()) {
      const { start, end } = inner;
      const field = members?.[index]?.name;
      if (members && field === undefined) return;
      const number: Expr = { kind: 'number', text: `${index}`, start, end };
      const target: Expr =
        field === undefined
          ? { kind: 'index', array: base, index: number, start, end }
          : { kind: 'member', object: base, field, arrow: false, start, end };
      const part = frame.typeOf(target);
      if (inner.kind === 'init') {
        this.inOrder(target, inner, path, frame, before);
        continue;
      }
      // Braces were left out: who knows what the next value is for.
      if (part?.k === 'struct' || (part?.k === 'array' && inner.kind !== 'string')) return;
      store(
        target,
        this.walk.quietly(() => this.values.eval(inner, before.copy(), frame)),
        path,
        frame,
      );
    }
  }
}

/** What is not named, or behind the one value, is 0. Of values in order, some may be for the parts of a member. */
function leavesRest({ items }: ExprOf<'init'>): boolean {
  return items.length <= 1 || items.every(({ designators }) => designators.length > 0);
}

/** Longer tables are not followed. */
const mostElements = 32;
