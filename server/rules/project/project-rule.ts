import type { RuleMeta, Severity } from '../rule';
import type { PlacedLock, PlacedUse, PlaceInFile } from './facts';
import { identityOf } from './object-use';

/** A `main` with what it calls in other files; or the files that no program of their neighbourhood calls. */
export interface ProgramView {
  /** The file with `main`; absent for files that belong to no program. */
  main?: string;
  files: readonly string[];
  uses: readonly PlacedUse[];
  /** In which order it takes locks. */
  locks: readonly PlacedLock[];
  /** Functions that it starts as threads. */
  starts: readonly string[];
  /** It makes other processes of itself. */
  forks: boolean;
}

/** Programs that are likely to work together: in one folder, or around a header that few others include. */
export interface Neighbourhood {
  programs: readonly ProgramView[];
  /** What they all do, each use once. */
  uses: readonly PlacedUse[];
}

export interface ProjectReport {
  /** Where to tell. */
  use: PlaceInFile;
  /** As of other rules: what is wrong and what happens then; and how to mend it. */
  message: string;
  related?: { use: PlaceInFile; message: string }[];
  severity?: Severity;
}

/** A rule that looks at programs together; it is asked about each neighbourhood. */
export interface ProjectRule {
  /** As for other rules. Examples may be several files, each begun by a line with its name: `// file: server.c`. */
  meta: RuleMeta;
  checkProject(neighbourhood: Neighbourhood, report: (finding: ProjectReport) => void): void;
}

/* ------------------------------------------------------------------ for rules */

/** The uses of each object whose name is known, by kind and name. */
export function byObject(uses: readonly PlacedUse[]): Map<string, PlacedUse[]> {
  const found = new Map<string, PlacedUse[]>();
  for (const use of uses) {
    const key = identityOf(use);
    if (key === undefined) continue;
    const known = found.get(key);
    if (known) known.push(use);
    else found.set(key, [use]);
  }
  return found;
}

/** A use by one process: a program, or what a fork made of it. */
export interface Act {
  use: PlacedUse;
  program: ProgramView;
  /** Absent where it may be any process of the program. */
  process?: string;
}

/** What all programs do, once for each that does it. */
export function actsOf({ programs }: Neighbourhood): Act[] {
  return programs.flatMap((program, index) =>
    program.uses.map((use) => ({
      use,
      program,
      ...(use.root === 'main' ? { process: `${index} ${use.role}` } : {}),
    })),
  );
}

/** Certainly by two processes. Files that belong to no program may be of any. */
export function areApart(a: Act, b: Act): boolean {
  return a.program === b.program
    ? a.process !== undefined && b.process !== undefined && a.process !== b.process
    : a.program.main !== undefined && b.program.main !== undefined;
}

/** The acts on each object whose name is known. */
export function actsByObject(acts: readonly Act[]): Map<string, Act[]> {
  const found = new Map<string, Act[]>();
  for (const act of acts) {
    const key = identityOf(act.use);
    if (key === undefined || act.use.name?.by === 'private') continue;
    const known = found.get(key);
    if (known) known.push(act);
    else found.set(key, [act]);
  }
  return found;
}

/** The place of a use in words: `server.c`. */
export function fileName({ file }: { file: string }): string {
  return file.slice(file.lastIndexOf('/') + 1);
}
