import { type Given, type Output, readArguments } from '../command-line/arguments';
import { type Preset, presets } from '../rules/rule';
import { check } from './check';
import { formats } from './formats';

const usage = `Usage: ipc-lens check [options] <file or folder>...

Finds mistakes in the use of interprocess communication in C.

  --format FORMAT      ${Object.keys(formats).join(', ')}: how findings are printed (text)
  --preset NAME        ${presets.join(', ')} (recommended)
  --jobs N             lint in N threads (by the number of files and processors)
  -I DIR               look for headers in DIR too; may be given more than once
  -h, --help           this text

Exit status: 0 nothing found, 1 findings, 2 something could not be done.
`;

const options = {
  format: { type: 'string', default: 'text' },
  preset: { type: 'string' },
  jobs: { type: 'string' },
  include: { type: 'string', short: 'I', multiple: true },
} as const;

/** Runs the command line and gives the exit status. `entry` is the program that threads run, which calls `serveThread`. */
export async function run(args: string[], out: Output, err: Output, entry?: string): Promise<number> {
  const given = readArguments({ usage, options, misuse }, args, out, err);
  if (typeof given === 'number') return given;
  const {
    values,
    positionals: [, ...paths],
  } = given;
  const preset = values.preset as Preset | undefined;
  const result = await check(paths, {
    include: values.include ?? [],
    ...(preset ? { preset } : {}),
    ...(values.jobs === undefined ? {} : { jobs: Number(values.jobs) }),
    ...(entry === undefined ? {} : { entry }),
  });
  out.write(formats[values.format]?.(result) ?? '');
  for (const line of result.problems) {
    err.write(`${line}\n`);
  }
  return result.problems.length > 0 ? 2 : result.findings.length > 0 ? 1 : 0;
}

function misuse({ values, positionals: [command, ...paths] }: Given<typeof options>): string | undefined {
  if (command !== 'check') {
    return command === undefined ? 'A command is missing.' : `There is no command "${command}".`;
  }
  if (paths.length === 0) {
    return 'Name at least one file or folder to check.';
  }
  if (!Object.hasOwn(formats, values.format)) {
    return `The format must be one of ${Object.keys(formats).join(', ')}, not "${values.format}".`;
  }
  if (values.jobs !== undefined && !/^[1-9]\d?$/.test(values.jobs)) {
    return `The number of jobs must be a number from 1 to 99, not "${values.jobs}".`;
  }
  return values.preset !== undefined && !(presets as readonly string[]).includes(values.preset)
    ? `The preset must be one of ${presets.join(', ')}, not "${values.preset}".`
    : undefined;
}
