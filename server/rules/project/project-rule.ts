import type { RuleMeta, Severity } from '../rule';
import type { PlacedUse } from './facts';
import { identityOf } from './object-use';

/** A `main` with what it calls in other files; or the files that no program of their neighbourhood calls. */
export interface ProgramView {
  /** The file with `main`; absent for files that belong to no program. */
  main?: string;
  files: readonly string[];
  uses: readonly PlacedUse[];
  /** It starts threads. */
  threads: boolean;
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
  use: PlacedUse;
  /** As of other rules: what is wrong and what happens then; and how to mend it. */
  message: string;
  related?: { use: PlacedUse; message: string }[];
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

/** The place of a use in words: `server.c`. */
export function fileName({ file }: { file: string }): string {
  return file.slice(file.lastIndexOf('/') + 1);
}
