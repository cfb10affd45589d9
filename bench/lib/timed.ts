import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export interface Times {
  /** Seconds on the clock. */
  wall: number;
  /** Seconds of computing, on all processors, of the command and all it started. */
  cpu: number;
}

/** Runs a command line of bash to its end and gives its times and exit status. What it prints is dropped. */
export function timed(
  script: string,
  args: readonly string[],
  cwd: string,
): Times & { status: number | null } {
  const { stderr, error, status } = spawnSync(
    'bash',
    ['-c', `TIMEFORMAT='%R %U %S'; time { ${script}; } >/dev/null 2>&1`, 'bench', ...args],
    { cwd, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' }, maxBuffer: 1 << 26 },
  );
  if (error) throw error;
  const [wall, user, system] = stderr.trim().split('\n').at(-1)!.split(' ').map(Number);
  if (wall === undefined || user === undefined || system === undefined || Number.isNaN(wall + user + system))
    throw new Error(`bash gave no times but: ${stderr}`);
  return { wall, cpu: user + system, status };
}

export interface CheckRun extends Times {
  /** The most memory that was resident at one moment, in megabytes. */
  megabytes: number;
  findings: number;
}

/** One run of `ipc-lens check`, with its memory. Throws when it could not do its work: that must not count as fast. */
export function timedCheck(dist: string, paths: readonly string[], work: string): CheckRun {
  const report = join(work, 'usage.json');
  rmSync(report, { force: true });
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--require', join(__dirname, 'usage.cjs'), join(dist, 'cli.js'), 'check', ...paths],
    { encoding: 'utf8', env: { ...process.env, IPC_LENS_USAGE: report }, maxBuffer: 1 << 30 },
  );
  const wall = (performance.now() - began) / 1000;
  const summary = /^(\d+) findings? in [1-9]/m.exec(stdout);
  if ((status !== 0 && status !== 1) || !summary)
    throw new Error(`check ended with ${status}: ${stderr.slice(0, 2000)}`);
  const { cpu, megabytes } = JSON.parse(readFileSync(report, 'utf8')) as { cpu: number; megabytes: number };
  return { wall, cpu, megabytes, findings: Number(summary[1]) };
}
