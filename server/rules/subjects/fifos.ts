import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { FileIndex } from '../../analysis/survey';
import type { Expr } from '../../c/ast';
import type { RuleContext } from '../rule';
import { accessIn, constantNamed } from '../shared/support';
import { callsOf, callsTo, type FileCall } from '../shared/whole-file';

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
  return context.ask(namings, functions).flatMap((call) => mentionIn(call, context) ?? []);
}

function mentionIn({ expr, within }: FileCall, context: RuleContext): Mention | undefined {
  const [first] = expr.args;
  if (!first) return undefined;
  const name = context.source({ ...unwrap(first), within }).replace(/\s+/g, '');
  const text = context.scope.file.evaluator.string(first);
  return { call: expr, name, ...(text === undefined ? {} : { text }) };
}

/** Whether the file creates a FIFO under a name that is written the same way, or comes to the same text. */
export function createsFifo(event: CallEvent, context: RuleContext): boolean {
  const written = event.args[0] && context.source(unwrap(event.args[0].expr)).replace(/\s+/g, '');
  const known = event.args[0]?.value.text;
  const makers = context.ask(namings, /^mkfifo(?:at)?$/);
  return [...makers, ...makers.flatMap((call) => callersNaming(call, context))].some((call) => {
    const { name, text } = mentionIn(call, context) ?? {};
    return name !== undefined && (name === written || (text !== undefined && text === known));
  });
}

/** The calls of a function that makes a FIFO under the name which it is given first. */
function callersNaming({ expr, within }: FileCall, context: RuleContext): readonly FileCall[] {
  const [name] = expr.args.map(unwrap);
  const given = within.type.params[0]?.name;
  return name?.kind === 'name' && name.name === given ? callsTo(context, within.name) : [];
}

/** A file that the program makes a FIFO, or that it calls one. */
export function isFifo(event: CallEvent, context: RuleContext): boolean {
  const first = event.args[0];
  if (!first) return false;
  const called = `${context.source(unwrap(first.expr))} ${first.value.text ?? ''}`;
  return /fifo/i.test(called) || createsFifo(event, context);
}
