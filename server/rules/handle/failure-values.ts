import { errnoByName } from '../../../catalog';
import type { Call, FailureValue } from '../../../catalog/schema';
import type { TestEvent } from '../../analysis/events';
import { withoutCasts } from '../../analysis/operators';
import type { Expr } from '../../c/ast';

/** How a program can test a result, seen from what failure looks like. */
export interface Test {
  op: TestEvent['op'];
  /** The value compared with; 0 for a test of truth. */
  constant: bigint;
  /** The expression compared with; absent for a test of truth. */
  other?: Expr;
}

/** What is wrong with a test, as the data of a message. */
export interface Fault {
  /** What the call really returns on failure, as C. */
  right: string;
  /** Completes "so ...": what happens at run time. */
  consequence: string;
  /** The test that is right, given the tested expression; absent where it cannot be written for certain. */
  mend?: (tested: string) => string;
  /** What to do instead, where no single test can be given. */
  advice?: string;
  severity?: 'warning';
}

/** `makes` is true when the call returns a new object, for which 0 may be a valid handle. */
type Judge = (test: Test, call: Call, makes: boolean) => Fault | undefined;

const equality = (test: Test) => test.op === '==' || test.op === '!=';
const againstZero = (test: Test) =>
  test.op === 'truth' || test.op === 'not' || (equality(test) && test.constant === 0n);
/** A test that a result is below zero, however it is written: `< 0`, `== -1`, `>= 0`, `> -1`. */
const belowZero = (test: Test) =>
  (equality(test) && test.constant === -1n) ||
  ((test.op === '<' || test.op === '>=') && test.constant === 0n) ||
  ((test.op === '<=' || test.op === '>') && test.constant === -1n);
/** True when the test succeeds on failure: `== X`, `< 0`, `!p`. A bare `if (p)` and `!=`, `>=`, `>` succeed on success. */
const detects = (test: Test) => ['==', '<', '<=', 'not'].includes(test.op);
/** Compared with a number that is written out, and not with a constant that has a name and a meaning. */
const withNumber = (test: Test) => test.other?.kind === 'number' || test.other?.kind === 'unary';

const rewritten = (test: Test, value: string) => (tested: string) =>
  `${tested} ${detects(test) ? '==' : '!='} ${value}`;

const pointerJudge =
  (right: string, consequence: string): Judge =>
  (test) =>
    againstZero(test) ? { right, consequence, mend: rewritten(test, right) } : undefined;

const descriptorJudge: Judge = (test, call, makes) => {
  const errno = errnoName(test);
  if (errno !== undefined) {
    return errnoFault(errno, '-1');
  }
  if (makes && againstZero(test) && !namesDescriptor(test)) {
    const value = call.returns.failure.value === '(mqd_t) -1' ? '(mqd_t) -1' : '-1';
    return {
      right: value,
      consequence: 'so a failure is taken for success, and 0, a valid result, for a failure',
      mend: rewritten(test, value),
    };
  }
  // `fd <= 0`, `fd > 0`: -1 is told from the rest, but 0 goes with it.
  if (makes && (test.op === '<=' || test.op === '>') && test.constant === 0n && withNumber(test)) {
    const value = call.returns.failure.value === '(mqd_t) -1' ? '(mqd_t) -1' : '-1';
    return {
      right: value,
      consequence: 'and 0, a valid result, is taken for a failure here',
      mend: rewritten(test, value),
      severity: 'warning',
    };
  }
  // The sign was forgotten: a new object that is number 1 would be an accident.
  if (
    makes &&
    test.op === '==' &&
    test.constant === 1n &&
    test.other &&
    withoutCasts(test.other).kind === 'number'
  ) {
    const value = call.returns.failure.value === '(mqd_t) -1' ? '(mqd_t) -1' : '-1';
    return { right: value, consequence: 'so the failure is never seen', mend: rewritten(test, value) };
  }
  if (returnsOnlyZero(call) && neverTrue(test)) {
    return {
      right: '-1',
      consequence: 'and 0 otherwise, so this is never true',
      mend: (tested) => `${tested} == -1`,
    };
  }
  if (test.other?.kind === 'null' && equality(test)) {
    return { right: '-1', consequence: 'so the failure is never seen', mend: rewritten(test, '-1') };
  }
  return undefined;
};

/** Success is 0 and failure -1, and nothing else comes back. */
function returnsOnlyZero({ returns }: Call): boolean {
  return /^0(?:$|, with )/.test(returns.success);
}

/** `== 1` and `> 0`, with the number written out. */
function neverTrue({ op, constant, other }: Test): boolean {
  const above = (op === '==' && constant === 1n) || (op === '>' && constant === 0n);
  return above && other !== undefined && withoutCasts(other).kind === 'number';
}

/** `fd != STDIN_FILENO` asks which descriptor it is, not whether there is one. */
function namesDescriptor(test: Test): boolean {
  return test.other?.kind === 'name';
}

/** A result compared with an error number: the number is in errno. */
function errnoName(test: Test): string | undefined {
  return equality(test) && test.other?.kind === 'name' && errnoByName.has(test.other.name)
    ? test.other.name
    : undefined;
}

function errnoFault(name: string, right: string): Fault {
  return {
    right: `${right} and sets errno to ${name}`,
    consequence: 'so this error is never recognised',
    advice: `Test for ${right}, then look at errno.`,
  };
}

/** What is wrong with a test of a call's result, by the failure value that the catalog gives. Absent values have no wrong tests. */
export const judges: Partial<Record<FailureValue, Judge>> = {
  MAP_FAILED: pointerJudge(
    'MAP_FAILED',
    'so a failed mapping is taken for memory and the first access to it crashes',
  ),
  '(void *) -1': pointerJudge(
    '(void *) -1',
    'so a failed attach is taken for memory and the first access to it crashes',
  ),
  SEM_FAILED: (test) => {
    if (againstZero(test)) {
      return {
        right: 'SEM_FAILED',
        consequence: 'which happens to be a null pointer in glibc but not on every system',
        mend: rewritten(test, 'SEM_FAILED'),
        severity: 'warning',
      };
    }
    return belowZero(test)
      ? {
          right: 'SEM_FAILED',
          consequence: 'so the failure is never seen',
          mend: rewritten(test, 'SEM_FAILED'),
        }
      : undefined;
  },
  NULL: (test) =>
    belowZero(test)
      ? { right: 'NULL', consequence: 'so the failure is never seen', mend: rewritten(test, 'NULL') }
      : undefined,
  '-1': descriptorJudge,
  '(mqd_t) -1': descriptorJudge,
  '(key_t) -1': (test) =>
    againstZero(test)
      ? {
          right: '(key_t) -1',
          consequence: 'so the failure is never seen',
          mend: rewritten(test, '(key_t) -1'),
        }
      : undefined,
  'error-number': (test, call) =>
    call.name === 'pthread_barrier_wait' && againstZero(test)
      ? {
          right: 'an error number other than PTHREAD_BARRIER_SERIAL_THREAD, which one thread gets,',
          consequence: 'and that thread is taken to have failed here',
          advice: 'Let PTHREAD_BARRIER_SERIAL_THREAD pass as well.',
        }
      : belowZero(test) && withNumber(test)
        ? {
            right: 'a positive error number',
            consequence: 'so the failure is never seen',
            mend: (tested) => `${tested} ${detects(test) ? '!=' : '=='} 0`,
          }
        : undefined,
  // Where errno has the reason, as with raise and setvbuf, every C library there is returns -1.
  nonzero: (test, call) =>
    call.returns.failure.reports !== 'errno' && equality(test) && test.constant === -1n
      ? {
          right: 'some other value than 0, and seldom -1',
          consequence: 'so most failures are not seen',
          mend: (tested) => `${tested} ${detects(test) ? '!=' : '=='} 0`,
        }
      : undefined,
  SIG_ERR: (test) =>
    belowZero(test) && withNumber(test)
      ? {
          right: 'SIG_ERR',
          consequence: 'and comparing a function pointer with a number is not portable C',
          mend: rewritten(test, 'SIG_ERR'),
        }
      : againstZero(test) && test.other?.kind !== 'name' && detects(test)
        ? {
            right: 'SIG_ERR',
            consequence: 'and NULL where nothing was installed before, so success is taken for a failure',
            mend: rewritten(test, 'SIG_ERR'),
          }
        : undefined,
  '0-or--1': (test) =>
    belowZero(test)
      ? {
          right: '0 for text that is no address, and -1 only for an unknown family',
          consequence: 'so a bad address goes unnoticed',
          advice: 'Test that it returns 1.',
        }
      : undefined,
};
