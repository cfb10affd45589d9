/** Walks a function and writes down what a listener hears. */

import type { bearingOf } from '../../server/analysis/bearing';
import { isConstant, isNeverSet } from '../../server/analysis/constancy';
import { FileContext, Toolbox } from '../../server/analysis/context';
import type { Listener, Operand } from '../../server/analysis/events';
import { Interpreter } from '../../server/analysis/interpreter';
import { NeverReturns } from '../../server/analysis/never-returns';
import { loadParser } from '../../server/c/parser';
import { SourceFile } from '../../server/c/source-file';
import { Symbols } from '../../server/c/symbols';

let toolbox: Toolbox;

/** To be called in `before`. */
export async function useToolbox(): Promise<Toolbox> {
  toolbox = new Toolbox(await loadParser());
  return toolbox;
}

function withFile<T>(text: string, use: (file: SourceFile, context: FileContext) => T): T {
  const file = new SourceFile(toolbox.parser, text);
  try {
    return use(file, new FileContext(toolbox, Symbols.of(file.items)));
  } finally {
    file.dispose();
  }
}

/** What is known of a value, in words: `3`, `"text"`, `open`, `pipe pipefd[0]`, `sizeof`, `?`. */
export function known({ value }: Operand): string {
  const words = [
    ...(value.constant !== undefined ? [String(value.constant)] : []),
    ...(value.text !== undefined ? [JSON.stringify(value.text)] : []),
    ...(value.origins ?? []).map(({ site, at, kind, effect }) =>
      [site.call.name, at === 'return' ? '' : at, effect ? `(${kind ?? effect.op})` : '']
        .filter(Boolean)
        .join(' '),
    ),
    ...(value.measures ? ['sizeof'] : []),
  ];
  return words.length > 0 ? words.join(', ') : '?';
}

export interface Heard {
  /** What each call of `probe(x)` was given, in the order of the text. */
  probes: string[];
  calls: string[];
  tests: string[];
  stores: string[];
}

/** Walks the last function of a text; into every call whose text is at hand, or as a lint does. */
export function hear(text: string, how: { bearingOf?: typeof bearingOf } = {}): Heard {
  return withFile(text, (file, context) => {
    const item = file.items.findLast((placed) => placed.item.kind === 'function')?.item;
    if (item?.kind !== 'function') throw new Error('no function');
    const source = file.text.slice(file.items.findLast((placed) => placed.item === item)?.start);
    const at = ({ start, end }: { start: number; end: number }) => source.slice(start, end);
    const heard: { place: number; kind: keyof Heard; text: string }[] = [];
    const said = new Set<string>();
    const note = (kind: keyof Heard, place: number, line: string) => {
      // Paths that are kept apart may hear the same.
      const key = `${kind} ${place} ${line}`;
      if (!said.has(key)) heard.push({ kind, place, text: line });
      said.add(key);
    };
    const listener: Listener = {
      call: (event) => {
        if (event.name === 'probe') note('probes', event.at.start, event.args.map(known).join(' | '));
        else note('calls', event.at.start, event.name);
      },
      test: ({ op, left, right, at: where }) =>
        note('tests', where.start, `${known(left)} ${op}${right ? ` ${known(right)}` : ''}`),
      store: ({ value, at: where }) => note('stores', where.start, `${at(where)}: ${known(value)}`),
    };
    new Interpreter(context.scopeOf(item), {
      listener,
      neverReturns: NeverReturns.in(context).test,
      scopeOf: (name) => context.callee(name),
      neverChanges: (name, file) => isConstant(name, file) || isNeverSet(name, file),
      ...how,
    }).run();
    heard.sort((a, b) => a.place - b.place);
    const of = (kind: keyof Heard) =>
      heard.filter((entry) => entry.kind === kind).map(({ text: line }) => line);
    return { probes: of('probes'), calls: of('calls'), tests: of('tests'), stores: of('stores') };
  });
}

/** What `probe` was given in `void f(int in, char *p) { ... }`. */
export function probes(body: string, before = ''): string[] {
  return hear(`${before}\nvoid f(int in, char *p) {\n${body}\n}`).probes;
}

/** Whether a function of a text is found never to return. */
export function neverReturns(text: string, name: string): boolean {
  return withFile(text, (_, context) => NeverReturns.in(context).test(name));
}
