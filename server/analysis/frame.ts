import type { CType, Expr } from '../c/ast';
import type { Cfg } from '../c/cfg';
import type { Reachable } from './aliasing';
import type { FunctionScope } from './context';
import type { Deciders } from './deciders';
import { withoutCasts } from './operators';
import type { Path } from './path';
import { element, elementBy, elementFrom, nameOf, type Place, part, variable } from './places';

/** One function being walked: its names, its graph, and the chain of calls that leads to it. */
export class Frame {
  constructor(
    readonly scope: FunctionScope,
    readonly cfg: Cfg,
    readonly reachable: Reachable,
    /** 1 for the function the walk began with. */
    readonly depth: number,
    /** Distinguishes chains of calls. */
    readonly context: number,
    readonly caller?: Frame,
    private readonly deciders: Deciders = [],
    /** Whoever called asks for the result. */
    private readonly resultWanted = false,
  ) {
    const home = scope.file.elsewhere?.path;
    this.rootPath = caller ? caller.rootPath : home;
    if (home !== undefined && home !== this.rootPath) this.suffix = `__of_${numberOf(home)}`;
  }

  /** The file that the walk began in. */
  private readonly rootPath: string | undefined;
  /** Tells variables of another file alone from those of the same name in the file that the walk began in. */
  private readonly suffix: string | undefined;

  /** The places by whose values control is decided from a block on. */
  decidingAt(block: number): readonly Place[] {
    const names = this.deciders[block] ?? [];
    if (block === this.cfg.exit) {
      return this.resultWanted ? [variable(this.depth, '=return')] : [];
    }
    return names.map((name) => variable(this.depth, name));
  }

  /** The resolved type of an expression. */
  typeOf(expr: Expr): CType | undefined {
    return this.scope.resolvedTypeOf(expr);
  }

  isLocal(name: string): boolean {
    return this.scope.typeOf(name) !== undefined;
  }

  /** True where one name means several variables, so that nothing is known for certain. */
  isAmbiguous(place: Place): boolean {
    return this.scope.ambiguous.has(nameOf(place));
  }

  variable(name: string): Place {
    if (this.isLocal(name)) {
      return variable(this.depth, name);
    }
    const isOwn = this.suffix !== undefined && this.scope.file.symbols.isStatic(name);
    return variable(0, isOwn ? name + this.suffix : name);
  }

  /** A variable of the function that has one value for as long as it runs. */
  private isFixed(name: string): boolean {
    const { assigned, exposed } = this.reachable;
    return !assigned.has(name) && !exposed.has(name) && !this.scope.ambiguous.has(name);
  }

  /** By parameters that nothing changes: the name, in the caller, of the pointer that was given. */
  private readonly given = new Map<string, Place>();

  /**
   * A parameter is a pointer to what the caller knows by a name of its own: `c->fd` of a function that was given `client` is
   * `client->fd`, wherever that leads.
   */
  give(param: string, pointer: Place | undefined): void {
    if (pointer !== undefined && this.isFixed(param)) this.given.set(param, pointer);
  }

  /** `struct queue *q = arg;` is another name for the same pointer, where neither changes. */
  copy(name: string, init: Expr, path: Path): void {
    const from = withoutCasts(init);
    if (from.kind !== 'name' || !this.isLocal(from.name) || !this.isFixed(from.name)) return;
    if (this.typeOf(init)?.k === 'pointer' && this.targetOf(from, path) === undefined)
      this.give(name, this.pointer(from, path));
  }

  /** The pointer by which what an expression points to is named, where its target is not known. */
  pointer(expr: Expr, path: Path): Place | undefined {
    const inner = withoutCasts(expr);
    return (inner.kind === 'name' ? this.given.get(inner.name) : undefined) ?? this.place(inner, path);
  }

  /** The place that an expression denotes; undefined for what is not followed. */
  place(expr: Expr, path: Path): Place | undefined {
    switch (expr.kind) {
      case 'name':
        return this.variable(expr.name);
      case 'member':
        return this.memberPlace(expr, path);
      case 'index':
        return this.elementPlace(expr.array, this.constant(expr.index, path), path, expr.index);
      case 'unary':
        return expr.op === '*' ? this.elementPlace(expr.operand, 0n, path) : undefined;
      case 'cast':
        return this.place(expr.value, path);
      default:
        return undefined;
    }
  }

  private memberPlace(expr: Extract<Expr, { kind: 'member' }>, path: Path): Place | undefined {
    const { object } = expr;
    if (!expr.arrow && object.kind === 'unary' && object.op === '*') {
      return this.memberPlace({ ...expr, object: object.operand, arrow: true }, path);
    }
    if (!expr.arrow) {
      return part(this.place(expr.object, path), `.${expr.field}`);
    }
    const target = this.targetOf(expr.object, path);
    if (target !== undefined) {
      return part(target, `.${expr.field}`);
    }
    return part(this.pointer(expr.object, path), `->${expr.field}`);
  }

  private elementPlace(array: Expr, index: bigint | undefined, path: Path, by?: Expr): Place | undefined {
    if (index === undefined && by) {
      return this.elementByVariable(array, by, path);
    }
    if (index === undefined || index < 0n) {
      return undefined;
    }
    const target = this.targetOf(array, path);
    if (target !== undefined) {
      const found = element(target, index);
      if (found !== undefined) return found;
    }
    return part(this.pointer(array, path), `[${index}]`);
  }

  /** `a[i]`: followed as long as nothing but its own name changes `i`. */
  private elementByVariable(array: Expr, by: Expr, path: Path): Place | undefined {
    if (by.kind !== 'name' || !this.isLocal(by.name) || this.reachable.exposed.has(by.name)) {
      return undefined;
    }
    const index = this.variable(by.name);
    if (this.isAmbiguous(index)) {
      return undefined;
    }
    const target = this.targetOf(array, path);
    return (target && elementFrom(target, index)) ?? elementBy(this.pointer(array, path), index);
  }

  /** The place that a pointer or array expression leads to. */
  targetOf(expr: Expr, path: Path): Place | undefined {
    if (expr.kind === 'unary' && expr.op === '&') {
      return this.place(expr.operand, path);
    }
    if (expr.kind === 'cast') {
      return this.targetOf(expr.value, path);
    }
    const place = this.place(expr, path);
    if (place === undefined) {
      return undefined;
    }
    const known = path.get(place)?.target;
    return known ?? (this.typeOf(expr)?.k === 'array' ? part(place, '[0]') : undefined);
  }

  /** The integer value of an expression with what the path knows. */
  constant(expr: Expr, path: Path): bigint | undefined {
    return this.scope.evaluator.constant(expr, this.scope, (inner) => {
      if (isAhead(inner)) {
        return path.result(this.depth, inner)?.constant;
      }
      if (
        inner.kind !== 'name' &&
        inner.kind !== 'member' &&
        inner.kind !== 'index' &&
        inner.kind !== 'unary'
      ) {
        return undefined;
      }
      const place = this.place(inner, path);
      return place === undefined ? undefined : path.get(place)?.constant;
    });
  }
}

const numbers = new Map<string, number>();

function numberOf(path: string): number {
  const known = numbers.get(path) ?? numbers.size + 1;
  numbers.set(path, known);
  return known;
}

/** Whether an expression may have been evaluated ahead of the one around it. */
export function isAhead({ kind }: Expr): boolean {
  return kind === 'call' || kind === 'conditional' || kind === 'logical' || kind === 'statements';
}
