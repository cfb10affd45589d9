import type { Call, Effect, ResourceKind } from '../../catalog/schema';
import type { CType, Expr, ExprOf, FunctionDefinition } from '../c/ast';
import { type Bits, joinBits, sameBits } from './bits';
import type { Place } from './places';

/** One place in a function where a catalogued call is made, on one chain of calls that leads there. */
export interface CallSite {
  id: number;
  call: Call;
  expr: ExprOf<'call'>;
  /** The function that holds the call. */
  within: FunctionDefinition;
  /** Distinguishes chains of calls that lead here. */
  context: number;
  /** The arguments, as joined over all that came here so far. */
  given?: readonly Value[];
}

/**
 * An object that a call made: the descriptor, identifier, mapping, process. `origin` is the object that a duplicate, or
 * a descriptor inherited over fork, refers to.
 */
export interface Resource {
  id: number;
  site: CallSite;
  /** The place of the call it came from: `return`, or a parameter such as `pipefd[0]`. */
  at: string;
  effect: Effect;
  kind?: ResourceKind;
  end?: Effect['end'];
  /** What this is a duplicate of. */
  duplicateOf?: Resource;
  /** The descriptor that a stream was made on, and is closed with it. */
  on?: Resource;
}

/** Something a call made or returned. */
export interface Origin {
  site: CallSite;
  at: string;
  /** The effect that created it, if it is an object. */
  effect?: Effect;
  kind?: ResourceKind;
  resource?: Resource;
}

/** Whether a call went well, as far as the path knows. */
export type Outcome = 'untested' | 'success' | 'failure';

/** The truth of a test that was stored: which outcome of which call it stands for. */
export interface Verdict {
  site: CallSite;
  whenTrue: 'success' | 'failure';
}

/**
 * What is known of a value on a path. Absent means unknown. A value with `origins` is the result of one of those calls and
 * nothing else; a value that may also be something else has none.
 */
export interface Value {
  /** Its integer value. */
  constant?: bigint;
  /** Where that is not known: the name of the constant that it is, of a header that is not at hand. */
  named?: string;
  /** Where it is not known: the few integers of which it is one, in order. */
  among?: readonly bigint[];
  /** Bounds, where the value itself is not known. */
  min?: bigint;
  max?: bigint;
  /** It is not 0, whatever else. */
  nonzero?: boolean;
  /** Bits that tests told of. */
  bits?: Bits;
  /** The text it points to. */
  text?: string;
  /** The place whose address it is. */
  target?: Place;
  origins?: readonly Origin[];
  /** It stands for several: what some element of an array holds. Its origins are several then, so that none is taken for certain. */
  several?: boolean;
  /** It is the size of this type, as `sizeof` gave it; `of` is the sizeof's operand when that was an expression. */
  measures?: { type: CType; of?: Expr };
  /** An integer in the machine's byte order for certain: a constant, or a parsed or converted number. */
  hostOrder?: boolean;
  verdict?: Verdict;
}

export const unknown: Value = Object.freeze({});

const mostOrigins = 4;

function sameOrigin(a: Origin, b: Origin): boolean {
  return a.site === b.site && a.at === b.at && a.resource === b.resource;
}

function joinOrigins(a: Value['origins'], b: Value['origins']): Value['origins'] {
  if (!a || !b) {
    return undefined;
  }
  const extra = b.filter((x) => !a.some((y) => sameOrigin(x, y)));
  return extra.length === 0 ? a : a.length + extra.length <= mostOrigins ? [...a, ...extra] : undefined;
}

/** What is known of some element when one of them has this value. */
export function asSeveral({ origins }: Value): Value | undefined {
  const [first] = origins ?? [];
  if (!origins || !first) {
    return undefined;
  }
  // Another object of the same call: no account is kept of it.
  const { resource: _, ...another } = first;
  const all = origins.some((origin) => sameOrigin(origin, another)) ? origins : [...origins, another];
  return all.length > mostOrigins ? undefined : { origins: all, several: true };
}

const mostChoices = 6;

/** The integers that a value can be, where they are few and known. */
export function choicesOf({ constant, among }: Value): readonly bigint[] | undefined {
  return constant === undefined ? among : [constant];
}

/** One of these integers, where they are few enough to be kept. */
export function oneOf(choices: Iterable<bigint>): Value {
  const among = [...new Set(choices)].sort((a, b) => (a < b ? -1 : 1));
  const [only] = among;
  return among.length === 1 ? { constant: only! } : among.length <= mostChoices ? { among } : unknown;
}

/** What is known when a value is either of two. */
export function joinValues(a: Value, b: Value): Value {
  if (a === b) {
    return a;
  }
  const joined: Value = {};
  if (a.constant !== undefined && a.constant === b.constant) joined.constant = a.constant;
  else {
    const min = least(a, b);
    if (min !== undefined) joined.min = min;
    const max = most(a, b);
    if (max !== undefined) joined.max = max;
    const [ones, others] = [choicesOf(a), choicesOf(b)];
    const { among } = ones && others ? oneOf([...ones, ...others]) : unknown;
    if (among) joined.among = among;
  }
  if (isNonzero(a) && isNonzero(b) && joined.constant === undefined) joined.nonzero = true;
  if (a.named !== undefined && a.named === b.named) joined.named = a.named;
  const bits = joinBits(a.bits, b.bits);
  if (bits) joined.bits = bits;
  if (a.text !== undefined && a.text === b.text) joined.text = a.text;
  if (a.target !== undefined && a.target === b.target) joined.target = a.target;
  const origins = joinOrigins(a.origins, b.origins);
  if (origins) joined.origins = origins;
  if (origins && (a.several || b.several)) joined.several = true;
  if (a.measures && a.measures === b.measures) joined.measures = a.measures;
  if (a.hostOrder && b.hostOrder) joined.hostOrder = true;
  if (a.verdict && a.verdict.site === b.verdict?.site && a.verdict.whenTrue === b.verdict.whenTrue) {
    joined.verdict = a.verdict;
  }
  return joined;
}

/** A value whose bounds leave one number is that number. */
export function settled(value: Value): Value {
  const { constant, min, max } = value;
  return constant === undefined && min !== undefined && min === max ? { ...value, constant: min } : value;
}

function isNonzero({ constant, nonzero }: Value): boolean {
  return constant === undefined ? nonzero === true : constant !== 0n;
}

/** A lower bound of both, kept only at the few values that tests ask for, so that loops come to an end. */
function least(a: Value, b: Value): bigint | undefined {
  const x = a.constant ?? a.min;
  const y = b.constant ?? b.min;
  if (x === undefined || y === undefined) {
    return undefined;
  }
  const low = x < y ? x : y;
  return low >= 1n ? 1n : low >= 0n ? 0n : undefined;
}

/** The same for an upper bound: nothing, or a failure. */
function most(a: Value, b: Value): bigint | undefined {
  const x = a.constant ?? a.max;
  const y = b.constant ?? b.max;
  if (x === undefined || y === undefined) {
    return undefined;
  }
  const high = x > y ? x : y;
  return high <= -1n ? -1n : high <= 0n ? 0n : undefined;
}

export function sameValue(a: Value, b: Value): boolean {
  return (
    a === b ||
    (a.constant === b.constant &&
      a.named === b.named &&
      sameChoices(a.among, b.among) &&
      a.min === b.min &&
      a.max === b.max &&
      a.nonzero === b.nonzero &&
      sameBits(a.bits, b.bits) &&
      a.text === b.text &&
      a.target === b.target &&
      a.measures === b.measures &&
      a.hostOrder === b.hostOrder &&
      a.several === b.several &&
      a.verdict?.site === b.verdict?.site &&
      a.verdict?.whenTrue === b.verdict?.whenTrue &&
      a.origins?.length === b.origins?.length &&
      (a.origins ?? []).every((x) => b.origins?.some((y) => sameOrigin(x, y))))
  );
}

function sameChoices(a: Value['among'], b: Value['among']): boolean {
  return a === b || (a?.length === b?.length && a?.every((choice, i) => choice === b?.[i]) === true);
}

/** The same, of which it is not known what number it is. */
export function withoutNumber({ constant: _, among: __, min: ___, max: ____, ...rest }: Value): Value {
  return rest;
}

export function isUnknown(value: Value): boolean {
  for (const _ in value) {
    return false;
  }
  return true;
}
