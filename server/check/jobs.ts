/** What a check is made of, as plain data: it is sent to threads and back. */
import type { Configuration } from '../rules/configuration';
import type { PlacedFinding } from '../rules/placing';

/** A place as it is printed: one-based line and column, the column in UTF-16 units. */
export interface PrintedPlace {
  line: number;
  column: number;
}

/** A finding as it is printed. */
export interface Reported extends PrintedPlace, Pick<PlacedFinding, 'rule' | 'severity' | 'message'> {
  file: string;
  /** The line of source. */
  source: string;
  /** `file` where it is another one. */
  related: (PrintedPlace & { file?: string; message: string })[];
}

/** What a run needs to know before its first job. */
export interface Setup {
  /** Headers that are found by name. */
  headers: string[];
  /** Folders in which includes are looked for. */
  folders: string[];
  /** Files that may define functions which others call. */
  sources: string[];
  preset?: Configuration['preset'];
}

/** What is to be done: to lint a file, or to look at what goes wrong between files. */
export type Job = { lint: string } | { together: readonly string[] };

/** What came of a job. */
export interface Report {
  /** In the files of the job, and in others of the project that they lead into. */
  findings: Reported[];
  /** Sentences on what could not be done. */
  problems: string[];
}

/** The report on a job that came to no end: the others are done all the same. */
export function reportOfFailure(job: Job, error: unknown): Report {
  const what = 'lint' in job ? job.lint : 'What goes wrong between files';
  const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { findings: [], problems: [`${what}: cannot be checked: ${why}`] };
}
