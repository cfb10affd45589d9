import { type Expr, type FunctionDefinition, walkExpr, walkStmt } from '../c/ast';
import { calledName } from '../c/cfg';
import { rootName } from './aliasing';
import type { FunctionScope } from './context';
import { changedBy, exposedBy } from './operators';
import { mayStoreThrough } from './signature';
import { onlyTells } from './tellers';
import { isOfLibrary } from './unknown-calls';

/** What a function of the project, that is not walked into, can change and keep of what its callers have. */
export interface Reach {
  /** Members that it stores in, whatever the structure, and variables of the file. */
  names: Set<string>;
  /** It stores through pointers to single values, or in elements of arrays. */
  elements: boolean;
  /** Parameters, by index, that are known to others when it returns. */
  keeps: Set<number>;
}

/** Library functions that store through their first argument. */
const filling = /^(?:mem(?:cpy|move|set|pcpy)|bzero|bcopy|str[nl]?cpy|str[nl]?cat|stpn?cpy|v?sn?printf)$/;

/** What stands for a name stores something. */
const acting = /(?<![=!<>])=(?!=)|\+\+|--/;

/** Calls inside each other that are looked into. */
const levels = 3;

export interface Answer {
  /**
   * Undefined where it may do anything: it calls functions of which nothing is known, itself, or more inside each other than are looked into,
   * or makes calls of the catalog that do more than read and write.
   */
  reach: Reach | undefined;
  /** The functions that the answer depends on. */
  read: ReadonlySet<FunctionDefinition>;
  /** How many calls inside each other were looked into; of what is not known, how many would not do. */
  height: number;
  /** What the functions that were called meant then: those of other files may be others by now. */
  called: ReadonlyMap<string, FunctionDefinition | undefined>;
}

const known = new WeakMap<FunctionScope, Answer>();

/** The function of the project that a name means. Of one that each build has another of, or that a macro stands before, one text is not all. */
export function functionCalled(name: string, { file }: FunctionScope): FunctionScope | undefined {
  const callee = file.callee(name);
  return !callee || callee.definition.build || file.symbols.macro(name) ? undefined : callee;
}

/** What a function can change and keep. The answer does not depend on what was asked before. */
export function reachOf(scope: FunctionScope): Answer {
  return answerOf(scope, levels);
}

function answerOf(scope: FunctionScope, deep: number): Answer {
  const found = known.get(scope);
  if (found && isCurrent(found, scope)) {
    if (found.reach && found.height <= deep) return found;
    if (found.reach || found.height >= deep) return { ...found, reach: undefined };
  }
  const answer = new Reading(scope, deep).answer;
  known.set(scope, answer);
  return answer;
}

function isCurrent({ called }: Answer, scope: FunctionScope, deep = levels): boolean {
  for (const [name, definition] of called) {
    const callee = scope.file.callee(name);
    if (callee?.definition !== definition) return false;
    const inner = callee && deep > 0 ? known.get(callee) : undefined;
    if (callee && inner && !isCurrent(inner, callee, deep - 1)) return false;
  }
  return true;
}

class Reading {
  private readonly found: Reach;
  private unknown = false;
  private grown = false;
  private height = 0;
  private readonly functions: Set<FunctionDefinition>;
  private readonly called = new Map<string, FunctionDefinition | undefined>();
  /** Its own variables that outlive it. */
  private readonly lasting = new Set<string>();
  /** Variables that may have the value of a parameter, or a part of it. */
  private readonly carriers = new Map<string, Set<number>>();

  constructor(
    private readonly scope: FunctionScope,
    private readonly deep: number,
  ) {
    const { definition } = scope;
    this.found = { names: new Set(), elements: false, keeps: new Set() };
    this.functions = new Set([definition]);
    definition.type.params.forEach(({ name }, index) => {
      if (name !== undefined) this.carriers.set(name, new Set([index]));
    });
    // What is stored in a variable further down may be used above it in the next round of a loop.
    do {
      this.grown = false;
      this.read();
    } while (this.grown);
  }

  get answer(): Answer {
    const { called, deep, functions: read } = this;
    return this.unknown
      ? { reach: undefined, height: deep, called, read }
      : { reach: this.found, height: this.height, called, read };
  }

  private read(): void {
    walkStmt(this.scope.definition.body, {
      stmt: (stmt) => {
        if (stmt.kind === 'unknown') this.unknown = true;
        if (stmt.kind === 'return' && stmt.value) this.keep(stmt.value);
        if (stmt.kind !== 'decl') return;
        for (const { name, init } of stmt.declaration.declarators) {
          if (stmt.declaration.storage.includes('static')) this.lasting.add(name);
          if (!init) continue;
          this.carry(name, init);
        }
      },
      expr: (expr) => this.visit(expr),
    });
  }

  private visit(expr: Expr): void {
    if (expr.kind === 'call') this.call(expr);
    // A macro without arguments may do something of its own.
    if (expr.kind === 'name' && acting.test(this.scope.file.symbols.macro(expr.name)?.body ?? ''))
      this.unknown = true;
    const target = changedBy(expr);
    if (!target) return;
    const value = expr.kind === 'assign' ? expr.value : undefined;
    if (target.kind === 'name' && this.scope.typeOf(target.name)) {
      if (value) this.carry(target.name, value);
      return;
    }
    this.change(target);
    if (value) this.keep(value);
  }

  private change(target: Expr): void {
    switch (target.kind) {
      case 'name':
        this.found.names.add(target.name);
        break;
      case 'member':
        this.found.names.add(target.field);
        break;
      case 'cast':
        this.change(target.value);
        break;
      case 'index':
        // An array of the function's own is nobody else's.
        if (target.array.kind !== 'name' || this.scope.resolvedTypeOf(target.array)?.k !== 'array')
          this.found.elements = true;
        break;
      default:
        this.found.elements = true;
    }
  }

  private carry(name: string, value: Expr): void {
    if (this.lasting.has(name)) this.keep(value);
    const carried = this.carriers.get(name) ?? new Set<number>();
    for (const index of this.carriedBy(value)) {
      this.grown ||= !carried.has(index);
      carried.add(index);
    }
    if (carried.size > 0) this.carriers.set(name, carried);
  }

  private keep(value: Expr): void {
    for (const index of this.carriedBy(value)) this.found.keeps.add(index);
  }

  /** The parameters that an expression mentions, whatever it makes of them. */
  private carriedBy(value: Expr): Set<number> {
    const found = new Set<number>();
    walkExpr(value, (part) => {
      if (part.kind === 'name') for (const index of this.carriers.get(part.name) ?? []) found.add(index);
    });
    return found;
  }

  private call(expr: Extract<Expr, { kind: 'call' }>): void {
    const name = calledName(expr);
    if (name === undefined || this.scope.typeOf(name)) {
      this.unknown = true;
      return;
    }
    const site = this.scope.call(name);
    if (site) {
      if (site.effects.some(({ op }) => op !== 'read' && op !== 'write' && op !== 'query'))
        this.unknown = true;
      else for (const [index, arg] of expr.args.entries()) if (mayStoreThrough(site, index)) this.fill(arg);
      return;
    }
    const callee = functionCalled(name, this.scope);
    this.called.set(name, this.scope.file.callee(name)?.definition);
    if (callee) {
      this.follow(callee, expr.args);
    } else if (isOfLibrary(name) && !this.scope.file.callee(name) && !this.scope.file.symbols.macro(name)) {
      if (filling.test(name) && expr.args[0]) this.fill(expr.args[0]);
      else if (/scanf|^str(?:to|tok|sep)|^qsort|^getopt|_r$/.test(name)) this.unknown = true;
    } else if (!onlyTells(expr)) {
      this.unknown = true;
    }
  }

  /** Something is stored where an argument points to. */
  private fill(arg: Expr): void {
    const target = exposedBy(arg);
    if (target) {
      this.change(target);
      return;
    }
    const root = rootName(arg);
    const isOwn =
      root !== undefined &&
      this.scope.resolvedTypeOf({ kind: 'name', name: root, start: 0, end: 0 })?.k === 'array';
    if (isOwn && arg.kind === 'name') return;
    if (arg.kind === 'member') this.found.names.add(arg.field);
    else this.unknown = true;
  }

  private follow(callee: FunctionScope, args: readonly Expr[]): void {
    this.functions.add(callee.definition);
    const answer = this.deep > 0 ? answerOf(callee, this.deep - 1) : undefined;
    for (const definition of answer?.read ?? []) this.functions.add(definition);
    const inner = answer?.reach;
    if (!answer || !inner) {
      this.unknown = true;
      return;
    }
    this.height = Math.max(this.height, answer.height + 1);
    for (const name of inner.names) this.found.names.add(name);
    this.found.elements ||= inner.elements;
    for (const index of inner.keeps) if (args[index]) this.keep(args[index]);
  }
}
