import { run } from './check/command';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader such as head may have seen enough; any other reason means that output is lost.
  if (error.code !== 'EPIPE') {
    process.stderr.write(`ipc-lens: the output cannot be written: ${error.message}\n`);
    process.exitCode = 2;
  }
});

run(process.argv.slice(2), process.stdout, process.stderr).then(
  (status) => {
    process.exitCode ??= status;
  },
  (error: unknown) => {
    process.stderr.write(
      `ipc-lens: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = 2;
  },
);
