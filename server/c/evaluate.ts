import type { BinaryOp, CType, Expr, Span, UnaryOp } from './ast';
import { prepared, replacementsIn } from './expander';
import type { Fragments } from './fragments';
import { integerLiteral } from './literals';
import { standardType } from './lower-types';
import { substitute } from './substitute';
import type { Symbols } from './symbols';
import { Types } from './types';

/** What names inside a function mean, on top of the file's declarations. */
export interface Locals {
  /** The declared type of a local or parameter. */
  typeOf(name: string): CType | undefined;
}

const noLocals: Locals = { typeOf: () => undefined };

/**
 * Folds constants and finds types of expressions, through the macros and enumerations in force.
 * `external` gives values of constants that system headers define.
 */
export class Evaluator {
  readonly types: Types;
  /** Steps left for the question being answered: macros that double themselves at every level must not hang us. */
  private fuel = 0;

  constructor(
    readonly symbols: Symbols,
    private readonly fragments: Fragments,
    private readonly external: (name: string) => bigint | undefined,
  ) {
    this.types = new Types(symbols, (expr) => this.constant(expr));
  }

  private nesting = 0;

  /** Answers one question with a bounded number of steps, however macros and types lead on from it. */
  private ask<T>(answer: () => T | undefined): T | undefined {
    if (this.nesting === 0) {
      this.fuel = 4000;
    }
    // The size of an array may depend on a size that depends on an array, in a circle at worst.
    if (this.nesting > 16) {
      return undefined;
    }
    this.nesting++;
    try {
      return answer();
    } finally {
      this.nesting--;
    }
  }

  private burn(depth: number): boolean {
    return depth <= 40 && this.fuel-- > 0;
  }

  /** The expression a macro use stands for, arguments put in; undefined when it is none. */
  expand(expr: Expr): Expr | undefined {
    if (expr.kind === 'name') {
      const macro = this.symbols.macro(expr.name);
      return macro && !macro.params ? this.fragments.expression(macro.body) : undefined;
    }
    if (expr.kind !== 'call' || expr.callee.kind !== 'name') {
      return undefined;
    }
    const macro = this.symbols.macro(expr.callee.name);
    const replace = macro?.params && replacementsIn(macro, expr.args);
    const text = macro && replace && prepared(macro, expr.args);
    const body = text === undefined ? undefined : this.fragments.expression(text);
    return body && replace && substitute(body, replace);
  }

  /**
   * The integer value of an expression, or undefined. `values` may know variables.
   * Arithmetic is exact; a result is not cut to the width of its type.
   */
  constant(
    expr: Expr,
    locals: Locals = noLocals,
    values?: (expr: Expr) => bigint | undefined,
  ): bigint | undefined {
    return this.ask(() => this.fold(expr, locals, values, 0));
  }

  private fold(
    expr: Expr,
    locals: Locals,
    values: ((expr: Expr) => bigint | undefined) | undefined,
    depth: number,
  ): bigint | undefined {
    if (!this.burn(depth)) {
      return undefined;
    }
    const again = (inner: Expr) => this.fold(inner, locals, values, depth + 1);
    const known = values?.(expr);
    if (known !== undefined) {
      return known;
    }
    switch (expr.kind) {
      case 'number':
        return integerLiteral(expr.text);
      case 'char':
        return BigInt(expr.value);
      case 'null':
        return 0n;
      case 'name':
        return locals.typeOf(expr.name) ? undefined : this.named(expr, again);
      case 'call': {
        const expanded = this.expand(expr);
        return expanded && again(expanded);
      }
      case 'unary':
        return unary(expr.op, again(expr.operand));
      case 'binary':
        return this.binary(expr, again(expr.left), again(expr.right), locals);
      case 'logical':
        return logical(expr.op, again(expr.left), () => again(expr.right));
      case 'conditional': {
        const test = again(expr.test);
        return test === undefined
          ? undefined
          : again(test !== 0n ? (expr.consequent ?? expr.test) : expr.alternative);
      }
      case 'cast':
        return this.convert(again(expr.value), expr.type);
      case 'sizeof':
        return this.sizeof(expr, locals);
      default:
        return undefined;
    }
  }

  private binary(
    { op, left, right }: Extract<Expr, { kind: 'binary' }>,
    a: bigint | undefined,
    b: bigint | undefined,
    locals: Locals,
  ): bigint | undefined {
    // C turns a negative number into a large one to compare it with an unsigned one.
    if (comparisons.has(op) && a !== undefined && b !== undefined && a < 0n !== b < 0n) {
      const types = [left, right].map((side) => this.findType(side, locals, 1));
      if (types.some((type) => this.isUnsigned(type)) || a > 0x7fffffffn || b > 0x7fffffffn) {
        return undefined;
      }
    }
    return binary(op, a, b);
  }

  private isUnsigned(type: CType | undefined): boolean {
    const resolved = type && this.types.resolve(type);
    return resolved?.k === 'int' && !resolved.signed && resolved.size >= 4;
  }

  private named(
    expr: Extract<Expr, { kind: 'name' }>,
    again: (expr: Expr) => bigint | undefined,
  ): bigint | undefined {
    const expanded = this.expand(expr);
    if (expanded) {
      // A macro named after itself would never end; the depth limit of `constant` stops longer circles.
      return expanded.kind === 'name' && expanded.name === expr.name
        ? this.external(expr.name)
        : again(expanded);
    }
    const enumerator = this.symbols.enumerator(expr.name);
    if (enumerator) return this.enumerator(enumerator, again);
    const init = this.symbols.isConstant(expr.name) ? this.symbols.initialiser(expr.name) : undefined;
    return init ? again(init) : this.external(expr.name);
  }

  private enumerator(
    { type, index }: { type: Extract<CType, { k: 'enum' }>; index: number },
    again: (expr: Expr) => bigint | undefined,
  ): bigint | undefined {
    for (let i = index; i >= 0; i--) {
      const value = type.members?.[i]?.value;
      if (value) {
        const base = again(value);
        return base === undefined ? undefined : base + BigInt(index - i);
      }
    }
    return BigInt(index);
  }

  private sizeof(expr: Extract<Expr, { kind: 'sizeof' }>, locals: Locals): bigint | undefined {
    const type = this.measured(expr, locals);
    const size = type && this.types.sizeOf(type);
    return size === undefined ? undefined : BigInt(size);
  }

  /** The type that a sizeof expression measures. */
  measured(expr: Extract<Expr, { kind: 'sizeof' }>, locals: Locals = noLocals): CType | undefined {
    return expr.type ?? (expr.value && this.typeOf(expr.value, locals));
  }

  /** An integer as a variable of some type holds it. */
  convert(value: bigint | undefined, type: CType): bigint | undefined {
    const resolved = this.types.resolve(type);
    if (value === undefined || resolved.k !== 'int') {
      return value;
    }
    const bits = resolved.size * 8;
    return resolved.signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  }

  /** The text of a string constant, through macros. */
  string(expr: Expr, depth = 0): string | undefined {
    if (expr.kind === 'string') {
      return expr.value;
    }
    if (depth > 20) {
      return undefined;
    }
    if (expr.kind === 'cast') {
      return this.string(expr.value, depth + 1);
    }
    if (expr.kind === 'joined') {
      const texts = expr.parts.map((part) => this.string(part, depth + 1));
      return texts.includes(undefined) ? undefined : texts.join('');
    }
    const expanded = expr.kind === 'name' || expr.kind === 'call' ? this.expand(expr) : undefined;
    return expanded && this.string(expanded, depth + 1);
  }

  /** The type of an expression, as far as it can be told from declarations. */
  typeOf(expr: Expr, locals: Locals = noLocals): CType | undefined {
    return this.ask(() => this.findType(expr, locals, 0));
  }

  private findType(expr: Expr, locals: Locals, depth: number): CType | undefined {
    if (!this.burn(depth)) {
      return undefined;
    }
    const again = (inner: Expr) => this.findType(inner, locals, depth + 1);
    switch (expr.kind) {
      case 'name': {
        const declared = locals.typeOf(expr.name) ?? this.symbols.global(expr.name);
        if (declared) return declared;
        const expanded = this.expand(expr);
        // `sizeof(name)` does not show whether a name is a variable or a type.
        return expanded
          ? again(expanded)
          : this.symbols.typedef(expr.name)
            ? { k: 'named', name: expr.name }
            : standardType(expr.name);
      }
      case 'member': {
        const object = again(expr.object);
        const record = object && (expr.arrow ? this.types.pointee(object) : object);
        return record && this.types.member(record, expr.field);
      }
      case 'index': {
        const array = again(expr.array);
        return array && this.types.pointee(array);
      }
      case 'unary':
        return this.unaryType(expr.op, again(expr.operand));
      case 'assign':
        return again(expr.target);
      case 'update':
        return again(expr.operand);
      case 'cast':
      case 'compound':
        return expr.type;
      case 'comma':
        return again(expr.right);
      case 'conditional':
        return again(expr.alternative);
      case 'call':
        return this.resultType(expr, again);
      case 'string':
        return stringType(expr.value, expr);
      case 'joined':
        return stringType(this.string(expr), expr);
      case 'sizeof':
        return { k: 'int', size: 8, signed: false };
      default:
        return undefined;
    }
  }

  private unaryType(op: UnaryOp, operand: CType | undefined): CType | undefined {
    if (op === '*') {
      return operand && this.types.pointee(operand);
    }
    return op === '&' ? operand && { k: 'pointer', to: operand } : operand;
  }

  private resultType(
    expr: Extract<Expr, { kind: 'call' }>,
    again: (expr: Expr) => CType | undefined,
  ): CType | undefined {
    if (expr.callee.kind !== 'name') {
      return undefined;
    }
    const expanded = this.expand(expr);
    return expanded ? again(expanded) : this.symbols.function(expr.callee.name)?.type.returns;
  }
}

/** An array of the string's bytes and the final zero; its length is known where each character surely is one byte. */
function stringType(value: string | undefined, { start, end }: Span): CType {
  const plain = value !== undefined && /^[\x00-\x7f]*$/.test(value);
  return {
    k: 'array',
    of: { k: 'int', size: 1, signed: true, char: true },
    ...(plain ? { length: { kind: 'number', text: `${value.length + 1}`, start, end } } : {}),
  };
}

function truth(value: boolean): bigint {
  return value ? 1n : 0n;
}

/** One side that decides is enough. */
function logical(
  op: '&&' | '||',
  left: bigint | undefined,
  rest: () => bigint | undefined,
): bigint | undefined {
  const deciding = op === '||';
  if (left !== undefined && (left !== 0n) === deciding) {
    return truth(deciding);
  }
  const right = rest();
  if (right !== undefined && (right !== 0n) === deciding) {
    return truth(deciding);
  }
  return left === undefined || right === undefined ? undefined : truth(!deciding);
}

function unary(op: UnaryOp, value: bigint | undefined): bigint | undefined {
  if (value === undefined) {
    return undefined;
  }
  switch (op) {
    case '-':
      return -value;
    case '~':
      return ~value;
    case '+':
      return value;
    case '!':
      return truth(value === 0n);
    default:
      return undefined;
  }
}

const operators: Record<BinaryOp, (a: bigint, b: bigint) => bigint | undefined> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (b === 0n ? undefined : a / b),
  '%': (a, b) => (b === 0n ? undefined : a % b),
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  // A hostile shift count must not make a number of a billion digits.
  '<<': (a, b) => (b >= 0n && b < 128n ? a << b : undefined),
  '>>': (a, b) => (b >= 0n && b < 128n ? a >> b : undefined),
  '==': (a, b) => truth(a === b),
  '!=': (a, b) => truth(a !== b),
  '<': (a, b) => truth(a < b),
  '<=': (a, b) => truth(a <= b),
  '>': (a, b) => truth(a > b),
  '>=': (a, b) => truth(a >= b),
};

const comparisons = new Set<BinaryOp>(['==', '!=', '<', '<=', '>', '>=']);

function binary(op: BinaryOp, a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  const result = a === undefined || b === undefined ? undefined : operators[op]?.(a, b);
  // Nor must a long chain of multiplications.
  return result !== undefined && (result > 1n << 130n || result < -(1n << 130n)) ? undefined : result;
}
