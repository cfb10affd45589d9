import type { CallEvent } from '../../analysis/events';
import type { RuleContext } from '../rule';

/** What waits in the buffer of standard output, as calls tell. */

const flushing = /^(?:fflush|setbuf|setvbuf|setlinebuf|fclose|freopen|system|popen)$/;

/** A call that writes out what waits, or that may do so. */
export function empties({ name, site, into, scope }: CallEvent, context: RuleContext): boolean {
  if (flushing.test(name)) {
    return true;
  }
  // What the walk leaves out has nothing to do with processes or files.
  const known = site !== undefined || into === true || context.functionNamed(name) !== undefined;
  return (
    !known && !scope.file.call(name) && !/^(?:mem|str|malloc|calloc|free|ato|rand|srand|time)/.test(name)
  );
}

/** What a call writes to standard output; empty where that is not known. */
export function outputText({ name, args }: CallEvent): string | undefined {
  switch (name) {
    case 'printf':
    case 'vprintf':
      return args[0]?.value.text ?? '';
    case 'puts':
      return '\n';
    case 'putchar':
      return args[0]?.value.constant === 10n ? '\n' : '.';
    case 'fputs':
    case 'putc':
    case 'fputc': {
      const [what, stream] = args;
      if (stream?.expr.kind !== 'name' || stream.expr.name !== 'stdout') return undefined;
      return what?.value.text ?? (what?.value.constant === 10n ? '\n' : '');
    }
    case 'fprintf': {
      const [stream, format] = args;
      return stream?.expr.kind === 'name' && stream.expr.name === 'stdout'
        ? (format?.value.text ?? '')
        : undefined;
    }
    default:
      return undefined;
  }
}

/** Reads standard input by way of stdio: before it waits, a terminal shows what the program asks for. */
export function readsInput({ name, args }: CallEvent): boolean {
  return (
    /^(?:getchar|gets|scanf|vscanf)$/.test(name) ||
    (/^(?:fgets|getc|fgetc|getline|getdelim|fscanf|fread)$/.test(name) &&
      args.some(({ expr }) => expr.kind === 'name' && expr.name === 'stdin'))
  );
}
