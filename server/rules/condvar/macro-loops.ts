import type { CallEvent } from '../../analysis/events';
import type { Symbols } from '../../c/symbols';
import type { RuleContext } from '../rule';

/** Macros inside macros are followed so far. */
const deepest = 8;

/**
 * The wait comes from a macro that is a loop around it, or that uses one which is: `#define AWAIT(x) do { ... while ((x)->busy)
 * pthread_cond_wait(...); ... } while (0)`.
 */
export function loopsInMacro({ expr, name: called }: CallEvent, { scope, source }: RuleContext): boolean {
  const name = expr.use && /^\w+/.exec(source(expr.use))?.[0];
  return name !== undefined && loopsAround(called, name, scope.file.symbols, 0);
}

function loopsAround(wait: string, name: string, symbols: Symbols, depth: number): boolean {
  const macro = depth < deepest ? symbols.macro(name) : undefined;
  if (!macro) return false;
  if (depth === 0 || leadsTo(wait, name, symbols, depth)) {
    if (/\b(?:while|for)\s*\((?!\s*0\s*\))/.test(macro.body)) return true;
  }
  return [...wordsOf(macro.body)].some(
    (word) => word !== name && loopsAround(wait, word, symbols, depth + 1),
  );
}

function leadsTo(wait: string, name: string, symbols: Symbols, depth: number): boolean {
  const macro = depth < deepest ? symbols.macro(name) : undefined;
  return (
    macro !== undefined &&
    [...wordsOf(macro.body)].some(
      (word) => word === wait || (word !== name && leadsTo(wait, word, symbols, depth + 1)),
    )
  );
}

function wordsOf(body: string): ReadonlySet<string> {
  return new Set(body.match(/[A-Za-z_]\w*/g));
}
