import { unsplit } from './split-branches';

/**
 * What the parser reads: a text of the same length without what its grammar does not understand. Most of that are macros, which the
 * parser does not put in: where they stand among the words of a declaration, they become blanks, or an attribute that says as much.
 */
export function masked(original: string): string {
  const text = unsplit(original);
  let result = '';
  let done = 0;
  pieces.lastIndex = 0;
  for (let match = pieces.exec(text); match; match = pieces.exec(text)) {
    const { index, groups = {} } = match;
    const whole = groups.define === undefined ? match[0] : directiveAt(text, index);
    pieces.lastIndex = Math.max(index + whole.length, index + match[0].length, index + 1);
    const replaced = replacementOf(whole, groups);
    if (replaced === whole) continue;
    result += text.slice(done, index) + replaced;
    done = index + whole.length;
  }
  return done === 0 ? text : result + text.slice(done);
}

type Groups = Readonly<Partial<Record<string, string>>>;

/** A piece as the parser is to read it. */
function replacementOf(
  whole: string,
  { define, type, heading, behind, front, inside, alone: bare, linkage, spare, comparison }: Groups,
): string {
  if (define !== undefined) {
    return blanked(whole);
  }
  if (linkage !== undefined) return endingWith(whole, linkage, linkage.replace(/[^\r\n]/g, ' '));
  if (heading !== undefined && behind !== undefined) {
    const before = heading.replace(atFront, (_, words: string, macro: string) => words + asAttribute(macro));
    return before + behind.replace(/\w+/g, asAttribute).replace(/[(),]/g, ' ');
  }
  if (type !== undefined) return endingWith(whole, type, type.replace(/\W/g, '_'));
  if (front !== undefined) return endingWith(whole, front, asAttribute(front));
  if (comparison !== undefined) return whole.replaceAll(',', ' ');
  const blank = inside ?? bare ?? spare;
  if (blank !== undefined) return endingWith(whole, blank, ' '.repeat(blank.length));
  return whole;
}

function endingWith(whole: string, end: string, other: string): string {
  return whole.slice(0, whole.length - end.length) + other;
}

/** Whether an attribute, or the name of a macro that stands for one, tells that a function does not return. */
export function saysNoReturn(attribute: string): boolean {
  return /no_?return|no_?ret(?![a-z])|not_return|^__dead/i.test(attribute);
}

/** The name of a macro that tells that a function does not return stays an attribute; its text is read from the original. */
function asAttribute(macro: string): string {
  return saysNoReturn(macro) ? `[[${'_'.repeat(macro.length - 4)}]]` : ' '.repeat(macro.length);
}

/* ------------------------------------------------------------------- what the parser does not understand */

const { raw } = String;

const word = raw`[A-Za-z_]\w*`;
const capitals = raw`[A-Z_][A-Z0-9_]*`;
/** A word of a declaration, with what parts it from the next. */
const specifier = raw`${word}[ \t*]+`;
const plainSpecifier = raw`(?!(?:struct|union|enum|typedef)\b)${specifier}`;
const inParentheses = raw`(?:[ \t]*\([^()]*\))?`;

/** Nothing begins in comments and quotes. */
const comment = raw`\/\*[\s\S]*?(?:\*\/|$(?![\s\S]))|\/\/[^\r\n]*`;
const quote = raw`"(?:[^"\\\r\n]|\\[^\r\n])*"?|'(?:[^'\\\r\n]|\\[^\r\n])*'?`;

/**
 * The grammar ends a macro's body at the first comment in it, and takes what follows for code: comments there become blanks, and
 * quotes hold nothing that looks like one.
 */
const definition = raw`^(?<define>[ \t]*#[ \t]*define\b)`;

/** It knows no type among arguments: that of `va_arg`, of several words or a pointer, becomes a name. */
const typeArgument = raw`\bva_arg[ \t]*\([\w \t>.*-]*,[ \t]*(?<type>\w+[ \t*][\w \t*]*)(?=\))`;

/** `ASSERT_CMP(fd, >=, 0)`: an operator between the arguments of a macro, which so asks what the three say together. */
const compared = raw`(?<comparison>,[ \t]*(?:[=!<>]=|[<>])[ \t]*,)`;

/**
 * `void quit(int status) NORETURN PRINTF_LIKE(1, 2);`: macros behind the parameters. What is returned may have a line of its own, as GNU
 * has it.
 */
const behindParameters = [
  raw`^(?<heading>(?:${specifier}){0,6}${word}(?:[ \t*]+|[ \t*]*\r?\n)\w+[ \t]*\([^;{}#]{0,1500}\)\s*)`,
  raw`(?<behind>(?:${capitals}|\w*noreturn\w*|\w*(?:like|format)\w*(?=\([\w, ]*\)))${inParentheses}`,
  raw`(?:\s+(?:${capitals}|\w*noreturn\w*)${inParentheses}){0,8}|__dead2?)(?=\s*[;{])`,
].join('');

/** `NORETURN void quit(int status);`: what says that the function does not return, after at most a few words. */
const words = raw`^(?:${plainSpecifier}){0,4}`;
const noReturn = raw`(?!_Noreturn\b|noreturn\b)(?:\w*(?:[Nn]o_?[Rr]eturn|NO_?RETURN|NO_?RET(?![A-Za-z])|not_return|NOT_RETURN)\w*|__dead2?)`;
const declared = raw`(?=\s+${word}[\s*]+[A-Za-z_])`;
const inFront = raw`${words}(?<front>${noReturn})${declared}`;
const atFront = new RegExp(`(${words})(${noReturn})${declared}`);

/** `int PRINTF_LIKE(1, 2) say(const char *format, ...);`: a macro with its arguments in front of the name. */
const beforeName = raw`^(?:${specifier}){1,4}(?<inside>(?:${capitals}|__[a-z]\w*)[ \t]*\([\w, ]*\))(?=\s+${word}[ \t]*\()`;

/**
 * `AS_ROOT` on a line of its own, and a statement behind it: a macro that brings its own semicolon. The parser takes it for the type of a
 * declaration. A type may stand there too, but only with a name behind it that nothing is done with.
 */
const alone = [
  // What comes before is asked last, and not for long: a file may begin with many empty lines.
  raw`^(?=[ \t]+[A-Z])(?<=(?:[;{}]|\*\/)\s{0,200})[ \t]+(?<alone>${capitals})(?=[ \t]*\r?\n\s*`,
  raw`(?:(?:if|for|while|switch|return|do|goto|break|continue|case)\b|[a-z_]\w*[ \t]*(?:\(|\[|[-+|&]?=|->|\.|\+\+|--)))`,
].join('');

/**
 * `int sig ATTR_UNUSED`, `UNUSED int sig`, `int res UNUSED;`: what tells the compiler that nobody asks for a variable, behind the name or in
 * front. It may be the name itself, where there is no other.
 */
const spare = [
  raw`\b(?<![\w.>])(?<spare>(?!\w*_t\b)\w*(?:unused|UNUSED)\w*|_U_)(?:`,
  // What comes before is asked last.
  raw`(?=[ \t]*(?:[,);]|=(?!=)))(?<=[(,;{}]\s{0,80}(?:\w+[ \t*]+){1,5}(?!(?:const|volatile|unsigned|signed|int|char|short|long|float|double|void|struct|union|enum|return|goto)\b)\w+[ \t]+\k<spare>)|`,
  raw`(?=[ \t]+[A-Za-z_])(?<=[(,;{}]\s{0,80}(?:(?!(?:struct|union|enum|typedef|return|goto|case|else|define|ifdef|ifndef)\b)\w+[ \t*]+){0,4}\k<spare>))`,
].join('');

/**
 * `#ifdef __cplusplus`, `extern "C" {`, `#endif`: the parser takes all that follows, up to the brace that closes it, for a part of what only
 * C++ compiles.
 */
const linkage = [
  raw`^[ \t]*#[ \t]*if[^\r\n]*\b__cplusplus\b[^\r\n]*\r?\n`,
  raw`(?<linkage>(?:[ \t]*(?:extern[ \t]*"C(?:\+\+)?"\s*\{|\}[ \t]*;?)?[ \t]*(?:\/\*[^\r\n]*\*\/|\/\/[^\r\n]*)?[ \t]*\r?\n)+)`,
  raw`(?=[ \t]*#[ \t]*endif\b)`,
].join('');

const pieces = new RegExp(
  [
    comment,
    quote,
    linkage,
    definition,
    typeArgument,
    compared,
    behindParameters,
    inFront,
    beforeName,
    alone,
    spare,
  ].join('|'),
  'gm',
);

/** Quotes, and comments: what looks like a comment inside quotes is none. */
const quotesAndComments =
  /("(?:[^"\\\r\n]|\\[\s\S])*"|'(?:[^'\\\r\n]|\\[\s\S])*')|\/\*[\s\S]*?(?:\*\/|$)|\/\/(?:\\\r?\n|[^\r\n])*/g;

function blanked(directive: string): string {
  const read = directive.replace(quotesAndComments, (whole: string, quoted?: string) =>
    quoted !== undefined
      ? quoted.replace(/\/[*/]/g, '__')
      : whole.replace(/[^\r\n]/g, ' ').replace(/ (\r?\n)/g, '\\$1'),
  );
  // Behind blanks at its end the parser takes the next line for what a name stands for, be that `#endif`.
  return nameless.test(read) ? `${read.slice(0, -1)}0` : read;
}

/** The definition of a name that stands for nothing, with blanks behind it. */
const nameless = /^[ \t]*#[ \t]*define[ \t]+\w+(?:\([^()\r\n]*\))?[ \t]+$/;

/** A text with blanks in the place of comments: everything else stays where it is. */
export function blankComments(text: string): string {
  return text.replace(
    quotesAndComments,
    (whole: string, quoted?: string) => quoted ?? whole.replace(/[^\r\n]/g, ' '),
  );
}

/** A definition's text on one line, comments left out. */
export function withoutComments(text: string): string {
  return text.replace(/\\\r?\n/g, ' ').replace(quotesAndComments, (_, quoted?: string) => quoted ?? ' ');
}

const directivePiece =
  /"(?:[^"\\\r\n]|\\[^\r\n])*"|'(?:[^'\\\r\n]|\\[^\r\n])*'|\/\*[\s\S]*?(?:\*\/|$(?![\s\S]))|\/\/(?:\\\r?\n|[^\r\n])*|\\\r?\n|[^\r\n"'/\\]+|[^\r\n]/y;

/** The text of a directive: to the end of its line, over continued lines and comments. */
function directiveAt(text: string, start: number): string {
  let end = start;
  directivePiece.lastIndex = start;
  while (directivePiece.test(text)) {
    end = directivePiece.lastIndex;
  }
  return text.slice(start, end);
}
