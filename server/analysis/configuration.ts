import { type Build, factsOf, isSuch } from '../c/builds';
import type { FileContext } from './context';
import type { Path } from './path';

/** Branches of conditional compilation whose condition cannot be told: along one path, all of them belong to one build. */

/** The path, where it belongs to such a build, with what is known of the build now. */
export function inBuild(build: Build, path: Path, file: FileContext): Path | undefined {
  if (isOfOther(build, path)) return undefined;
  const inside = path.copy();
  learnBuild(build, inside, file);
  return inside;
}

export function learnBuild(build: Build, path: Path, { symbols }: FileContext): void {
  for (const { name, is } of factsOf(build)) {
    // Whether the file itself defines it, perhaps because it was not defined, may be one thing here and another there; not so what its headers define. What it stands for is the same.
    const isOwn =
      /\bdefined\b/.test(name) &&
      (name.match(/[A-Za-z_]\w*/g) ?? []).some((word) => symbols.macros.has(word));
    if (!isOwn) path.build.set(name, is);
    // What is a number other than 0 is defined.
    if (is && /^[A-Za-z_]\w*$/.test(name)) path.build.set(`defined ${name}`, true);
  }
}

/** On this path it was something else that is compiled. */
export function isOfOther(build: Build, path: Path): boolean {
  return isSuch(build, (name) => path.build.get(name)) === false;
}

/** What is known of the build on this path says that it is such a one. */
export function isOfThis(build: Build, path: Path): boolean {
  return isSuch(build, (name) => path.build.get(name)) === true;
}
