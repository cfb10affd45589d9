import { walkStmt } from '../c/ast';
import { rootName } from './aliasing';
import type { FileContext } from './context';
import { exposedBy } from './operators';
import { FileIndex, type Selector, surveyOf } from './survey';

/** Whether global variables keep what they are at the beginning. */

/** The variable cannot change, whatever stands in the functions. */
export function isConstant(name: string, { symbols }: FileContext): boolean {
  return symbols.isConstant(name);
}

/** Whether something of an index stands under a key anywhere in a file. */
export type Finds = (index: FileIndex<true>, key: Selector, file: FileContext) => boolean;

const holds: Finds = (index, key, file) => surveyOf(file).ask(index, key, file).answer.length > 0;

/** A pointer to a text that no function of the file changes, and no other file knows. */
export function isNeverSet(name: string, file: FileContext, finds: Finds = holds): boolean {
  const { symbols } = file;
  const first = symbols.initialisers.get(name);
  const own = symbols.isStatic(name) || symbols.functions.get('main')?.definition !== undefined;
  return (
    own &&
    symbols.globals.get(name)?.k === 'pointer' &&
    first !== undefined &&
    file.evaluator.string(first) !== undefined &&
    !namedByMacros(file).has(name) &&
    !finds(changes, name, file)
  );
}

/** The names that functions store into, or take the address of. */
const changes = new FileIndex(function* ({ body }): Generator<[string, true]> {
  const found = new Set<string>();
  walkStmt(body, {
    expr: (expr) => {
      const target = exposedBy(expr);
      const name = target && rootName(target);
      if (name !== undefined) found.add(name);
    },
  });
  for (const name of found) yield [name, true];
});

const cache = new WeakMap<FileContext, ReadonlySet<string>>();

/** Macros may store into any name that stands in them. */
function namedByMacros(file: FileContext): ReadonlySet<string> {
  let names = cache.get(file);
  if (!names) {
    names = new Set(
      [...file.symbols.macros.values()].flatMap(({ body }) => body.match(/[A-Za-z_]\w*/g) ?? []),
    );
    cache.set(file, names);
  }
  return names;
}
