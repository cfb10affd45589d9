import { descriptorKinds } from '../../catalog/descriptors';
import type { Expr, ExprOf } from '../c/ast';
import { isOneBit, learnt } from './bits';
import { truthOf } from './comparisons';
import { cannotExist } from './errno';
import { resourcesOf } from './events';
import type { Expressions } from './expressions';
import type { Frame } from './frame';
import { comparedNames, constantName } from './named';
import { isComparison, isPlain, unwrap } from './operators';
import type { Path } from './path';
import { resultsOf } from './results';
import { fitted } from './stores';
import { type CallSite, settled, unknown, type Value } from './values';
import { untested } from './verdicts';

type Next = [number, Path];

/** Where control goes at a test, and what each way tells. */
export class Branching {
  constructor(private readonly expressions: Expressions) {}

  branch(edge: { test: Expr; yes: number; no: number }, path: Path, frame: Frame): Next[] {
    const value = this.expressions.truth(edge.test, path, frame);
    const decided = truthOf(value);
    if (decided !== undefined) {
      return [[decided ? edge.yes : edge.no, path]];
    }
    const bySite = this.bySite(value, edge, path);
    if (bySite) {
      return bySite;
    }
    if (cannotExist(edge.test, true, path, frame)) return [[edge.no, path]];
    if (cannotExist(edge.test, false, path, frame)) return [[edge.yes, path]];
    const yes = path.copy();
    this.learn(edge.test, yes, true, frame);
    this.learn(edge.test, path, false, frame);
    return [
      [edge.yes, yes],
      [edge.no, path],
    ];
  }

  /** A test that tells how a call went: each way knows it. */
  private bySite(value: Value, edge: { yes: number; no: number }, path: Path): Next[] | undefined {
    const verdict = value.verdict ?? this.truthVerdict(value, path);
    if (!verdict || path.outcome(verdict.site) !== 'untested') {
      return undefined;
    }
    const yes = path.copy();
    settleOutcome(verdict.site, verdict.whenTrue, yes);
    settleOutcome(verdict.site, verdict.whenTrue === 'success' ? 'failure' : 'success', path);
    return [
      [edge.yes, yes],
      [edge.no, path],
    ];
  }

  /** A handle that is tested for being nonzero. */
  private truthVerdict(value: Value, path: Path): Value['verdict'] {
    const origin = untested(value, path);
    const results = origin && resultsOf(origin.site.call);
    const failed = results && truthOf(results.failure);
    const fine = results && truthOf(results.success);
    if (!origin || failed === undefined || fine === undefined || failed === fine) {
      return undefined;
    }
    return { site: origin.site, whenTrue: failed ? 'failure' : 'success' };
  }

  /** What a test that came out so says of the place tested. */
  private learn(test: Expr, path: Path, outcome: boolean, frame: Frame): void {
    if (test.kind === 'unary' && test.op === '!') {
      this.learn(test.operand, path, !outcome, frame);
      return;
    }
    forgetStandard(test, outcome, path, frame);
    if (test.kind === 'binary' && (test.op === '==' || test.op === '!=')) {
      const [masked, number] = [unwrap(test.left), frame.constant(test.right, path)];
      if (masked.kind === 'binary' && masked.op === '&' && number !== undefined) {
        this.equateBits(masked, number, (test.op === '==') === outcome, path, frame);
        return;
      }
      if ((test.op === '==') === outcome) {
        this.equate(test.left, test.right, path, frame);
        this.equate(test.right, test.left, path, frame);
      } else {
        this.differ(test.left, test.right, path, frame);
      }
    } else if (test.kind === 'binary' && isComparison(test.op)) {
      this.bound(test, outcome, path, frame);
    } else if (test.kind === 'binary' && test.op === '&') {
      this.knowBits(test, outcome, path, frame);
    } else if (isPlain(test)) {
      if (outcome) this.knowNonzero(test, path, frame);
      else this.know(test, { constant: 0n }, path, frame);
    }
  }

  private equate(expr: Expr, other: Expr, path: Path, frame: Frame): void {
    const constant = frame.constant(other, path);
    if (constant !== undefined) {
      this.know(expr, { constant }, path, frame);
      return;
    }
    const named = constantName(other, frame.scope);
    if (named !== undefined) this.know(expr, { named }, path, frame);
  }

  private differ(expr: Expr, other: Expr, path: Path, frame: Frame): void {
    const constant = frame.constant(other, path);
    if (constant === 0n) this.knowNonzero(expr, path, frame);
    else if (constant === -1n) this.knowNoFailure(expr, path, frame);
  }

  /** What a call gave is not -1, which it gives when it fails and below which it gives nothing. */
  private knowNoFailure(expr: Expr, path: Path, frame: Frame): void {
    const subject = expr.kind === 'assign' ? unwrap(expr) : expr;
    const place =
      subject.kind === 'name' && frame.isLocal(subject.name) ? frame.place(subject, path) : undefined;
    const value = place === undefined || frame.isAmbiguous(place) ? undefined : path.get(place);
    const least = value && (value.min ?? leastOf(value));
    if (place !== undefined && value && value.constant === undefined && least === -1n)
      path.replace(place, settled({ ...value, min: 0n }));
  }

  /** `i < 10` tells on both ways how large a variable is: the same question behind the loop has been answered then. */
  private bound({ op, left, right }: ExprOf<'binary'>, outcome: boolean, path: Path, frame: Frame): void {
    const limit = frame.constant(right, path);
    const subject = left.kind === 'assign' ? unwrap(left) : left;
    const place =
      subject.kind === 'name' && frame.isLocal(subject.name) ? frame.place(subject, path) : undefined;
    const type = frame.typeOf(subject);
    if (limit === undefined || place === undefined || frame.isAmbiguous(place)) return;
    const value = path.get(place) ?? unknown;
    if (type?.k !== 'int' || !type.signed || value.constant !== undefined) return;
    const isLeast = (op === '>' || op === '>=') === outcome;
    const isIncluded = (op === '>=' || op === '<=') === outcome;
    const end = isIncluded ? limit : isLeast ? limit + 1n : limit - 1n;
    // What a call gave is told from 0 and no other number: each would keep paths apart.
    if (value.origins && end !== 0n && end !== (isLeast ? 1n : -1n)) return;
    const { min = leastOf(value), max } = value;
    const bounds = isLeast
      ? { min: min !== undefined && min > end ? min : end }
      : { ...(min === undefined ? {} : { min }), max: max !== undefined && max < end ? max : end };
    path.replace(place, settled({ ...value, ...bounds }));
  }

  private knowNonzero(expr: Expr, path: Path, frame: Frame): void {
    const subject = expr.kind === 'assign' ? unwrap(expr) : expr;
    const variable =
      subject.kind === 'member' ||
      (subject.kind === 'name' &&
        (frame.isLocal(subject.name) || frame.scope.file.symbols.global(subject.name)));
    const place = variable ? frame.place(subject, path) : undefined;
    if (place !== undefined && !frame.isAmbiguous(place)) {
      path.replace(place, { ...path.get(place), nonzero: true });
    }
  }

  /** `(flags & WAIT) == 0` tells as much as `!(flags & WAIT)`, and so does a comparison with a flag of one bit. */
  private equateBits(test: ExprOf<'binary'>, number: bigint, equal: boolean, path: Path, frame: Frame): void {
    const mask = frame.constant(test.right, path);
    if (number === 0n) this.knowBits(test, !equal, path, frame);
    else if (number === mask && (equal || isOneBit(mask))) this.knowBits(test, equal, path, frame, true);
  }

  /** Writes down what a test of flags told, of a few bits: each keeps paths apart. */
  private knowBits(test: ExprOf<'binary'>, outcome: boolean, path: Path, frame: Frame, all = false): void {
    const mask = frame.constant(test.right, path);
    const variable =
      test.left.kind === 'name' &&
      (frame.isLocal(test.left.name) || frame.scope.file.symbols.global(test.left.name));
    const place = variable ? frame.place(test.left, path) : undefined;
    if (mask === undefined || mask <= 0n || place === undefined || frame.isAmbiguous(place)) return;
    const value = path.get(place);
    const bits = learnt(value?.bits, mask, outcome, all);
    if (bits) path.replace(place, { ...value, bits });
  }

  private know(expr: Expr, told: Pick<Value, 'constant' | 'named'>, path: Path, frame: Frame): void {
    // A cast value need not be the value itself.
    const subject = expr.kind === 'assign' ? unwrap(expr) : expr;
    if (subject.kind === 'call') {
      const known = path.result(frame.depth, subject);
      if (known) path.setResult(frame.depth, subject, { ...known, ...told });
      return;
    }
    const place = subject.kind === 'cast' ? undefined : frame.place(subject, path);
    const variable =
      subject.kind !== 'name' || frame.isLocal(subject.name) || frame.scope.file.symbols.global(subject.name);
    if (place !== undefined && variable && !frame.isAmbiguous(place)) {
      path.replace(place, fitted({ ...path.get(place), ...told }, frame.typeOf(subject), frame));
    }
  }

  choose(
    edge: { value: Expr; cases: { value: Expr; to: number }[]; otherwise: number },
    path: Path,
    frame: Frame,
  ): Next[] {
    const value = this.expressions.eval(edge.value, path, frame);
    const next: Next[] = [];
    let sure = false;
    for (const { value: label, to } of edge.cases) {
      const constant = frame.scope.evaluator.constant(label, frame.scope);
      const named = constant === undefined ? constantName(label, frame.scope) : undefined;
      const equal =
        constant === undefined
          ? named && comparedNames('==', value, { named })
          : this.equals(value, constant);
      if (equal === false || sure) continue;
      const taken = path.copy();
      if (constant !== undefined) this.know(edge.value, { constant }, taken, frame);
      else if (named !== undefined) this.know(edge.value, { named }, taken, frame);
      next.push([to, taken]);
      sure = equal === true;
    }
    return sure ? next.slice(-1) : [...next, [edge.otherwise, path]];
  }

  private equals({ constant, min, max }: Value, label: bigint): boolean | undefined {
    if (constant !== undefined) {
      return constant === label;
    }
    return (min !== undefined && label < min) || (max !== undefined && label > max) ? false : undefined;
  }
}

/** The least that the call can have given which the value comes from: -1 when it fails. */
function leastOf({ origins }: Value): bigint | undefined {
  const [origin, ...others] = origins ?? [];
  const results = origin?.at === 'return' && others.length === 0 ? resultsOf(origin.site.call) : undefined;
  const isNumber = results?.success.min === 0n || results?.success.constant === 0n;
  return isNumber ? results?.failure.constant : undefined;
}

/**
 * `if (fd > 2) close(fd);`, `if (!entry->fd) return;`: where the test leaves only the numbers of standard input, output and errors, the
 * descriptor is one that the program was started with, or there is none: nobody has to close it.
 */
function forgetStandard(test: Expr, outcome: boolean, path: Path, frame: Frame): void {
  const [subject, most] = upTo(test, outcome, path, frame);
  if (!subject || most === undefined || most < 0n || most > 2n) return;
  const place = subject.kind === 'name' || subject.kind === 'member' ? frame.place(subject, path) : undefined;
  const value = place === undefined || frame.isAmbiguous(place) ? undefined : path.get(place);
  for (const resource of value ? resourcesOf(value) : [])
    if (resource.kind && descriptorKinds.has(resource.kind)) path.hold(resource, undefined);
}

/** The expression that a test leaves with a value of at most so much. */
function upTo(test: Expr, outcome: boolean, path: Path, frame: Frame): [Expr?, bigint?] {
  if (isPlain(test)) return outcome ? [] : [unwrap(test), 0n];
  if (test.kind !== 'binary') return [];
  const limit = frame.constant(test.right, path);
  if (limit === undefined || limit < 0n || limit > 3n) return [];
  const subject = unwrap(test.left);
  switch (test.op) {
    case '==':
    case '<=':
      return outcome ? [subject, limit] : [];
    case '!=':
    case '>':
      return outcome ? [] : [subject, limit];
    case '<':
      return outcome ? [subject, limit - 1n] : [];
    case '>=':
      return outcome ? [] : [subject, limit - 1n];
    default:
      return [];
  }
}

/** Writes down how a call went, in the outcome, in every place that holds its result, and in the objects it made. */
export function settleOutcome(site: CallSite, outcome: 'success' | 'failure', path: Path): void {
  path.setOutcome(site, outcome);
  const result = resultsOf(site.call)?.[outcome];
  if (result) {
    path.rewrite((value) => {
      const origin = value.origins?.length === 1 ? value.origins[0] : undefined;
      return origin?.site === site && origin.at === 'return' ? settled({ ...value, ...result }) : value;
    });
  }
  if (outcome === 'success') {
    path.rewrite((value) => (isStored(value, site) ? { ...value, min: 0n } : value));
  } else {
    for (const [resource] of [...path.holdings()]) {
      if (resource.site === site) path.hold(resource, undefined);
    }
  }
}

/** A descriptor that a call such as pipe stored in an array that it was given: no number below 0, when it went well. */
function isStored({ origins, constant }: Value, site: CallSite): boolean {
  const origin = origins?.length === 1 ? origins[0] : undefined;
  return (
    constant === undefined &&
    origin?.site === site &&
    origin.resource !== undefined &&
    /\[\d\]$/.test(origin.at)
  );
}
