import type { CType, Declaration, Declarator, Enumerator, Expr, Member, Parameter, Span } from './ast';
import { field, fields, named, type Syntax } from './mirror';

/** Turns the parser's type specifiers and declarators into types. */
export class TypeLowering {
  constructor(
    private readonly text: (node: Syntax) => string,
    private readonly expr: (node: Syntax) => Expr,
  ) {}

  /** The storage classes, the base type and the declarators of a declaration-like node. */
  declaration(node: Syntax): Declaration {
    const base = this.specifier(node);
    const storage = node.children
      .filter((child) => child.type === 'storage_class_specifier')
      .map((child) => this.text(child));
    if (node.type === 'type_definition') {
      storage.push('typedef');
    }
    const declarators: Declarator[] = [];
    for (const child of fields(node, 'declarator')) {
      const declarator = this.initDeclarator(child, base);
      if (declarator) {
        declarators.push(declarator);
      }
    }
    return { storage, base, declarators };
  }

  private initDeclarator(node: Syntax, base: CType): Declarator | undefined {
    const target = node.type === 'init_declarator' ? field(node, 'declarator') : node;
    const value = node.type === 'init_declarator' ? field(node, 'value') : undefined;
    if (!target) {
      return undefined;
    }
    const { type, name, nameSpan } = this.declarator(target, base);
    if (name === undefined || !nameSpan) {
      return undefined;
    }
    return { name, nameSpan, type, ...(value ? { init: this.expr(value) } : {}) };
  }

  /** The type that the specifiers of a declaration, parameter or type name give, before any declarator. */
  specifier(node: Syntax): CType {
    const type = field(node, 'type');
    return type ? this.base(type) : { k: 'unknown' };
  }

  /** The type that a name means, as far as the language says. */
  named(name: string): CType {
    return standardType(name) ?? { k: 'named', name };
  }

  private base(node: Syntax): CType {
    switch (node.type) {
      case 'primitive_type':
      case 'sized_type_specifier':
        return arithmetic(this.text(node));
      case 'type_identifier':
        return this.named(this.text(node));
      case 'struct_specifier':
      case 'union_specifier':
        return this.record(node);
      case 'enum_specifier':
        return this.enumeration(node);
      default:
        return { k: 'unknown' };
    }
  }

  private record(node: Syntax): CType {
    const name = field(node, 'name');
    const body = field(node, 'body');
    const odd =
      node.children.some(({ type }) => type.startsWith('attribute')) ||
      body?.children.some(({ type, children }) => type.startsWith('preproc_') || children.some(movesMembers));
    return {
      k: 'struct',
      union: node.type === 'union_specifier',
      ...(name ? { tag: this.text(name) } : {}),
      ...(body ? { members: named(body).flatMap((child) => this.members(child)) } : {}),
      ...(odd ? { layout: 'unknown' } : {}),
    };
  }

  private members(node: Syntax): Member[] {
    if (node.type !== 'field_declaration') {
      // A conditional block inside a struct: its fields as if all were there.
      return node.type.startsWith('preproc_') ? named(node).flatMap((child) => this.members(child)) : [];
    }
    const base = this.specifier(node);
    const declarators = fields(node, 'declarator');
    if (declarators.length === 0) {
      return [{ type: base }];
    }
    return declarators.map((child) => {
      const { type, name } = this.declarator(child, base);
      return { type, ...(name !== undefined ? { name } : {}) };
    });
  }

  private enumeration(node: Syntax): CType {
    const name = field(node, 'name');
    const body = field(node, 'body');
    const members: Enumerator[] = (body ? named(body) : [])
      .filter((child) => child.type === 'enumerator')
      .map((child) => {
        const value = field(child, 'value');
        const text = this.text(field(child, 'name') ?? child);
        return { name: text, ...(value ? { value: this.expr(value) } : {}) };
      });
    return { k: 'enum', ...(name ? { tag: this.text(name) } : {}), ...(body ? { members } : {}) };
  }

  /** Applies a declarator to a base type: `*name[3]` on `int` is an array of three pointers. */
  declarator(node: Syntax, base: CType): { type: CType; name?: string; nameSpan?: Span } {
    switch (node.type) {
      case 'identifier':
      case 'field_identifier':
      case 'type_identifier':
      case 'primitive_type':
        return { type: base, name: this.text(node), nameSpan: { start: node.start, end: node.end } };
      case 'pointer_declarator':
      case 'abstract_pointer_declarator':
        return this.inner(node, { k: 'pointer', to: base });
      case 'array_declarator':
      case 'abstract_array_declarator': {
        const size = field(node, 'size');
        return this.inner(node, { k: 'array', of: base, ...(size ? { length: this.expr(size) } : {}) });
      }
      case 'function_declarator':
      case 'abstract_function_declarator':
        return this.inner(node, this.functionType(node, base));
      default:
        return this.inner(node, base);
    }
  }

  private inner(node: Syntax, type: CType): { type: CType; name?: string; nameSpan?: Span } {
    const next =
      field(node, 'declarator') ??
      named(node).find((child) => child.type.endsWith('declarator') || child.type.endsWith('identifier'));
    return next ? this.declarator(next, type) : { type };
  }

  functionType(node: Syntax, returns: CType): Extract<CType, { k: 'function' }> {
    const list = field(node, 'parameters');
    const params: Parameter[] = [];
    let variadic = false;
    for (const child of list ? named(list) : []) {
      if (child.type === 'variadic_parameter') {
        variadic = true;
      } else if (child.type === 'parameter_declaration') {
        params.push(this.parameter(child));
      } else if (child.type === 'identifier') {
        params.push({ name: this.text(child), type: { k: 'unknown' } });
      }
    }
    const only = params[0];
    const none = params.length === 1 && only?.type.k === 'void' && only.name === undefined;
    return { k: 'function', returns, params: none ? [] : params, variadic };
  }

  private parameter(node: Syntax): Parameter {
    const base = this.specifier(node);
    const declarator = field(node, 'declarator');
    if (!declarator) {
      return { type: base };
    }
    const { type, name, nameSpan } = this.declarator(declarator, base);
    // Arrays and functions as parameters are pointers.
    const decayed: CType =
      type.k === 'array'
        ? { k: 'pointer', to: type.of }
        : type.k === 'function'
          ? { k: 'pointer', to: type }
          : type;
    return { type: decayed, ...(name !== undefined ? { name } : {}), ...(nameSpan ? { nameSpan } : {}) };
  }

  /** A type name as in a cast, sizeof or compound literal. */
  typeName(node: Syntax): CType {
    const declarator = field(node, 'declarator');
    const base = this.specifier(node);
    return declarator ? this.declarator(declarator, base).type : base;
  }
}

/** A part of a member's declaration after which its place in the structure is not the usual one. */
function movesMembers({ type }: Syntax): boolean {
  return type === 'bitfield_clause' || type.startsWith('attribute') || type.startsWith('alignas');
}

/** `unsigned long int` and the like, in any order of words. */
export function arithmetic(text: string): CType {
  const words = text.split(/\s+/);
  const has = (word: string) => words.includes(word);
  const longs = words.filter((word) => word === 'long').length;
  if (has('void')) return { k: 'void' };
  if (has('double')) return { k: 'float', size: longs > 0 ? 16 : 8 };
  if (has('float')) return { k: 'float', size: 4 };
  if (has('__int128')) return { k: 'int', size: 16, signed: !has('unsigned') };
  if (has('bool') || has('_Bool')) return { k: 'int', size: 1, signed: false };
  const known = standardType(words[words.length - 1] ?? '');
  if (known && words.length === 1) return known;
  const signed = !has('unsigned');
  if (has('char')) return { k: 'int', size: 1, signed, char: true };
  if (has('short')) return { k: 'int', size: 2, signed };
  return { k: 'int', size: longs > 0 ? 8 : 4, signed };
}

const int = (size: 1 | 2 | 4 | 8 | 16, signed: boolean): CType => ({ k: 'int', size, signed });

/** Integer types of the standard headers, as x86-64 Linux has them. */
const standardTypes: Record<string, CType> = {
  int8_t: int(1, true),
  uint8_t: int(1, false),
  int16_t: int(2, true),
  uint16_t: int(2, false),
  int32_t: int(4, true),
  uint32_t: int(4, false),
  int64_t: int(8, true),
  uint64_t: int(8, false),
  u_int8_t: int(1, false),
  u_int16_t: int(2, false),
  u_int32_t: int(4, false),
  u_int64_t: int(8, false),
  intptr_t: int(8, true),
  uintptr_t: int(8, false),
  intmax_t: int(8, true),
  uintmax_t: int(8, false),
  ptrdiff_t: int(8, true),
  size_t: int(8, false),
  ssize_t: int(8, true),
  off_t: int(8, true),
  off64_t: int(8, true),
  time_t: int(8, true),
  pid_t: int(4, true),
  uid_t: int(4, false),
  gid_t: int(4, false),
  id_t: int(4, false),
  mode_t: int(4, false),
  key_t: int(4, true),
  mqd_t: int(4, true),
  clockid_t: int(4, true),
  socklen_t: int(4, false),
  sa_family_t: int(2, false),
  in_port_t: int(2, false),
  in_addr_t: int(4, false),
  nfds_t: int(8, false),
  eventfd_t: int(8, false),
  sig_atomic_t: int(4, true),
  uint: int(4, false),
  ushort: int(2, false),
  ulong: int(8, false),
  u_char: int(1, false),
  u_short: int(2, false),
  u_int: int(4, false),
  u_long: int(8, false),
  bool: int(1, false),
  _Bool: int(1, false),
  __int128: int(16, true),
};

export function standardType(name: string): CType | undefined {
  return Object.hasOwn(standardTypes, name) ? standardTypes[name] : undefined;
}
