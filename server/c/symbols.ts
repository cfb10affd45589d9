import type { CType, Expr, FunctionDefinition, Item, MacroItem, PlacedItem } from './ast';

export interface FunctionSymbol {
  type: Extract<CType, { k: 'function' }>;
  /** The definition, when the text of it is at hand. */
  definition?: FunctionDefinition;
  storage: string[];
  attributes: string[];
}

type Table = 'macros' | 'typedefs' | 'tags' | 'enumerators' | 'functions' | 'globals';
type Found<K extends Table> = Symbols[K] extends Map<string, infer T> ? T : never;

/** What a program has for machines of the other byte order, `#define htons(x) (x)`, is not what these do where it runs. */
const ownOrder = /^(?:hton|ntoh)[sl]$/;

/** What a macro stands for that does nothing. */
const nothing = /^\s*(?:\(*\s*\(\s*void\s*\)\s*0\s*\)*|do\s*\{\s*\}\s*while\s*\(\s*0\s*\))?\s*$/;

/**
 * The names that a file declares at its top level, with those of the files it includes behind them. Lookups go to
 * the file first and then through the includes, the last one first, each file once.
 */
export class Symbols {
  readonly macros = new Map<string, MacroItem>();
  readonly typedefs = new Map<string, CType>();
  /** Structs, unions and enums by `struct tag`. */
  readonly tags = new Map<string, CType>();
  readonly enumerators = new Map<string, { type: Extract<CType, { k: 'enum' }>; index: number }>();
  readonly functions = new Map<string, FunctionSymbol>();
  /** Every function with its text, also those that one name has several of, for different builds. */
  readonly definitions: FunctionDefinition[] = [];
  readonly globals = new Map<string, CType>();
  /** Storage classes, qualifiers and attributes of variables outside functions: `static`, `volatile`, ... */
  readonly qualities = new Map<string, readonly string[]>();
  /** Variables of this file alone: `static` outside functions. */
  readonly statics = new Set<string>();
  /** What global variables of this file are when the program starts. */
  readonly initialisers = new Map<string, Expr>();
  private behind: Symbols[] = [];
  /** What stands behind, in the order of lookup, and what it answered: complete before anything is asked. */
  private order: Symbols[] | undefined;
  private readonly answers = new Map<Table, Map<string, unknown>>();

  static of(items: readonly PlacedItem[]): Symbols {
    const symbols = new Symbols();
    for (const { item } of items) {
      symbols.add(item);
    }
    return symbols;
  }

  get isEmpty(): boolean {
    return this.typedefs.size + this.tags.size + this.enumerators.size === 0;
  }

  /** Makes the names of `symbols` visible behind the names already here. */
  include(symbols: Symbols): void {
    this.behind.unshift(symbols);
    this.forgetAnswers();
  }

  /** As `include`, but behind everything included so far. */
  includeLast(symbols: Symbols): void {
    this.behind.push(symbols);
    this.forgetAnswers();
  }

  macro(name: string): MacroItem | undefined {
    return this.find('macros', name);
  }

  typedef(name: string): CType | undefined {
    return this.find('typedefs', name);
  }

  /** A struct, union or enum with its members, by `struct tag`. */
  tag(key: string): CType | undefined {
    return this.find('tags', key);
  }

  enumerator(name: string): { type: Extract<CType, { k: 'enum' }>; index: number } | undefined {
    return this.find('enumerators', name);
  }

  function(name: string): FunctionSymbol | undefined {
    return this.find('functions', name);
  }

  global(name: string): CType | undefined {
    return this.find('globals', name);
  }

  /** Whether a name is a variable of this file alone. */
  isStatic(name: string): boolean {
    return this.statics.has(name);
  }

  /** Where a variable outside functions is declared, here or in a header. */
  private declaring(name: string): Symbols | undefined {
    if (this.globals.has(name)) return this;
    return this.findBehind('globals', name) && this.others.find(({ globals }) => globals.has(name));
  }

  /** What a variable of this file is when the program starts, or what a constant of a header is: `static const int most = 8;`. */
  initialiser(name: string): Expr | undefined {
    const from = this.declaring(name);
    return from === this || this.isConstant(name) ? from?.initialisers.get(name) : undefined;
  }

  /** Declared `const`, here or in a header; what a pointer leads to does not count. */
  isConstant(name: string): boolean {
    const from = this.declaring(name);
    const type = from?.globals.get(name);
    return (
      type !== undefined && type.k !== 'pointer' && (from?.qualities.get(name)?.includes('const') ?? false)
    );
  }

  private find<K extends Table>(table: K, name: string): Found<K> | undefined {
    return (this[table].get(name) as Found<K> | undefined) ?? this.findBehind(table, name);
  }

  /** A file may have hundreds of headers, and is asked for the same few names all the time. */
  private findBehind<K extends Table>(table: K, name: string): Found<K> | undefined {
    if (this.behind.length === 0) {
      return undefined;
    }
    let known = this.answers.get(table);
    if (!known) {
      known = new Map();
      this.answers.set(table, known);
    }
    let found = known.get(name) as Found<K> | undefined;
    if (found === undefined && !known.has(name)) {
      for (const symbols of this.others) {
        found = symbols[table].get(name) as Found<K> | undefined;
        if (found !== undefined) break;
      }
      known.set(name, found);
    }
    return found;
  }

  /** All that stands behind, in the order of lookup. */
  private get others(): readonly Symbols[] {
    this.order ??= [...this.inOrder(new Set())].slice(1);
    return this.order;
  }

  /** These names and those behind them, in the order of lookup, each once. */
  private inOrder(seen: Set<Symbols>): Set<Symbols> {
    if (!seen.has(this)) {
      seen.add(this);
      for (const symbols of this.behind) symbols.inOrder(seen);
    }
    return seen;
  }

  private forgetAnswers(): void {
    this.order = undefined;
    this.answers.clear();
  }

  add(item: Item): void {
    switch (item.kind) {
      case 'macro':
        this.addMacro(item);
        break;
      case 'function':
        this.definitions.push(item);
        this.functions.set(item.name, {
          type: item.type,
          definition: item,
          storage: item.storage,
          attributes: item.attributes,
        });
        this.addTypes(item.type.returns);
        break;
      case 'declaration':
        this.addTypes(item.declaration.base);
        for (const { name, type, init } of item.declaration.declarators) {
          this.addDeclared(name, type, item.declaration.storage, item.attributes);
          if (init) this.initialisers.set(name, init);
        }
        break;
      case 'include':
        break;
    }
  }

  /** Macros that stand for code in some builds and for nothing in others. */
  private readonly emptied = new Set<string>();

  /** Whether a macro with parameters stands for nothing in some build. */
  mayBeNothing(name: string): boolean {
    if (this.macros.has(name)) return this.emptied.has(name);
    return this.behind.length > 0 && this.others.some((symbols) => symbols.emptied.has(name));
  }

  /** Names of types whose declaration says `volatile`. */
  private readonly volatileTypes = new Set<string>();

  isVolatileType(name: string): boolean {
    if (this.typedefs.has(name)) return this.volatileTypes.has(name);
    return this.behind.length > 0 && this.others.some((symbols) => symbols.volatileTypes.has(name));
  }

  /** How many functions stood above each macro's definition. */
  private readonly above = new Map<string, number>();

  private addMacro(item: MacroItem): void {
    if (item.undef) {
      const functions = this.definitions.length - (this.above.get(item.name) ?? this.definitions.length);
      const other = this.macros.get(item.name)?.body ?? '';
      // Functions in between may use it; what gives another name to a function means it there alone.
      if (functions === 0 || /^\s*\w*\s*$/.test(other)) this.macros.delete(item.name);
      this.above.delete(item.name);
      return;
    }
    if (ownOrder.test(item.name)) return;
    const known = this.above.has(item.name) ? this.macros.get(item.name) : undefined;
    this.above.set(item.name, this.definitions.length);
    const isEmpty = item.params !== undefined && nothing.test(item.body);
    if (isEmpty) this.emptied.add(item.name);
    // Of two builds, the one that does something is looked at.
    if (!known || !isEmpty) this.macros.set(item.name, item);
  }

  private addDeclared(name: string, type: CType, storage: string[], attributes: string[]): void {
    if (storage.includes('typedef')) {
      this.typedefs.set(name, type);
      if (attributes.includes('volatile')) this.volatileTypes.add(name);
    } else if (type.k === 'function') {
      if (!this.functions.get(name)?.definition) {
        this.functions.set(name, { type, storage, attributes });
      }
    } else {
      this.globals.set(name, type);
      this.qualities.set(name, [...(this.qualities.get(name) ?? []), ...storage, ...attributes]);
      if (storage.includes('static')) this.statics.add(name);
    }
  }

  /** Records the structs, unions and enums that a type defines inside itself. */
  addTypes(type: CType): void {
    if (type.k === 'struct' && type.members) {
      if (type.tag !== undefined) {
        this.tags.set(`${type.union ? 'union' : 'struct'} ${type.tag}`, type);
      }
      for (const member of type.members) {
        this.addTypes(member.type);
      }
    } else if (type.k === 'enum' && type.members) {
      if (type.tag !== undefined) {
        this.tags.set(`enum ${type.tag}`, type);
      }
      const enumeration = type;
      type.members.forEach((member, index) => {
        this.enumerators.set(member.name, { type: enumeration, index });
      });
    } else if (type.k === 'pointer') {
      this.addTypes(type.to);
    } else if (type.k === 'array') {
      this.addTypes(type.of);
    }
  }
}
