import { fileURLToPath } from 'node:url';
import { Checker } from './check/checker';
import { run as check } from './check/command';
import { serveThread } from './check/threads';
import type { Output } from './command-line/arguments';
import { run as state } from './state/command';

const help = `Usage: ipc-lens <command> [options]

  check   finds mistakes in the use of interprocess communication in C
  state   shows the kernel's IPC objects and the processes that hold them

ipc-lens <command> --help tells the options of a command.
`;

/** This program as it is installed; from the sources, threads would not know how to read it. */
function ownProgram(): string | undefined {
  const program = fileURLToPath(import.meta.url);
  return program.endsWith('.js') ? program : undefined;
}

/** Runs a command and gives the exit status. */
async function run(args: string[], out: Output & NodeJS.WriteStream, err: Output): Promise<number> {
  if (args[0] === 'state') return state(args.slice(1), out, err);
  if (args.length === 1 && (args[0] === '--help' || args[0] === '-h')) {
    out.write(help);
    return 0;
  }
  return check(args, out, err, ownProgram());
}

function main(): void {
  // `ipc-lens state --watch | head` ends when nobody reads any more. For any other reason output is lost.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    process.stderr.write(`ipc-lens: the output cannot be written: ${error.message}\n`);
    process.exit(2);
  });

  run(process.argv.slice(2), process.stdout, process.stderr).then(
    (status) => {
      process.exitCode = status;
    },
    (error: unknown) => {
      process.stderr.write(
        `ipc-lens: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
      process.exitCode = 2;
    },
  );
}

if (!serveThread(Checker.create)) main();
