export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  ms: number;
}

export interface MochaResult {
  files: Record<string, Counts>;
  /** What no single test says: a crash, a run too long, a process left running. */
  problem?: string;
}

export function runMocha(
  files: string[],
  options: {
    args?: string[];
    env?: Record<string, string>;
    tmp: string;
    timeout: number;
    grace?: number;
    quiet?: boolean;
  },
): Promise<MochaResult>;
