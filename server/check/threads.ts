import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Checker, type FileReport, type Setup } from './checker';

/** Files that a thread gets at a time. Neighbours in a folder call each other and share headers: they stay together. */
const mostAtOnce = 6;
/** With fewer files a second thread costs more than it saves. */
const fewest = 12;
const mostThreads = 8;

/** How many threads are worth while for so many files. */
export function threadsFor(files: number): number {
  return files < fewest ? 1 : Math.min(availableParallelism(), mostThreads, Math.ceil(files / mostAtOnce));
}

/** What a thread is told: the files to lint next. Nothing more to come ends it. */
type Order = string[] | undefined;
type Answer = FileReport[];

/** Tells a thread that `threads` began from one of other origin. */
const mark = 'ipc-lens-check';

interface Task {
  [mark]: true;
  setup: Setup;
}

/**
 * Lints files in threads that run the program at `entry`, which has to call `serveThread` in them. `meanwhile` is done in this thread.
 * Rejects when a thread fails; all others are ended then.
 */
export async function lintInThreads<T>(
  entry: string,
  count: number,
  files: readonly string[],
  setup: Setup,
  meanwhile: () => Promise<T>,
): Promise<{ reports: FileReport[]; own: T }> {
  const portions = portionsOf(files, count);
  const task: Task = { [mark]: true, setup };
  const workers = Array.from({ length: count }, () => new Worker(entry, { workerData: task }));
  try {
    const served = Promise.all(workers.map((worker) => serve(worker, portions)));
    // Both are awaited together: a thread that fails ends all.
    const [reports, own] = await Promise.all([served, meanwhile()]);
    return { reports: reports.flat(), own };
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Portions of neighbouring files, small enough that no thread has nothing to do for long. */
function portionsOf(files: readonly string[], threads: number): string[][] {
  const size = Math.max(1, Math.min(mostAtOnce, Math.floor(files.length / (threads * 4))));
  const portions: string[][] = [];
  for (let at = 0; at < files.length; at += size) portions.push(files.slice(at, at + size));
  return portions;
}

/** Gives a thread one portion after the other until none is left. */
function serve(worker: Worker, portions: string[][]): Promise<FileReport[]> {
  return new Promise((resolve, reject) => {
    const reports: FileReport[] = [];
    const next = () => worker.postMessage(portions.shift() satisfies Order);
    worker.on('message', (answer: Answer) => {
      reports.push(...answer);
      next();
    });
    worker.once('error', reject);
    worker.once('exit', (status) => {
      if (status === 0) resolve(reports);
      else reject(new Error(`a thread ended with status ${status}`));
    });
    next();
  });
}

/** In a thread of `lintInThreads`: serves it, and returns true. */
export function serveThread(): boolean {
  const task = workerData as Task | null;
  const port = parentPort;
  if (isMainThread || !port || task?.[mark] !== true) {
    return false;
  }
  const ready = Checker.create(task.setup);
  port.on('message', async (order: Order) => {
    if (order === undefined) {
      port.close();
      return;
    }
    const checker = await ready;
    port.postMessage(order.map((file) => checker.check(file)) satisfies Answer);
  });
  return true;
}
