import { walkStmt } from '../c/ast';
import { rootName } from './aliasing';
import type { FileContext } from './context';

/** Whether global variables keep what they are at the beginning. */

/** The variable cannot change, whatever stands in the functions. */
export function isConstant(name: string, { symbols }: FileContext): boolean {
  const type = symbols.globals.get(name);
  // `const char *p`: what it points to is constant, not the pointer.
  return (
    type !== undefined && type.k !== 'pointer' && (symbols.qualities.get(name)?.includes('const') ?? false)
  );
}

/** A pointer to a text that no function of the file changes, and no other file knows. */
export function isNeverSet(name: string, file: FileContext): boolean {
  const { symbols } = file;
  const own = symbols.isStatic(name) || symbols.functions.get('main')?.definition !== undefined;
  return (
    own &&
    symbols.globals.get(name)?.k === 'pointer' &&
    symbols.initialisers.get(name)?.kind === 'string' &&
    !changedIn(file).has(name)
  );
}

const cache = new WeakMap<FileContext, ReadonlySet<string>>();

/** The names that anything in the file stores into, or takes the address of. */
function changedIn(file: FileContext): ReadonlySet<string> {
  let changed = cache.get(file);
  if (!changed) {
    const found = new Set<string>();
    for (const { body } of file.symbols.definitions) {
      walkStmt(body, {
        expr: (expr) => {
          const target =
            expr.kind === 'assign'
              ? expr.target
              : expr.kind === 'update' || (expr.kind === 'unary' && expr.op === '&')
                ? expr.operand
                : undefined;
          const name = target && rootName(target);
          if (name !== undefined) found.add(name);
        },
      });
    }
    for (const { body } of file.symbols.macros.values()) {
      for (const word of body.match(/[A-Za-z_]\w*/g) ?? []) found.add(word);
    }
    changed = found;
    cache.set(file, changed);
  }
  return changed;
}
