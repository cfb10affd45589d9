import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type Job, type Report, reportOfFailure, type Setup } from './jobs';

/** Files that a thread gets at a time. Neighbours in a folder call each other and share headers: they stay together. */
const mostAtOnce = 6;
/** With fewer files a second thread costs more than it saves. */
const fewest = 12;
const mostThreads = 8;

/** How many threads are worth while for so many files. */
export function threadsFor(files: number): number {
  return files < fewest ? 1 : Math.min(availableParallelism(), mostThreads, Math.ceil(files / mostAtOnce));
}

/** Tells a thread that `threads` began from one of other origin. */
const mark = 'ipc-lens-check';

interface Task {
  [mark]: true;
  setup: Setup;
}

/**
 * Does jobs in threads that run the program at `entry`, which has to call `serveThread` in them. The reports come in the order
 * of the jobs, whoever did which. A job that ends its thread is told as a problem; rejects when threads cannot begin at all.
 */
export async function inThreads(
  entry: string,
  count: number,
  jobs: readonly Job[],
  setup: Setup,
): Promise<Report[]> {
  const portions = portionsOf(jobs, count);
  const reports: Report[] = [];
  const work = async () => {
    const thread = new Renewed(entry, setup);
    try {
      for (let portion = portions.shift(); portion; portion = portions.shift()) {
        for (const at of portion) reports[at] = await thread.do(jobs[at]!);
      }
    } catch (error) {
      // The others end with what they are at.
      portions.length = 0;
      throw error;
    } finally {
      await thread.end();
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: count }, work));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return reports;
}

/** The numbers of the jobs, in portions of neighbours, small enough that no thread has nothing to do for long. */
function portionsOf(jobs: readonly Job[], threads: number): number[][] {
  const size = Math.max(1, Math.min(mostAtOnce, Math.floor(jobs.length / (threads * 4))));
  const portions: number[][] = [];
  let last: number[] = [];
  for (const [at, job] of jobs.entries()) {
    // What concerns many files is a portion of its own: it takes long.
    if (last.length === 0 || last.length === size || 'together' in job) portions.push((last = []));
    last.push(at);
    if ('together' in job) last = [];
  }
  return portions;
}

/** A thread, and another in its place when it ends before its time. */
class Renewed {
  private thread: Thread | undefined;

  constructor(
    private readonly entry: string,
    private readonly setup: Setup,
  ) {}

  async do(job: Job): Promise<Report> {
    for (;;) {
      const isNew = this.thread === undefined;
      this.thread ??= new Thread(this.entry, this.setup);
      await this.thread.ready;
      try {
        return await this.thread.do(job);
      } catch (error) {
        await this.end();
        // One that ran out of memory may have gathered it in earlier jobs: only what ends a new one is to blame.
        if (isNew) return reportOfFailure(job, error instanceof Error ? error.message : error);
      }
    }
  }

  async end(): Promise<void> {
    await this.thread?.end();
    this.thread = undefined;
  }
}

/** A thread that does one job after the other. */
class Thread {
  private readonly worker: Worker;
  private waiting: { resolve(report: Report): void; reject(error: unknown): void } | undefined;
  /** Why it does no more. */
  private ended: { error: unknown } | undefined;

  /** Rejects when it cannot begin. */
  readonly ready: Promise<unknown>;

  constructor(entry: string, setup: Setup) {
    this.worker = new Worker(entry, { workerData: { [mark]: true, setup } satisfies Task });
    this.worker.on('message', (report: Report) => this.waiting?.resolve(report));
    this.worker.on('error', (error) => this.lost(error));
    this.worker.on('exit', (status) => this.lost(new Error(`its thread ended with status ${status}`)));
    this.ready = this.answer();
  }

  do(job: Job): Promise<Report> {
    this.worker.postMessage(job);
    return this.answer();
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private answer(): Promise<Report> {
    return new Promise((resolve, reject) => {
      if (this.ended) reject(this.ended.error);
      this.waiting = { resolve, reject };
    });
  }

  private lost(error: unknown): void {
    this.ended ??= { error };
    this.waiting?.reject(error);
  }
}

/** What does jobs in a thread. */
interface Worked {
  do(job: Job): Report;
}

/** In a thread that `inThreads` began: does the jobs it is given with what `create` makes, and returns true. */
export function serveThread(create: (setup: Setup) => Promise<Worked>): boolean {
  const task = workerData as Task | null;
  const port = parentPort;
  if (isMainThread || !port || task?.[mark] !== true) {
    return false;
  }
  void create(task.setup).then((worked) => {
    port.on('message', (job: Job) => port.postMessage(worked.do(job)));
    // Tells that it is ready: what goes wrong from now on is a matter of a job.
    port.postMessage(nothing);
  });
  return true;
}

const nothing: Report = { findings: [], problems: [] };
