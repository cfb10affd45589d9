import type { Expr, Span } from '../../server/c/ast';
import { blankComments } from '../../server/c/masking';
import type { Edit, FunctionView } from '../mutants/view';

/**
 * A way of writing the same program otherwise. What a rule says of a program it is to say of each rewriting (metamorphic testing):
 * where a finding goes, a form of code is not understood; where one comes, careful code in this form is told something false.
 */
export interface Rewrite {
  id: string;
  /** What is written otherwise: "local variables are members of a structure". */
  form: string;
  /** All changes of one function. Lines stay where they are. */
  edits(view: FunctionView): Edit[];
}

export function insert(view: FunctionView, at: number, text: string): Edit {
  return view.edit({ start: at, end: at }, text);
}

/** The text of a function without comments and what its literals hold; offsets stay. */
export function codeOf(view: FunctionView): string {
  const text = view.read({ start: 0, end: view.definition.body.end });
  return blankComments(text).replaceAll(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, (literal) =>
    ' '.repeat(literal.length),
  );
}

/** An expression with the parentheses around it. */
export function whole(code: string, { start, end }: Expr | Span): Span {
  for (;;) {
    const before = /\(\s*$/.exec(code.slice(0, start));
    const behind = /^\s*\)/.exec(code.slice(end));
    const isCall = before && /(?<!\b(?:if|while|switch|return))(?<=\w)\s*$/.test(code.slice(0, before.index));
    if (!before || !behind || isCall) return { start, end };
    start = before.index;
    end += behind[0].length;
  }
}

/** Edits lie beside each other: the first of those that overlap is taken. */
export function apart(edits: readonly Edit[]): Edit[] {
  const taken: Edit[] = [];
  for (const edit of edits)
    if (taken.every(({ start, end }) => edit.end <= start || edit.start >= end)) taken.push(edit);
  return taken;
}

/** The text after all edits. Of insertions at one place the first comes first. */
export function applied(text: string, edits: readonly Edit[]): string {
  const inOrder = edits.map((edit, index) => ({ ...edit, index }));
  inOrder.sort((a, b) => b.start - a.start || b.end - a.end || b.index - a.index);
  return inOrder.reduce(
    (result, edit) => result.slice(0, edit.start) + edit.text + result.slice(edit.end),
    text,
  );
}
