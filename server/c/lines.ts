/** A zero-based line and UTF-16 column. */
export interface Position {
  line: number;
  character: number;
}

/** Where the lines of a text begin. `\n`, `\r\n` and `\r` end a line, as in LSP. */
export class LineIndex {
  private readonly starts: number[];

  constructor(private readonly text: string) {
    const starts = [0];
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === 10 || (code === 13 && text.charCodeAt(i + 1) !== 10)) {
        starts.push(i + 1);
      }
    }
    this.starts = starts;
  }

  get count(): number {
    return this.starts.length;
  }

  /** The position of an offset; offsets outside the text are drawn to its ends. */
  position(offset: number): Position {
    const at = Math.max(0, Math.min(offset, this.text.length));
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= at) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return { line: low, character: at - (this.starts[low] ?? 0) };
  }

  /** The offset of a position; a column past the end of its line is drawn to that end. */
  offset(position: Position): number {
    if (position.line >= this.starts.length) {
      return this.text.length;
    }
    const line = Math.max(0, position.line);
    const start = this.starts[line] ?? 0;
    return Math.max(start, Math.min(start + position.character, this.endOfLine(line)));
  }

  /** The text of a line without its end. */
  line(index: number): string {
    const start = this.starts[index];
    return start === undefined ? '' : this.text.slice(start, this.endOfLine(index));
  }

  private endOfLine(line: number): number {
    let end = this.starts[line + 1] ?? this.text.length;
    while (end > (this.starts[line] ?? 0) && /[\r\n]/.test(this.text[end - 1] ?? '')) {
      end--;
    }
    return end;
  }
}
