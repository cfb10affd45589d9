/** A small reader of C function prototypes: enough for what the catalog and the manual pages hold. */

export interface PrototypeParam {
  /** Empty when the prototype gives no name. */
  name: string;
  /** The type without the name, whitespace normalised: `const struct sigaction *restrict`. */
  type: string;
}

export interface Prototype {
  name: string;
  returns: string;
  params: PrototypeParam[];
  variadic: boolean;
}

const keywords = new Set(
  'void char short int long float double signed unsigned const volatile restrict struct union enum'.split(
    ' ',
  ),
);

/** Takes comments, attributes and storage classes away and squeezes white space. */
export function tidy(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, ' ')
    .replace(/\[\[\w+\]\]/g, ' ')
    .replace(/\b(?:extern|static|_Nullable|_Nonnull|_Noreturn|noreturn)\b/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Splits at commas that stand in no bracket. */
export function splitTopLevel(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '(' || c === '[' || c === '{') depth++;
    else if (c === ')' || c === ']' || c === '}') depth--;
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** Reads one declarator such as `const char *name`, `int fd[2]` or `void (*run)(void *)`. */
export function parseDeclaration(text: string): PrototypeParam {
  const source = tidy(text);
  const pointer = /^(.*?)\(\s*\*\s*(?:const\s+)?(\w*)\s*(\[[^\]]*\])?\)\s*(\(.*\))$/.exec(source);
  if (pointer) {
    const [, returns = '', name = '', array = '', params = ''] = pointer;
    return { name, type: `${returns.trim()} (*${array})${params}` };
  }
  const plain = /^(.*?)(\w*)\s*((?:\[[^\]]*\]\s*)*)$/.exec(source);
  if (!plain) return { name: '', type: source };
  const [, before = '', word = '', arrays = ''] = plain;
  const lastIsType =
    keywords.has(word) || before.trim() === '' || /^(?:struct|union|enum)$/.test(before.trim());
  return lastIsType
    ? { name: '', type: `${before}${word}${arrays}`.trim() }
    : { name: word, type: `${before.trim()}${arrays ? ` ${arrays.trim()}` : ''}` };
}

/** Reads `int open(const char *path, int flags, ...);`; undefined when the text is no such declaration. */
export function parsePrototype(text: string): Prototype | undefined {
  const source = tidy(text).replace(/;$/, '').trim();
  const head = /^([\w\s*]*?[\s*])(\w+)\s*\((.*)\)$/.exec(source);
  if (!head) return undefined;
  const [, returns = '', name = '', inside = ''] = head;
  const pieces = splitTopLevel(inside);
  const variadic = pieces.at(-1)?.startsWith('...') ?? false;
  const params = (variadic ? pieces.slice(0, -1) : pieces)
    .filter((piece) => piece !== 'void')
    .map(parseDeclaration);
  return { name, returns: returns.trim(), params, variadic };
}

/** A type in one spelling, so that two ways to write it compare equal: no qualifiers of the parameter itself, arrays as pointers. */
export function canonicalType(type: string): string {
  let text = tidy(type)
    .replace(/\brestrict\b|__restrict\b/g, ' ')
    .replace(/\[[^\]]*\]/, '*')
    .replace(/\bunsigned\b(?!\s+(?:int|long|short|char))/g, 'unsigned int')
    .replace(/\blong int\b/g, 'long')
    .replace(/\s*\*\s*/g, '*')
    .replace(/\s*([(),])\s*/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
  text = text.replace(/\*const$/, '*');
  // Parameter names inside the parameter list of a function pointer do not matter.
  const pointer = /^(.*?)\((\*+)\)\((.*)\)$/.exec(text);
  if (pointer) {
    const inner = splitTopLevel(pointer[3] ?? '').map((param) => canonicalType(parseDeclaration(param).type));
    return `${pointer[1]}(${pointer[2]})(${inner.join(',')})`;
  }
  // `const T` passed by value is the same to the caller as `T`.
  return text.includes('*') ? text : text.replace(/^const /, '');
}
