import type { Call } from '../../catalog/schema';

const cache = new WeakMap<Call, boolean[]>();

/**
 * For each argument position of a call, whether the call may store through it: a pointer whose target is not const.
 * Arguments beyond the list (those of `...`) may be stored through, unless the catalog says that they are only read.
 */
export function mayStoreThrough(call: Call, index: number): boolean {
  let flags = cache.get(call);
  if (!flags) {
    flags = parameterTexts(call.prototype).map((text) => /[*[]/.test(text) && !/\bconst\b[^*]*\*/.test(text));
    cache.set(call, flags);
  }
  return flags[index] ?? !call.params.at(-1)?.readOnly;
}

/** The parameter declarations of a prototype, as they are written. */
export function parameterTexts(prototype: string): string[] {
  const open = prototype.indexOf('(', prototype.search(/\w+\s*\(/));
  const inside = prototype.slice(open + 1, prototype.lastIndexOf(')'));
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < inside.length; i++) {
    const char = inside[i];
    if (char === '(' || char === '[') depth++;
    else if (char === ')' || char === ']') depth--;
    else if (char === ',' && depth === 0) {
      parts.push(inside.slice(start, i).trim());
      start = i + 1;
    }
  }
  parts.push(inside.slice(start).trim());
  return parts.filter((part) => part !== '' && part !== 'void' && part !== '...');
}
