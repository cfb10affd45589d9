import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { FileIndex } from '../../analysis/survey';
import type { Expr } from '../../c/ast';
import type { RuleContext } from '../rule';
import { accessIn, constantNamed } from '../shared/support';
import { callsOf, type FileCall } from '../shared/whole-file';

/** FIFOs by their names, as a file creates and opens them. */

/** The name of a file in a call: its text where known, else how it is written. */
export function nameAt(event: CallEvent, index: number, context: RuleContext): string | undefined {
  const arg = event.args[index];
  return arg && (arg.value.text ?? context.source(unwrap(arg.expr)).replace(/\s+/g, ''));
}

export interface FifoOpen {
  name: string;
  /** Readable and writable at once: never blocks, never sees end-of-file. */
  access: 'read' | 'write' | 'both';
  blocking: boolean;
}

/** An `open` with flags that are known. */
export function openOf(event: CallEvent, context: RuleContext): FifoOpen | undefined {
  const flags = event.name === 'open' && event.site ? event.args[1]?.value.constant : undefined;
  const name = nameAt(event, 0, context);
  if (flags === undefined || name === undefined) {
    return undefined;
  }
  const access = accessIn(flags);
  return access && { name, access, blocking: (flags & constantNamed('O_NONBLOCK')) === 0n };
}

export interface Mention {
  call: Expr;
  /** How the name is written. */
  name: string;
  /** Its text, where that is constant. */
  text?: string;
}

/** The calls that name a file. */
const namings = new FileIndex<FileCall>((within) =>
  callsOf(within).flatMap((call): [string, FileCall][] =>
    /^(?:mkfifo(?:at)?|f?open|unlink(?:at)?|remove)$/.test(call.name) ? [[call.name, call]] : [],
  ),
);

/** Every call of some functions in the file, with the first argument as it is written. */
export function callsOnNames(functions: RegExp, context: RuleContext): Mention[] {
  return context.ask(namings, functions).flatMap(({ expr, within }) => {
    const [first] = expr.args;
    if (!first) return [];
    const name = context.source({ ...unwrap(first), within }).replace(/\s+/g, '');
    const text = context.scope.file.evaluator.string(first);
    return [{ call: expr, name, ...(text === undefined ? {} : { text }) }];
  });
}

/** Whether the file creates a FIFO under a name that is written the same way, or comes to the same text. */
export function createsFifo(event: CallEvent, context: RuleContext): boolean {
  const written = event.args[0] && context.source(unwrap(event.args[0].expr)).replace(/\s+/g, '');
  const known = event.args[0]?.value.text;
  return callsOnNames(/^mkfifo(?:at)?$/, context).some(
    ({ name, text }) => name === written || (text !== undefined && text === known),
  );
}

/** A file that the program makes a FIFO, or that it calls one. */
export function isFifo(event: CallEvent, context: RuleContext): boolean {
  const first = event.args[0];
  if (!first) return false;
  const called = `${context.source(unwrap(first.expr))} ${first.value.text ?? ''}`;
  return /fifo/i.test(called) || createsFifo(event, context);
}
