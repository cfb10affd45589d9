/** `name=value` words as a map; values stay encoded. */
export function wordsToMap(words: readonly string[]): Map<string, string> {
  return new Map(
    words.map((word) => {
      const at = word.indexOf('=');
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

const named: Record<string, string> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\0': '\\0', '\\': '\\\\' };

/** Bytes as a person can read them: control characters as in C, at most `most` characters. */
export function escapeText(text: string, most: number): string {
  let shown = '';
  for (const sign of text) {
    const escaped =
      named[sign] ??
      (/[\x00-\x1f\x7f]/.test(sign) ? `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}` : sign);
    if (shown.length + escaped.length > most) break;
    shown += escaped;
  }
  return shown;
}

/** `1 byte`, `2 bytes`. */
export function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
