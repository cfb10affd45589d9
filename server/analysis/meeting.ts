import type { Path } from './path';
import type { Value } from './values';

/** The paths that come to one point, by key. */
export type Arrived = Map<string, Path>;

/** Between what paths hold and what their deciding variables are, in a key. */
const divider = '\n';

/**
 * The key under which a path is kept apart at a point: what it holds, and the values by which control will be decided.
 */
export function keyAt(path: Path, deciding: readonly string[]): string {
  let key = path.key();
  for (const place of deciding) key += told(path.get(place));
  return key;
}

/** The same for a path that comes back from a function, by what the call gives there. */
export function keyWith(path: Path, result: Value | undefined): string {
  return path.key() + told(result);
}

function told(value: Value | undefined): string {
  const bits = value?.bits ? `${value.bits.set}:${value.bits.clear}:${value.bits.any}` : '';
  return `${divider}${value?.constant ?? value?.named ?? (value?.nonzero ? '!' : '?')}${bits}`;
}

/**
 * Adds a path to those at a point: joined with the one of its key, or kept apart as long as there is room. Gives the keys under which
 * something is new. With `tired`, numbers and the like are forgotten, which brings a search to its end.
 */
export function meet(paths: Arrived, key: string, path: Path, most: number, tired: boolean): string[] {
  const known = paths.get(key);
  if (known) {
    const joined = known.join(path);
    if (known.isSame(joined)) return [];
    if (tired) joined.forgetWhere(() => true);
    paths.set(key, joined);
    return [key];
  }
  if (paths.size < most) {
    paths.set(key, path);
    return [key];
  }
  const holding = (of: string) => of.split(divider, 1)[0];
  const alike = [...paths.keys()].find((other) => holding(other) === holding(key));
  if (alike !== undefined) {
    return meet(paths, alike, path, most, tired);
  }
  const freed = makeRoom(paths, holding);
  if (freed !== undefined) {
    paths.set(key, path);
    return [key, freed];
  }
  // No room: the path becomes one with another of its process, under that one's key.
  const [host] = [...paths].find(([, candidate]) => candidate.role === path.role) ?? [...paths][0]!;
  return meet(paths, host, path, most, tired);
}

/** Joins two paths that hold the same and differ only in what will decide. Gives the key of what is left. */
function makeRoom(paths: Arrived, holding: (key: string) => string | undefined): string | undefined {
  const first = new Map<string | undefined, string>();
  for (const [key, path] of paths) {
    const other = first.get(holding(key));
    if (other !== undefined) {
      paths.set(other, paths.get(other)!.join(path));
      paths.delete(key);
      return other;
    }
    first.set(holding(key), key);
  }
  return undefined;
}
