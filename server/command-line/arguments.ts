/** What the commands of `ipc-lens` have in common: how they are told what to do, and what they say to what they do not understand. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** Where output goes: a process stream or a stand-in for it. */
export interface Output {
  write(text: string): unknown;
}

type Options = NonNullable<ParseArgsConfig['options']>;
/** What a command was given. */
export type Given<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>;

export interface Syntax<O extends Options> {
  usage: string;
  /** All but `--help`, which every command has. */
  options: O;
  /** A sentence on what is wrong with arguments that can be read. */
  misuse(given: Given<O>): string | undefined;
}

/** The arguments of a command; or the exit status, when its usage was shown instead. */
export function readArguments<O extends Options>(
  { usage, options, misuse }: Syntax<O>,
  args: string[],
  out: Output,
  err: Output,
): Given<O> | number {
  const wrong = (problem: string) => {
    err.write(`${problem}\n\n${usage}`);
    return 2;
  };
  try {
    const help = { type: 'boolean', short: 'h' } as const;
    const given = parseArgs({ args, allowPositionals: true, options: { ...options, help } });
    if ((given.values as { help?: boolean }).help) {
      out.write(usage);
      return 0;
    }
    const problem = misuse(given as Given<O>);
    return problem === undefined ? (given as Given<O>) : wrong(problem);
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
}
