import type { AssignOp, BinaryOp, CType, Expr, InitItem, Stmt, UnaryOp } from './ast';
import { charLiteral, resolveEscapes } from './literals';
import { TypeLowering } from './lower-types';
import { field, named, type Syntax } from './mirror';
import { binary, dereferenced, not } from './normal-form';

/** Names that nobody gives to anything but a type: those of POSIX, of the kernel and of old systems. */
const typeNames = /\w_t$|^(?:__)?[su](?:8|16|32|64)$|^u_?(?:char|short|int|long)$|^(?:__)?[bl]e(?:16|32|64)$/;

/** Turns the parser's expressions into expressions of the syntax tree. What it does not know becomes `unknown`. */
export class ExprLowering {
  readonly types: TypeLowering;

  constructor(
    readonly text: (node: Syntax) => string,
    private readonly block: (node: Syntax) => Stmt,
  ) {
    this.types = new TypeLowering(text, (node) => this.expr(node));
  }

  expr(node: Syntax): Expr {
    if (node.type === 'parenthesized_expression' || node.type === 'extension_expression') {
      return this.parenthesized(node);
    }
    const weighed = node.type === 'call_expression' ? this.weighed(node) : undefined;
    if (weighed) {
      return this.expr(weighed);
    }
    const span = { start: node.start, end: node.end };
    const lowered = this.simple(node) ?? this.operator(node) ?? this.structured(node);
    return lowered ? { ...lowered, ...span } : this.unknown(node);
  }

  private unknown(node: Syntax): Expr {
    const parts = named(node).map((child) => this.expr(child));
    return { kind: 'unknown', parts, start: node.start, end: node.end };
  }

  private child(node: Syntax, name: string): Expr {
    const child = field(node, name);
    return child ? this.expr(child) : { kind: 'unknown', parts: [], start: node.end, end: node.end };
  }

  private operatorText(node: Syntax): string {
    const operator = field(node, 'operator');
    return operator ? this.text(operator) : '';
  }

  private simple(node: Syntax): Unplaced | undefined {
    switch (node.type) {
      case 'identifier':
      case 'type_identifier':
      case 'field_identifier':
        return { kind: 'name', name: this.text(node) };
      case 'number_literal':
        return { kind: 'number', text: this.text(node) };
      case 'true':
        return { kind: 'number', text: '1' };
      case 'false':
        return { kind: 'number', text: '0' };
      case 'null':
        return { kind: 'null' };
      case 'char_literal': {
        const value = charLiteral(this.text(node));
        return value === undefined ? undefined : { kind: 'char', value };
      }
      case 'offsetof_expression':
        return {
          kind: 'call',
          callee: { kind: 'name', name: 'offsetof', start: node.start, end: node.start + 8 },
          args: [],
        };
      case 'string_literal':
        return { kind: 'string', value: this.stringValue(node) };
      case 'concatenated_string': {
        const parts = named(node);
        if (parts.every(({ type }) => type === 'string_literal')) {
          return { kind: 'string', value: parts.map((part) => this.stringValue(part)).join('') };
        }
        return parts.every(({ type }) => type === 'string_literal' || type === 'identifier')
          ? { kind: 'joined', parts: parts.map((part) => this.expr(part)) }
          : undefined;
      }
      default:
        return undefined;
    }
  }

  private stringValue(node: Syntax): string {
    return resolveEscapes(
      this.text(node)
        .replace(/^(?:L|u8|u|U)?"/, '')
        .replace(/"$/, ''),
    );
  }

  private operator(node: Syntax): Unplaced | undefined {
    switch (node.type) {
      case 'unary_expression':
      case 'pointer_expression': {
        const op = this.operatorText(node) as UnaryOp;
        const operand = this.child(node, 'argument');
        if (op === '*') return dereferenced(operand);
        return op === '!' ? not(operand) : { kind: 'unary', op, operand };
      }
      case 'update_expression': {
        const operator = field(node, 'operator');
        const operand = field(node, 'argument');
        const prefix = operator !== undefined && operand !== undefined && operator.start < operand.start;
        return {
          kind: 'update',
          op: this.operatorText(node) as '++' | '--',
          prefix,
          operand: this.child(node, 'argument'),
        };
      }
      case 'binary_expression': {
        const op = this.operatorText(node);
        const right = this.child(node, 'right');
        const type = /^[-+*&]$/.test(op) ? this.typeInParentheses(node, op) : undefined;
        if (type) {
          const start = field(node, 'operator')?.start ?? right.start;
          const value: Expr = { kind: 'unary', op: op as UnaryOp, operand: right, start, end: right.end };
          return { kind: 'cast', type, value };
        }
        const left = this.child(node, 'left');
        return op === '&&' || op === '||'
          ? { kind: 'logical', op, left, right }
          : binary(op as BinaryOp, left, right);
      }
      case 'assignment_expression':
        return {
          kind: 'assign',
          op: this.operatorText(node) as AssignOp,
          target: this.child(node, 'left'),
          value: this.child(node, 'right'),
        };
      case 'comma_expression':
        return { kind: 'comma', left: this.child(node, 'left'), right: this.child(node, 'right') };
      case 'conditional_expression': {
        const consequence = field(node, 'consequence');
        return {
          kind: 'conditional',
          test: this.child(node, 'condition'),
          ...(consequence ? { consequent: this.expr(consequence) } : {}),
          alternative: this.child(node, 'alternative'),
        };
      }
      default:
        return undefined;
    }
  }

  private structured(node: Syntax): Unplaced | undefined {
    switch (node.type) {
      case 'call_expression': {
        const list = field(node, 'arguments');
        const callee = this.child(node, 'function');
        const takesType = callee.kind === 'name' && /^(?:__builtin_)?va_arg$/.test(callee.name);
        // The type of what is fetched is no expression.
        const given = (list ? named(list) : []).slice(0, takesType ? 1 : undefined);
        const args = given.map((child) =>
          child.type === 'compound_statement' ? this.statements(child) : this.expr(child),
        );
        return { kind: 'call', callee, args };
      }
      case 'field_expression': {
        const member = field(node, 'field');
        return {
          kind: 'member',
          object: this.child(node, 'argument'),
          field: member ? this.text(member) : '',
          arrow: this.operatorText(node) === '->',
        };
      }
      case 'subscript_expression':
        return { kind: 'index', array: this.child(node, 'argument'), index: this.child(node, 'index') };
      case 'cast_expression':
        return { kind: 'cast', type: this.typeField(node), value: this.child(node, 'value') };
      case 'sizeof_expression': {
        const value = field(node, 'value');
        return value
          ? { kind: 'sizeof', value: this.expr(value) }
          : { kind: 'sizeof', type: this.typeField(node) };
      }
      case 'compound_literal_expression':
        return { kind: 'compound', type: this.typeField(node), init: this.child(node, 'value') };
      case 'initializer_list':
        return { kind: 'init', items: named(node).map((child) => this.initItem(child)) };
      default:
        return undefined;
    }
  }

  /** `(pid_t) -1` is a cast, though a parser that knows no types takes it for a difference; and so is `(pointer) &x`, as its blanks tell. */
  private typeInParentheses(node: Syntax, op: string): CType | undefined {
    const left = field(node, 'left');
    const [name, ...others] = left?.type === 'parenthesized_expression' ? named(left) : [];
    if (name?.type !== 'identifier' || others.length > 0) return undefined;
    const word = this.text(name);
    return typeNames.test(word) || (op === '&' && this.standsAtOperand(node))
      ? this.types.named(word)
      : undefined;
  }

  /** ` &x`: a blank in front of the operator and none behind it. */
  private standsAtOperand(node: Syntax): boolean {
    const [left, operator, right] = ['left', 'operator', 'right'].map((name) => field(node, name));
    if (!left || !operator || !right) return false;
    return left.end < operator.start && operator.end === right.start && right.type !== 'number_literal';
  }

  /** What stands inside the parentheses, with its own position. */
  private parenthesized(node: Syntax): Expr {
    const block = node.children.find((child) => child.type === 'compound_statement');
    const inner = named(node);
    if (block) {
      return this.statements(block);
    }
    return inner.length === 1 && inner[0] ? this.expr(inner[0]) : this.unknown(node);
  }

  /** What the compiler is told to expect of a value changes nothing of it: `__builtin_expect(!!(x), 0)` is `!!(x)`. */
  private weighed(call: Syntax): Syntax | undefined {
    const callee = field(call, 'function');
    const list = field(call, 'arguments');
    const expects = callee && /^__builtin_expect(?:_with_probability)?$/.test(this.text(callee));
    return expects && list ? named(list)[0] : undefined;
  }

  private statements(node: Syntax): Expr {
    return { kind: 'statements', body: this.block(node), start: node.start, end: node.end };
  }

  private typeField(node: Syntax): CType {
    const type = field(node, 'type');
    return type ? this.types.typeName(type) : { k: 'unknown' };
  }

  private initItem(node: Syntax): InitItem {
    if (node.type !== 'initializer_pair') {
      return { designators: [], value: this.expr(node) };
    }
    const designators = node.children
      .filter((child) => child.field === 'designator' && child.named)
      .map((child) => {
        const inner = named(child)[0];
        if (child.type === 'field_designator' && inner) return this.text(inner);
        if (child.type === 'field_identifier') return this.text(child);
        return inner ? this.expr(inner) : this.unknown(child);
      });
    return { designators, value: this.child(node, 'value') };
  }
}

/** An expression without its position. */
type Unplaced = Expr extends infer E ? (E extends Expr ? Omit<E, 'start' | 'end'> : never) : never;
