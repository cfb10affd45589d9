import type { CType, Expr } from '../c/ast';
import type { Operand } from './events';
import type { Frame } from './frame';
import { unwrap } from './operators';
import type { Path } from './path';
import { type Place, part } from './places';

/**
 * Structures whose bytes are all zero: their flags and counts are 0 until they are stored. Pointers are left out, since members
 * that are one storage, as the two handlers of struct sigaction, have names of their own here.
 */

/** Stores 0 in the numbers of a structure. */
export function zeroNumbers(
  place: Place | undefined,
  type: CType | undefined,
  path: Path,
  frame: Frame,
): void {
  const members = place === undefined || frame.isAmbiguous(place) ? undefined : numbersOf(type, frame);
  for (const name of members ?? []) {
    const member = part(place, `.${name}`);
    if (member !== undefined) path.set(member, { constant: 0n });
  }
}

/** Larger structures are rarely what a call is told with. */
const mostNumbers = 12;

function numbersOf(type: CType | undefined, { scope }: Frame): string[] | undefined {
  const types = scope.evaluator.types;
  const resolved = type && types.resolve(type);
  if (resolved?.k !== 'struct' || resolved.union || !resolved.members) {
    return undefined;
  }
  const names = resolved.members.flatMap(({ name, type: member }) => {
    const { k } = types.resolve(member);
    return name !== undefined && (k === 'int' || k === 'enum') ? [name] : [];
  });
  return names.length <= mostNumbers ? names : undefined;
}

/** The structure that a call fills with zeros, as `memset(&x, 0, sizeof x)` and `memset(p, 0, sizeof *p)` do. */
export function clearedBy(name: string, args: readonly Operand[]): Expr | undefined {
  const [pointer, second] = args.map(({ expr }) => unwrap(expr));
  const isClear =
    (name === 'memset' && args.length === 3 && args[1]?.value.constant === 0n) ||
    (name === 'bzero' && args.length === 2);
  const size = name === 'bzero' ? second : args[2] && unwrap(args[2].expr);
  if (!isClear || !pointer || size?.kind !== 'sizeof') {
    return undefined;
  }
  if (pointer.kind === 'unary' && pointer.op === '&') {
    return pointer.operand;
  }
  const measured = size.value && unwrap(size.value);
  const ofTarget = measured ? measured.kind === 'unary' && measured.op === '*' : size.type?.k !== 'pointer';
  return ofTarget && (pointer.kind === 'name' || pointer.kind === 'member')
    ? { kind: 'unary', op: '*', operand: pointer, start: pointer.start, end: pointer.end }
    : undefined;
}
