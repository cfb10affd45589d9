/** Breaks text into at most `lines` lines of `columns` characters, where words or arguments end; what is cut ends in `…`. */
export function wrap(text: string, columns: number, lines: number, widthOf?: WidthOf): string[] {
  const result: string[] = [];
  let rest = text.trim();
  while (rest.length > 0 && result.length < lines) {
    const width = fitting(rest, columns, widthOf);
    if (rest.length <= width) {
      result.push(rest);
      return result;
    }
    if (result.length === lines - 1) {
      const kept = fitting(rest, columns - (widthOf?.('…') ?? 1), widthOf);
      result.push(`${rest.slice(0, kept).trimEnd()}…`);
      return result;
    }
    const cut = cutPlace(rest, width);
    result.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  return result;
}

/** In characters of average width. */
type WidthOf = (sign: string) => number;

/** How many characters of a text fit into so many of average width. */
function fitting(text: string, columns: number, widthOf: WidthOf = () => 1): number {
  let used = 0;
  let count = 0;
  for (const sign of text) {
    used += widthOf(sign);
    if (used > columns) break;
    count += sign.length;
  }
  return Math.max(3, count);
}

/** Roughly, in the fonts that interfaces are set in: what is measured on average leaves lines of capitals too long. */
export function proseWidth(sign: string): number {
  if (/[ijlft.,:;'|!()[\] rI]/.test(sign)) return 0.75;
  if (/[mwMW@%…]/.test(sign)) return 1.9;
  return /[A-Z0-9_]/.test(sign) ? 1.45 : 1.3;
}

function cutPlace(text: string, width: number): number {
  const space = text.lastIndexOf(' ', width);
  if (space >= width / 3) return space;
  const bracket = Math.max(text.lastIndexOf('(', width - 1), text.lastIndexOf(',', width - 1)) + 1;
  if (bracket >= width / 3) return bracket;
  const arrow = text.lastIndexOf('->', width - 2) + 2;
  const word = Math.max(text.lastIndexOf('_', width - 1) + 1, arrow === 1 ? 0 : arrow);
  return word >= width / 3 ? word : width;
}

export function shorten(text: string, columns: number): string {
  return wrap(text.replace(/\s+/g, ' '), columns, 1)[0] ?? '';
}

/** Where the word for a message's type or priority leaves no room for the message, its number stands for both. */
export function onArrow(data: string, columns: number): string {
  return shorten(data.length > columns ? data.replace(/^(?:type|priority) (-?\d+: )/, '$1') : data, columns);
}

/** Bytes as the server shows them, an escape (`\n`, `\x1b`) counted as one. */
export function cellsOf(content: string): string[] {
  return content.match(/\\x[0-9a-fA-F]{2}|\\[0-7]{1,3}|\\.|[\s\S]/gu) ?? [];
}
