/**
 * What the parser reads: a text of the same length without what its grammar does not understand. The grammar ends a macro's body at
 * the first comment in it, and takes what follows for code: comments inside `#define` become blanks, and quotes there hold nothing that
 * looks like a comment. It knows no type among arguments: that of `va_arg` becomes a name. It knows no macros behind
 * the parameters of a function: they become blanks,
 * or an attribute that says as much.
 */
export function masked(text: string): string {
  let result = '';
  let done = 0;
  pieces.lastIndex = 0;
  for (let match = pieces.exec(text); match; match = pieces.exec(text)) {
    const [whole, define, argument, type, heading, macros, front, inside] = match;
    if (heading !== undefined && macros !== undefined) {
      result += text.slice(done, match.index) + heading.replace(inFront, frontAsAttribute);
      result += macros.replace(/\w+/g, asAttribute).replace(/[(),]/g, ' ');
      done = match.index + whole.length;
    }
    if (front !== undefined) {
      const end = match.index + whole.length;
      result += text.slice(done, end - front.length) + asAttribute(front);
      done = end;
    }
    if (inside !== undefined) {
      const end = match.index + whole.length;
      result += text.slice(done, end - inside.length) + ' '.repeat(inside.length);
      done = end;
    }
    if (argument !== undefined && type !== undefined) {
      const start = match.index + argument.length;
      result += text.slice(done, start) + type.replace(/\W/g, '_');
      done = match.index + whole.length;
    }
    if (define === undefined) {
      continue;
    }
    const directive = directiveAt(text, match.index);
    pieces.lastIndex = Math.max(match.index + directive.length, match.index + 1);
    if (/\/[*/]/.test(directive)) {
      result += text.slice(done, match.index) + blanked(directive);
      done = match.index + directive.length;
    }
  }
  return done === 0 ? text : result + text.slice(done);
}

/** Whether an attribute, or the name of a macro that stands for one, tells that a function does not return. */
export function saysNoReturn(attribute: string): boolean {
  return /no_?return|not_return|^__dead/i.test(attribute);
}

/** What a macro is called that stands in front of a function that does not return, after at most a few words of the declaration. */
const inFront =
  /^((?:(?!(?:struct|union|enum|typedef)\b)[A-Za-z_]\w*[ \t*]+){0,4})(?!_Noreturn\b|noreturn\b)(\w*(?:[Nn]o_?[Rr]eturn|NO_?RETURN|not_return|NOT_RETURN)\w*|__dead2?)(?=\s+[A-Za-z_]\w*[\s*]+[A-Za-z_])/;

function frontAsAttribute(_: string, before: string, macro: string): string {
  return before + asAttribute(macro);
}

/** The name of a macro that tells that a function does not return stays an attribute; its text is read from the original. */
function asAttribute(macro: string): string {
  return saysNoReturn(macro) ? `[[${'_'.repeat(macro.length - 4)}]]` : ' '.repeat(macro.length);
}

/**
 * Comments and quotes, in which nothing begins, the beginnings of definitions, `va_arg` with a type of several words or a pointer,
 * the heading of a function with macros behind it, one with a macro in front that says that it does not return, and one
 * with a macro and its arguments in front of the name.
 */
const pieces =
  /\/\*[\s\S]*?(?:\*\/|$(?![\s\S]))|\/\/[^\r\n]*|"(?:[^"\\\r\n]|\\[^\r\n])*"?|'(?:[^'\\\r\n]|\\[^\r\n])*'?|^([ \t]*#[ \t]*define\b)|(\bva_arg[ \t]*\([\w \t>.*-]*,[ \t]*)(\w+[ \t*][\w \t*]*)(?=\))|(^(?:[A-Za-z_]\w*[ \t*]+){1,6}\w+[ \t]*\([^;{}#]{0,1500}\)\s*)((?:[A-Z_][A-Z0-9_]*|\w*noreturn\w*|\w*(?:like|format)\w*(?=\([\w, ]*\)))(?:[ \t]*\([^()]*\))?(?:\s+(?:[A-Z_][A-Z0-9_]*|\w*noreturn\w*)(?:[ \t]*\([^()]*\))?){0,8}|__dead2?)(?=\s*[;{])|^(?:(?!(?:struct|union|enum|typedef)\b)[A-Za-z_]\w*[ \t*]+){0,4}(?!_Noreturn\b|noreturn\b)(\w*(?:[Nn]o_?[Rr]eturn|NO_?RETURN|not_return|NOT_RETURN)\w*|__dead2?)(?=\s+[A-Za-z_]\w*[\s*]+[A-Za-z_])|^(?:[A-Za-z_]\w*[ \t*]+){1,4}((?:[A-Z_][A-Z0-9_]*|__[a-z]\w*)[ \t]*\([\w, ]*\))(?=\s+[A-Za-z_]\w*[ \t]*\()/gm;

/** Quotes, and comments: what looks like a comment inside quotes is none. */
const quotesAndComments =
  /("(?:[^"\\\r\n]|\\[\s\S])*"|'(?:[^'\\\r\n]|\\[\s\S])*')|\/\*[\s\S]*?(?:\*\/|$)|\/\/(?:\\\r?\n|[^\r\n])*/g;

function blanked(directive: string): string {
  return directive.replace(quotesAndComments, (whole: string, quoted?: string) =>
    quoted !== undefined
      ? quoted.replace(/\/[*/]/g, '__')
      : whole.replace(/[^\r\n]/g, ' ').replace(/ (\r?\n)/g, '\\$1'),
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
