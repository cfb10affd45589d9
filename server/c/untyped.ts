/**
 * `main() { ... }`: C before 1999 let a function without a type return int, and programs of that time are still read. The grammar knows no such
 * function; it leaves its body as a block that belongs to nothing.
 */

/** What the parser is to read in front of such a function. */
export const impliedType = 'int ';

/** The name, its parameters and their declarations, up to the body. */
const header = /(?:^|\n)(([a-z_]\w*)\s*\(([\w\s,*[\]]*)\)\s*((?:[A-Za-z_][\w\s,*[\]]*;\s*)*))$/;

/** No head is longer. */
const longest = 600;

/** Where the head of a function without a type begins, of which the body begins at a place; undefined where there is none. */
export function untypedHead(text: string, body: number): number | undefined {
  const before = text
    .slice(Math.max(0, body - longest), body)
    .replaceAll(/\/\*.*?\*\/|\/\/[^\n]*/gs, (comment) => comment.replaceAll(/[^\n]/g, ' '));
  const found = header.exec(before);
  const [, head, name, params = '', declared = ''] = found ?? [];
  if (head === undefined || /^(?:if|while|for|switch|return|sizeof|else|do)$/.test(name ?? ''))
    return undefined;
  // Either names alone, which are declared behind, or whole declarations.
  const names = params.trim() === '' ? [] : params.split(',').map((param) => param.trim());
  const isOld = names.every((param) => /^\w+$/.test(param));
  if (declared !== '' && !names.some((param) => new RegExp(`\\b${param}\\b`).test(declared)))
    return undefined;
  if (declared === '' && isOld && names.length > 0 && name !== 'main') return undefined;
  const start = body - head.length;
  // A type, or what this reader does not know, may stand in the line before.
  const above = text.slice(0, start).trimEnd();
  const line = above.slice(above.lastIndexOf('\n') + 1).trim();
  if (!/^(?:#|\/\/)|[;}]$|\*\/$|^$/.test(line)) return undefined;
  return start >= impliedType.length ? start : undefined;
}
