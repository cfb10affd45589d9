/** Just enough of C to colour a short program: words, literals, comments and directives. */
export type TokenKind =
  | 'plain'
  | 'comment'
  | 'string'
  | 'number'
  | 'keyword'
  | 'type'
  | 'function'
  | 'constant'
  | 'directive';

export interface Token {
  kind: TokenKind;
  text: string;
}

const keywords = new Set(
  'break case const continue default do else enum extern for goto if inline register restrict return sizeof static struct switch typedef union volatile while _Atomic _Noreturn'.split(
    ' ',
  ),
);
const types = new Set(
  'char double float int long short signed unsigned void bool _Bool FILE sigset_t key_t mqd_t sem_t'.split(
    ' ',
  ),
);

const pattern = new RegExp(
  [
    String.raw`(?<comment>//[^\n]*|/\*[\s\S]*?(?:\*/|(?![\s\S])))`,
    String.raw`(?<string>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)`,
    String.raw`(?<directive>^[ \t]*#[ \t]*\w+)`,
    String.raw`(?<header><[\w./]+\.h>)`,
    String.raw`(?<number>\b(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?)[uUlLfF]*\b)`,
    String.raw`(?<word>[A-Za-z_]\w*)`,
  ].join('|'),
  'gm',
);

/** Tokens of each line; nothing of the text is lost. */
export function tokenLines(text: string): Token[][] {
  const lines: Token[][] = [[]];
  const push = (kind: TokenKind, piece: string): void => {
    piece.split('\n').forEach((part, index) => {
      if (index > 0) lines.push([]);
      if (part) lines.at(-1)!.push({ kind, text: part });
    });
  };
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    push('plain', text.slice(end, match.index));
    end = match.index + match[0].length;
    push(kindOf(match.groups ?? {}, text.slice(end)), match[0]);
  }
  push('plain', text.slice(end));
  return lines;
}

function kindOf(groups: Record<string, string | undefined>, rest: string): TokenKind {
  if (groups.comment !== undefined) return 'comment';
  if (groups.string !== undefined || groups.header !== undefined) return 'string';
  if (groups.directive !== undefined) return 'directive';
  if (groups.number !== undefined) return 'number';
  const word = groups.word ?? '';
  if (keywords.has(word)) return 'keyword';
  if (types.has(word) || word.endsWith('_t')) return 'type';
  if (/^[ \t]*\(/.test(rest)) return 'function';
  if (/^[A-Z][A-Z0-9_]{2,}$/.test(word)) return 'constant';
  return 'plain';
}
