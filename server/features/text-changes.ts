import type { TextDocumentContentChangeEvent } from 'vscode-languageserver';
import { LineIndex } from '../c/lines';
import type { TextChange } from '../c/source-file';

/** Turns LSP changes, each in terms of the text left by the one before, into changes by offset. */
export function textChanges(text: string, changes: readonly TextDocumentContentChangeEvent[]): TextChange[] {
  let current = text;
  return changes.map((change) => {
    if (!('range' in change)) {
      const whole = { start: 0, end: current.length, text: change.text };
      current = change.text;
      return whole;
    }
    const lines = new LineIndex(current);
    const start = lines.offset(change.range.start);
    const end = Math.max(start, lines.offset(change.range.end));
    current = current.slice(0, start) + change.text + current.slice(end);
    return { start, end, text: change.text };
  });
}
