/** What the threads of threads.test.ts run: jobs that go wrong in all the ways in which a thread can. */
import type { Job, Report } from '../../../server/check/jobs';
import { serveThread } from '../../../server/check/threads';

const nothing = new Int32Array(new SharedArrayBuffer(4));
let done = 0;

function lint(file: string): Report {
  switch (file) {
    case 'long':
      Atomics.wait(nothing, 0, 0, 50);
      break;
    case 'throws':
      throw new Error('thrown on purpose');
    case 'exits':
      process.exit(7);
      break;
    case 'only first':
      if (done > 0) process.exit(8);
      break;
    case 'memory': {
      const much: unknown[] = [];
      for (;;) much.push(Array.from({ length: 1000 }, (_, i) => ({ i })));
    }
  }
  done++;
  return { findings: [], problems: [`${file} is done`] };
}

serveThread(async ({ folders }) => {
  if (folders.includes('none')) throw new Error('it cannot begin');
  return { do: (job: Job) => lint('lint' in job ? job.lint : 'together') };
});
