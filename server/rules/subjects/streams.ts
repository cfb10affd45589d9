import { unwrap, withoutCasts } from '../../analysis/operators';
import { FileIndex, surveyOf } from '../../analysis/survey';
import { type Expr, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { type FileCall, textOf } from '../shared/whole-file';

/** Streams of stdio, by the text: which calls write to them, and what descriptors they stand on. */

/** The argument that is the stream, by the name of the call. */
const writing: Record<string, number> = {
  fprintf: 0,
  vfprintf: 0,
  fputs: 1,
  fputc: 1,
  putc: 1,
  fwrite: 3,
};

const reading: Record<string, number> = {
  fgets: 2,
  fgetc: 0,
  getc: 0,
  getline: 2,
  getdelim: 3,
  fscanf: 0,
  fread: 3,
};

export const writers: ReadonlySet<string> = new Set(Object.keys(writing));
export const readers: ReadonlySet<string> = new Set(Object.keys(reading));

/** The text of the stream that a call writes to, standard ones aside. */
export function streamWritten(call: FileCall, context: RuleContext): string | undefined {
  return streamIn(call, writing, context);
}

/** The text of the stream that a call reads from. */
export function streamRead(call: FileCall, context: RuleContext): string | undefined {
  return streamIn(call, reading, context);
}

function streamIn(
  { name, expr, within }: FileCall,
  places: Record<string, number>,
  context: RuleContext,
): string | undefined {
  // What is not listed writes to its first argument, if at all.
  const arg = expr.args[places[name] ?? 0];
  const text = arg && textOf(arg, within, context);
  return text === undefined || /^std(?:err|out|in)$/.test(text) ? undefined : text;
}

/** A stream that is put on a descriptor: `request = fdopen(to[1], "w")`. */
interface Opened {
  /** The descriptor; the same one where it is a copy. */
  fd: Expr;
  mode: string;
}

/** By the name of the variable. */
const openedStreams = new FileIndex(function* ({ body }): Generator<[string, Opened]> {
  const found: [string, Opened][] = [];
  const add = (name: string, value: Expr) => {
    const call = withoutCasts(value);
    const [fd, mode] = call.kind === 'call' && calledName(call) === 'fdopen' ? call.args : [];
    if (fd && mode?.kind === 'string') found.push([name, { fd: original(fd), mode: mode.value }]);
  };
  walkStmt(body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'decl') return;
      for (const { name, init } of stmt.declaration.declarators) if (init) add(name, init);
    },
    expr: (expr) => {
      if (expr.kind === 'assign' && expr.op === '=' && expr.target.kind === 'name')
        add(expr.target.name, expr.value);
    },
  });
  yield* found;
});

function original(fd: Expr): Expr {
  const inner = unwrap(fd);
  const [copied] = inner.kind === 'call' && calledName(inner) === 'dup' ? inner.args : [];
  return copied ? unwrap(copied) : inner;
}

/** What a stream stands on, as the function says, or else the file; undefined where several places open it, or none for this. */
export function openedStream(stream: string, context: RuleContext): Opened | undefined {
  const { file, definition } = context.scope;
  const own = surveyOf(file)
    .of(openedStreams, definition, file)
    .flatMap(([name, opened]) => (name === stream ? [opened] : []));
  const [first, ...others] = own.length > 0 ? own : context.ask(openedStreams, stream);
  return others.length === 0 ? first : undefined;
}
