/** The variables of one process in its C program: which types they have, and which names are still free. */

const numbers = new Set('int ssize_t size_t pid_t key_t mqd_t uint64_t unsigned socklen_t'.split(' '));

/** C turns each of these into any other. */
export const isNumber = (type: string | undefined): boolean => type !== undefined && numbers.has(type);

/** A name that two things want which C cannot give one name. */
export interface Conflict {
  name: string;
  /** What it is. */
  is: string;
  /** What it would have to be. */
  wanted: string;
}

/** What a declaration says of a name: `char[64]` of `char buf[64];`, `int` of `const int on = 1;`. */
export function typeIn(declaration: string, name: string): string {
  const form = new RegExp(`^(?:const )?(.*?)\\b${name}((?:\\[[^\\]]*\\])*)\\s*[=;]`);
  const [, type = '', sizes = ''] = form.exec(declaration) ?? [];
  return type.trim() + sizes;
}

/** `kept` of `kept[3]`. */
const arrayOf = (name: string) => /^(\w+)\[(\d+)\]$/.exec(name);

/** Names that the steps choose, with their types, of a whole program: names of the writer's own keep out of their way. */
export type Chosen = Map<string, string>;

export class Variables {
  private readonly types: Map<string, string>;
  /** What a structure was last filled with. */
  private readonly contents: Map<string, string>;

  constructor(
    readonly conflicts: Conflict[],
    private readonly chosen: Chosen,
    inherited?: Variables,
    fixed: Iterable<string> = [],
  ) {
    this.types = new Map(inherited?.types ?? [...fixed].map((name) => [name, 'fixed']));
    this.contents = new Map(inherited?.contents);
  }

  typeOf(name: string): string | undefined {
    return this.types.get(name);
  }

  get all(): ReadonlyMap<string, string> {
    return this.types;
  }

  /**
   * A name that a step chose is used as this type; true when it has still to be declared. A number can be assigned to a
   * variable of another type of number, but not stored at its address.
   */
  choose(name: string, type: string, use: 'assigned' | 'by address'): boolean {
    const element = arrayOf(name);
    if (element) return this.chooseElement(element[1]!, Number(element[2]));
    const is = this.types.get(name);
    if (is === undefined) {
      this.types.set(name, type);
      this.chosen.set(name, type);
      return true;
    }
    const turns = use === 'assigned' && isNumber(is) && isNumber(type);
    const fits = is === type || is === 'fixed' || turns || bothTexts(is, type);
    if (!fits) this.conflicts.push({ name, is, wanted: type });
    return false;
  }

  private chooseElement(array: string, index: number): boolean {
    const size = Number(/^int\[(\d+)\]$/.exec(this.types.get(array) ?? '')?.[1] ?? -1);
    if (size > index) return false;
    this.conflicts.push({
      name: array,
      is: this.types.get(array) ?? 'no array',
      wanted: `int[${index + 1}]`,
    });
    return false;
  }

  /** A name of the writer's own for something of this type: it is declared already, or free. */
  own(base: string, type: string): { name: string; first: boolean } {
    for (let number = 1; ; number++) {
      const name = number === 1 ? base : `${base}${number}`;
      const is = this.types.get(name) ?? this.chosen.get(name);
      if (is !== undefined && is !== type) continue;
      const first = !this.types.has(name);
      this.types.set(name, type);
      return { name, first };
    }
  }

  /** Whether the structure has to be filled: it has not this content already. */
  refill(name: string, content: string): boolean {
    const same = this.contents.get(name) === content;
    this.contents.set(name, content);
    return !same;
  }
}

/** A buffer is declared once, as large as the largest of its uses. */
const bothTexts = (one: string, other: string) => /^char\[/.test(one) && /^char\[/.test(other);
