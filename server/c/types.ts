import { types } from '../../catalog';
import type { CType, Expr, Member } from './ast';
import type { Symbols } from './symbols';

/** Questions about types that need the declarations in force. Sizes are those of x86-64 Linux. */
export class Types {
  constructor(
    private readonly symbols: Symbols,
    /** The value of a constant expression, for array lengths. */
    private readonly constant: (expr: Expr) => bigint | undefined,
  ) {}

  /** Follows typedef names and tags to the type itself. */
  resolve(type: CType, depth = 0): CType {
    if (depth > 32) {
      return { k: 'unknown' };
    }
    if (type.k === 'named') {
      const target = this.symbols.typedef(type.name) ?? this.byMacro(type.name);
      return target ? this.resolve(target, depth + 1) : type;
    }
    if (type.k === 'struct' && !type.members && type.tag !== undefined) {
      return this.symbols.tag(`${type.union ? 'union' : 'struct'} ${type.tag}`) ?? type;
    }
    return type;
  }

  /** The type that a macro is another name for: `#define message_t struct message`. */
  private byMacro(name: string): CType | undefined {
    const macro = this.symbols.macro(name);
    const [, kind, other] =
      (!macro?.params && /^\s*(?:(struct|union)\s+)?([A-Za-z_]\w*)\s*$/.exec(macro?.body ?? '')) || [];
    if (other === undefined) return undefined;
    return kind ? { k: 'struct', union: kind === 'union', tag: other } : { k: 'named', name: other };
  }

  /** `struct name` or a typedef's name, where the type has one. */
  nameOf(type: CType): string | undefined {
    if (type.k === 'named') {
      return type.name;
    }
    return type.k === 'struct' && type.tag !== undefined
      ? `${type.union ? 'union' : 'struct'} ${type.tag}`
      : undefined;
  }

  members(type: CType): Member[] | undefined {
    const resolved = this.resolve(type);
    return resolved.k === 'struct' ? resolved.members : undefined;
  }

  /** The type of a member, looked up through anonymous members too. */
  member(type: CType, name: string): CType | undefined {
    for (const member of this.members(type) ?? []) {
      if (member.name === name) {
        return member.type;
      }
      if (member.name === undefined) {
        const inner = this.member(member.type, name);
        if (inner) {
          return inner;
        }
      }
    }
    return undefined;
  }

  /** What a pointer points to or an array is made of. */
  pointee(type: CType): CType | undefined {
    const resolved = this.resolve(type);
    return resolved.k === 'pointer' ? resolved.to : resolved.k === 'array' ? resolved.of : undefined;
  }

  /** Bytes, or undefined where it cannot be told. */
  sizeOf(type: CType): number | undefined {
    return this.layout(type)?.size;
  }

  /** The byte offset of a member. */
  offsetOf(type: CType, name: string): number | undefined {
    const resolved = this.resolve(type);
    return resolved.k === 'struct' ? this.layout(resolved)?.offsets?.get(name) : undefined;
  }

  private layout(type: CType, depth = 0): Layout | undefined {
    const resolved = this.resolve(type);
    if (depth > 16) {
      return undefined;
    }
    switch (resolved.k) {
      case 'int':
      case 'float':
        return { size: resolved.size, align: resolved.size };
      case 'enum':
        return { size: 4, align: 4 };
      case 'pointer':
        return { size: 8, align: 8 };
      case 'void':
        return { size: 1, align: 1 };
      case 'array': {
        const of = this.layout(resolved.of, depth + 1);
        const length = resolved.length && this.constant(resolved.length);
        return of && length !== undefined ? { size: of.size * Number(length), align: of.align } : undefined;
      }
      case 'struct':
        return this.structLayout(resolved, depth) ?? systemLayout(this.nameOf(resolved));
      case 'named':
        return systemLayout(resolved.name);
      default:
        return undefined;
    }
  }

  private structLayout(type: Extract<CType, { k: 'struct' }>, depth: number): Layout | undefined {
    if (!type.members || type.layout === 'unknown') {
      return undefined;
    }
    const offsets = new Map<string, number>();
    let size = 0;
    let align = 1;
    for (const member of type.members) {
      const resolved = this.resolve(member.type);
      // A flexible array member takes no room.
      const flexible = resolved.k === 'array' && !resolved.length;
      const inner = flexible
        ? this.layout(resolved.of, depth + 1) && {
            size: 0,
            align: this.layout(resolved.of, depth + 1)?.align ?? 1,
          }
        : this.layout(member.type, depth + 1);
      if (!inner) {
        return undefined;
      }
      const at = type.union ? 0 : roundUp(size, inner.align);
      if (member.name !== undefined) {
        offsets.set(member.name, at);
      }
      size = Math.max(size, at + inner.size);
      align = Math.max(align, inner.align);
    }
    return { size: roundUp(size, align), align, offsets };
  }
}

/** Of types of the system whose members programs do not look at, the catalog tells how large they are. */
function systemLayout(name: string | undefined): Layout | undefined {
  const size = name === undefined ? undefined : types.get(name)?.record.size;
  return size === undefined ? undefined : { size, align: Math.min(8, size & -size) };
}

interface Layout {
  size: number;
  align: number;
  offsets?: Map<string, number>;
}

function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
