import type { Operand } from './events';
import type { Frame } from './frame';
import { unwrap } from './operators';
import type { Path } from './path';

/** Texts that functions of the C library put together in arrays of characters: they become names and paths. */

/** The text that a call stores where its first argument points to; undefined where it is not known. */
function textMade(name: string, args: readonly Operand[], path: Path, frame: Frame): string | undefined {
  const text = (index: number) => args[index]?.value.text;
  switch (name) {
    case 'strcpy':
    case 'stpcpy':
      return text(1);
    case 'strncpy':
    case 'strlcpy': {
      const room = args[2]?.value.constant;
      const source = text(1);
      return room !== undefined && source !== undefined && BigInt(source.length) < room ? source : undefined;
    }
    case 'strcat': {
      const before = args[0] && textOf(args[0], path, frame);
      const behind = text(1);
      return before !== undefined && behind !== undefined ? before + behind : undefined;
    }
    case 'sprintf':
      return formatted(text(1), args.slice(2));
    case 'snprintf': {
      const made = formatted(text(2), args.slice(3));
      const room = args[1]?.value.constant;
      return made !== undefined && room !== undefined && BigInt(made.length) >= room ? undefined : made;
    }
    default:
      return undefined;
  }
}

/** A format with plain `%s` and `%d` of which all arguments are known. */
function formatted(format: string | undefined, args: readonly Operand[]): string | undefined {
  if (format === undefined) {
    return undefined;
  }
  let next = 0;
  let known = true;
  const made = format.replace(/%(l*[du]|.|$)/g, (_, kind: string) => {
    if (kind === '%') return '%';
    const value = args[next++]?.value;
    const put = kind === 's' ? value?.text : /^l*[du]$/.test(kind) ? value?.constant?.toString() : undefined;
    known &&= put !== undefined;
    return put ?? '';
  });
  return known ? made : undefined;
}

const makers = new Set(['strcpy', 'stpcpy', 'strncpy', 'strlcpy', 'strcat', 'sprintf', 'snprintf']);

/** Finds what such a call will store, while its arguments still hold what it reads; the answer does it. */
export function storeText(
  name: string,
  args: readonly Operand[],
  path: Path,
  frame: Frame,
): (() => void) | undefined {
  const [into] = args;
  if (!makers.has(name) || !into) {
    return undefined;
  }
  const text = textMade(name, args, path, frame);
  const target = into.value.target ?? frame.targetOf(into.expr, path);
  const array = target?.endsWith('[0]') ? target.slice(0, -3) : undefined;
  if (text === undefined || array === undefined || frame.isAmbiguous(array)) {
    return undefined;
  }
  return () => path.replace(array, { text });
}

/** The text in the array that an expression stands for. */
function textOf({ expr, value }: Operand, path: Path, frame: Frame): string | undefined {
  const place = frame.place(unwrap(expr), path);
  return value.text ?? (place === undefined ? undefined : path.get(place)?.text);
}
