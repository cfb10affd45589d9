import { calls, constants, types } from '../../catalog';
import { otherNumbers } from '../../catalog/numbers';
import type { Call } from '../../catalog/schema';
import {
  type CType,
  type Declaration,
  type Expr,
  type FunctionDefinition,
  type Stmt,
  statementsOf,
  walkStmt,
} from '../c/ast';
import { Evaluator, type Locals } from '../c/evaluate';
import { Expander } from '../c/expander';
import { Fragments } from '../c/fragments';
import { LazySymbols } from '../c/lazy-symbols';
import type { CParser } from '../c/parser';
import { Symbols } from '../c/symbols';
import {
  forkBy,
  forwardedCall,
  isLoose,
  namesakeOf,
  onlyMakes,
  repeatedCall,
  standsFor,
  wrapperOf,
} from './wrappers';

/** What is the same for all files: the parser and the declarations that the catalog brings. One per process. */
export class Toolbox {
  readonly fragments: Fragments;
  private systemSymbols: Symbols | undefined;

  constructor(readonly parser: CParser) {
    this.fragments = new Fragments(parser);
  }

  /** Structures and prototypes of the catalog, as if from the system's headers. */
  get system(): Symbols {
    this.systemSymbols ??= new LazySymbols(
      this.parser,
      (name) => withSemicolon(calls.get(name)?.record.prototype),
      (tag) => structureText(tag),
    );
    return this.systemSymbols;
  }
}

function structureText(tag: string): string | undefined {
  const type = /^(struct|union) \w+$/.test(tag) ? types.get(tag)?.record : undefined;
  return type?.members && type.declared !== false
    ? `${tag} { ${type.members.map(({ declaration }) => withSemicolon(declaration)).join(' ')} };`
    : undefined;
}

function withSemicolon(text: string | undefined): string | undefined {
  return text?.replace(/;?\s*$/, ';');
}

/** Pointers that mean failure, as numbers in glibc: no integer constants, so the catalog gives them no value. */
const failurePointers = new Map([
  ['MAP_FAILED', -1n],
  ['SEM_FAILED', 0n],
]);

/** The value of a constant that a system header defines, by the catalog. */
export function systemConstant(name: string): bigint | undefined {
  const value = constants.get(name)?.constant.value;
  return value === undefined ? (failurePointers.get(name) ?? otherNumbers.get(name)) : BigInt(value);
}

/** The functions whose text lies in other files of the project. */
export interface Elsewhere {
  /** The path of the file that asks. */
  readonly path: string;
  /** A header that the file includes by a name in quotes is not at hand: what it declares is not known. */
  readonly lacksHeaders: boolean;
  /** What the name of a function that this file only declares means, where that is certain. */
  find(name: string): FunctionScope | undefined;
  /** The functions of which such a name may mean any, where it is not certain which. */
  findSeveral(name: string): readonly FunctionScope[];
  /** The function of this name in a file of the same folder, when no other file defines one. */
  findBeside(name: string): FunctionScope | undefined;
}

/** The names of functions of other files: a function keeps the names of its own file wherever it is looked at from. */
const homes = new WeakMap<FunctionDefinition, FunctionScope>();

/** What the analysis of a file's functions needs to know of the file. */
export class FileContext {
  readonly evaluator: Evaluator;

  constructor(
    readonly toolbox: Toolbox,
    readonly symbols: Symbols,
    readonly elsewhere?: Elsewhere,
  ) {
    symbols.includeLast(toolbox.system);
    this.evaluator = new Evaluator(symbols, toolbox.fragments, systemConstant);
  }

  /** An evaluator that sees `symbols` before the file's. */
  evaluatorWith(symbols: Symbols): Evaluator {
    symbols.include(this.symbols);
    return new Evaluator(symbols, this.toolbox.fragments, systemConstant);
  }

  private readonly scopes = new Map<FunctionDefinition, FunctionScope>();

  /** The names of a function. */
  scopeOf(definition: FunctionDefinition): FunctionScope {
    let scope = this.scopes.get(definition);
    if (!scope) {
      const own = this.symbols.function(definition.name)?.definition === definition;
      scope = (own ? undefined : homes.get(definition)) ?? new FunctionScope(this, definition);
      this.scopes.set(definition, scope);
    }
    return scope;
  }

  /** The function of the project that a name means, where its text is at hand and whole. */
  callee(name: string): FunctionScope | undefined {
    const symbol = this.symbols.function(name);
    if (this.symbols.macro(name)) {
      return undefined;
    }
    const definition = symbol?.definition;
    if (!definition) {
      return this.outside(name);
    }
    return definition.broken ? undefined : this.scopeOf(definition);
  }

  private readonly answers = new Map<string, FunctionScope | undefined>();

  /** The names that were looked for in other files, and what they were found to mean. */
  get asked(): ReadonlyMap<string, FunctionScope | undefined> {
    return this.answers;
  }

  /** A function that this file declares, or a header that is not at hand, and another one defines. What the catalog knows is taken from there. */
  outside(name: string): FunctionScope | undefined {
    if (!this.elsewhere) {
      return undefined;
    }
    if (!this.answers.has(name)) {
      const found = this.lookedUp(name, this.elsewhere);
      if (found) homes.set(found.definition, found);
      this.answers.set(name, found);
    }
    return this.answers.get(name);
  }

  private readonly candidates = new Map<string, readonly FunctionScope[]>();

  /** Functions of several files, of which a name that this file only declares may mean any: that of its program. */
  several(name: string): readonly FunctionScope[] {
    if (!this.elsewhere || this.outside(name)) return [];
    let found = this.candidates.get(name);
    if (!found) {
      found = this.mayMean(name, this.elsewhere);
      for (const scope of found) homes.set(scope.definition, scope);
      this.candidates.set(name, found);
    }
    return found;
  }

  private mayMean(name: string, elsewhere: Elsewhere): FunctionScope[] {
    if (this.symbols.macro(name) || !this.isForeign(name)) return [];
    return elsewhere.findSeveral(name).filter((scope) => this.agreeing(name, scope));
  }

  /** Whether a name that was asked for still means the same. */
  isSame(name: string): boolean {
    const now = this.elsewhere && this.lookedUp(name, this.elsewhere);
    return now === this.answers.get(name) && (now !== undefined || this.isSameOfSeveral(name, this));
  }

  /** Whether a name that may mean any of several functions may mean the same ones, as another context of this file sees it. */
  isSameOfSeveral(name: string, before: FileContext): boolean {
    const known = before.candidates.get(name);
    const now = known && this.elsewhere ? this.mayMean(name, this.elsewhere) : undefined;
    return (
      !known ||
      (known.length === now?.length && known.every(({ definition }, i) => definition === now[i]?.definition))
    );
  }

  private lookedUp(name: string, elsewhere: Elsewhere): FunctionScope | undefined {
    if (this.isForeign(name)) {
      return this.agreeing(name, elsewhere.find(name));
    }
    return this.mayBeDeclared(name) ? elsewhere.findBeside(name) : undefined;
  }

  /** Declared and defined with as many parameters; else they are not the same function. */
  private agreeing(name: string, found: FunctionScope | undefined): FunctionScope | undefined {
    const declared = this.symbols.function(name)?.type.params.length ?? 0;
    const defined = found?.definition.type.params.length ?? 0;
    // `int f();` says nothing of the parameters.
    return declared === 0 || declared === defined ? found : undefined;
  }

  /** Nobody declares the function as far as can be seen, and the header that most likely does is not at hand. Wrappers are its library's own. */
  private mayBeDeclared(name: string): boolean {
    return (
      this.elsewhere?.lacksHeaders === true &&
      !namesakeOf(name) &&
      !this.symbols.function(name) &&
      !this.symbols.global(name) &&
      !this.catalogued(name)
    );
  }

  private isForeign(name: string): boolean {
    const symbol = this.symbols.function(name);
    return (
      symbol !== undefined &&
      symbol !== this.toolbox.system.function(name) &&
      !symbol.definition &&
      !symbol.storage.includes('static') &&
      !this.catalogued(name)
    );
  }

  private readonly meanings = new Map<string, Call | undefined>();

  /** The catalogued call that a name means here, or that a function of this name makes and does nothing else. */
  call(name: string): Call | undefined {
    if (!this.meanings.has(name))
      this.meanings.set(name, this.catalogued(name) ?? this.wrapped(name) ?? this.passedOn(name));
    return this.meanings.get(name);
  }

  private wrapped(name: string): Call | undefined {
    const call = namesakeOf(name);
    if (!call || this.symbols.macro(name) || this.symbols.global(name)) {
      return undefined;
    }
    const declared = this.symbols.function(name);
    const original = this.toolbox.system.function(call.name);
    const outside = declared?.definition ? undefined : this.outside(name)?.definition;
    const text = declared?.definition ?? outside;
    const fork = declared?.definition ? undefined : forkBy(name, declared?.type, outside);
    if (fork) {
      return fork;
    }
    if (text ? !onlyMakes(text, call) : isLoose(name)) {
      return undefined;
    }
    const resolve = (type: CType) => this.evaluator.types.resolve(type);
    const fits = !declared || !original || standsFor(declared.type, original.type, resolve);
    return fits ? wrapperOf(call) : undefined;
  }

  /** The call that a function of the project makes and nothing else, be it again and again while it is interrupted. */
  private passedOn(name: string): Call | undefined {
    const text = this.callee(name);
    const callOf = (inner: string) => text?.file.catalogued(inner);
    const call = text && (forwardedCall(text.definition, callOf) ?? repeatedCall(text.definition, callOf));
    const original = call && this.toolbox.system.function(call.name);
    const fits = original && text.definition.type.params.length === original.type.params.length;
    return fits &&
      standsFor(text.definition.type, original.type, (type) => this.evaluator.types.resolve(type))
      ? call
      : undefined;
  }

  /** Undefined where the project has a function or macro of that name itself, unless it only stands in where a system lacks it. */
  private catalogued(name: string): Call | undefined {
    const call = calls.get(name)?.record;
    const definition = this.symbols.function(name)?.definition;
    if (!call || (definition && !definition.conditional) || this.symbols.macro(name)?.params) {
      return undefined;
    }
    return this.isDeclaredOtherwise(name) ? undefined : call;
  }

  /** The project declares a function of this name with other parameters: its definition lies elsewhere. */
  private isDeclaredOtherwise(name: string): boolean {
    const declared = this.symbols.function(name)?.type;
    const system = this.toolbox.system.function(name)?.type;
    // `int send();` says nothing of the parameters.
    return (
      declared !== undefined &&
      system !== undefined &&
      declared.params.length > 0 &&
      (!standsFor(declared, system, (type) => this.evaluator.types.resolve(type)) ||
        declared.variadic !== system.variadic)
    );
  }
}

/** The names declared inside a function: its variables and the types it defines for itself. */
export class FunctionScope implements Locals {
  private readonly declared = new Map<string, CType>();
  /** Names that mean one variable in a block and another around it: what is known of one must not be taken for the other. */
  readonly ambiguous: ReadonlySet<string>;
  /** Folds constants and finds types with the function's own types in view. */
  readonly evaluator: Evaluator;
  /** Puts in what the macros used in it stand for. */
  readonly expander: Expander;

  constructor(
    readonly file: FileContext,
    readonly definition: FunctionDefinition,
  ) {
    for (const param of definition.type.params) {
      if (param.name !== undefined) {
        this.declared.set(param.name, param.type);
      }
    }
    const own = new Symbols();
    const repeated = new Set<string>();
    walkStmt(definition.body, {
      stmt: (stmt) => {
        if (stmt.kind === 'decl') {
          this.declare(stmt.declaration, own, repeated);
        }
      },
    });
    this.ambiguous = repeated.size === 0 ? repeated : shadowed(definition, repeated);
    this.evaluator = own.isEmpty ? file.evaluator : file.evaluatorWith(own);
    this.expander = new Expander(
      file.symbols,
      file.toolbox.fragments,
      (name) => this.declared.has(name),
      ({ name, type }) => this.declared.set(name, this.declared.get(name) ?? type),
    );
  }

  private declare({ storage, base, declarators }: Declaration, own: Symbols, repeated: Set<string>): void {
    own.addTypes(base);
    for (const { name, type } of declarators) {
      if (storage.includes('typedef')) {
        own.typedefs.set(name, type);
        continue;
      }
      // A name declared twice with different types means neither for certain.
      const known = this.declared.get(name);
      if (known) repeated.add(name);
      const same = !known || JSON.stringify(known) === JSON.stringify(type);
      this.declared.set(name, same ? type : { k: 'unknown' });
    }
  }

  typeOf(name: string): CType | undefined {
    return this.declared.get(name);
  }

  private readonly types = new WeakMap<Expr, CType | null>();

  /** The type of an expression with typedefs and tags followed; asked for often, so kept. */
  resolvedTypeOf(expr: Expr): CType | undefined {
    let type = this.types.get(expr);
    if (type === undefined) {
      const found = this.evaluator.typeOf(expr, this);
      type = (found && this.evaluator.types.resolve(found)) ?? null;
      this.types.set(expr, type);
    }
    return type ?? undefined;
  }

  /** The catalogued call that a name means inside this function. */
  call(name: string): Call | undefined {
    return this.declared.has(name) ? undefined : this.file.call(name);
  }
}

/** Which of the names are declared inside the scope of another declaration of theirs. */
function shadowed(definition: FunctionDefinition, names: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  const visit = (stmt: Stmt, around: ReadonlySet<string>) => {
    const scope = new Set(around);
    for (const inner of statementsOf(stmt)) {
      if (inner.kind !== 'decl') {
        visit(inner, scope);
        continue;
      }
      for (const { name } of inner.declaration.declarators) {
        if (around.has(name)) found.add(name);
        if (names.has(name)) scope.add(name);
      }
    }
  };
  const params = definition.type.params.flatMap(({ name }) =>
    name !== undefined && names.has(name) ? [name] : [],
  );
  visit(definition.body, new Set(params));
  return found;
}
