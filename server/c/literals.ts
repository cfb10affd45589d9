/** Literals of C: integers with suffixes and any base, character and string escapes. */

/** The value of an integer literal; undefined for a floating-point or malformed one. The parser takes a sign before a number for a part of it. */
export function integerLiteral(text: string): bigint | undefined {
  const sign = /^[-+]\s*/.exec(text)?.[0];
  if (sign !== undefined) {
    const value = unsignedLiteral(text.slice(sign.length));
    return value !== undefined && sign.startsWith('-') ? -value : value;
  }
  return unsignedLiteral(text);
}

function unsignedLiteral(text: string): bigint | undefined {
  const digits = text.replaceAll("'", '').replace(/(?:[uU](?:ll|LL|[lL])?|(?:ll|LL|[lL])[uU]?)$/, '');
  if (/^0[xX][0-9a-fA-F]+$/.test(digits) || /^0[bB][01]+$/.test(digits)) {
    return BigInt(digits);
  }
  if (/^0[0-7]*$/.test(digits)) {
    return BigInt(`0o${digits.slice(1) || '0'}`);
  }
  return /^[1-9][0-9]*$/.test(digits) ? BigInt(digits) : undefined;
}

const simpleEscapes: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  e: '\x1b',
};

/** The text between the quotes with its escapes resolved. */
export function resolveEscapes(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]+)|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|\r?\n|([\s\S]))/g,
    (whole, hex?: string, short?: string, long?: string, octal?: string, char?: string) => {
      const code = hex ?? short ?? long;
      if (code !== undefined) {
        const value = Number.parseInt(code, 16);
        return value <= 0x10ffff ? String.fromCodePoint(value) : whole;
      }
      if (octal !== undefined) {
        return String.fromCharCode(Number.parseInt(octal, 8));
      }
      return char === undefined ? '' : (simpleEscapes[char] ?? char);
    },
  );
}

/** The value of a character constant, quotes and prefix included, as gcc computes it; undefined for an empty one. */
export function charLiteral(text: string): number | undefined {
  const [, prefix = '', inner = ''] = /^(L|u8|u|U)?'([\s\S]*?)'?$/.exec(text) ?? [];
  const chars = resolveEscapes(inner);
  if (prefix !== '') {
    return chars.codePointAt(0);
  }
  // An escape gives one byte; a character that is written out gives those of its encoding.
  const bytes = [...chars].flatMap((char) =>
    char.charCodeAt(0) < 0x100 && inner.includes('\\') ? [char.charCodeAt(0)] : [...Buffer.from(char)],
  );
  if (bytes.length === 0) {
    return undefined;
  }
  // One byte is a signed char; several are packed into an int.
  return bytes.length === 1
    ? ((bytes[0] ?? 0) << 24) >> 24
    : bytes.reduce((all, byte) => (all << 8) | byte, 0);
}
