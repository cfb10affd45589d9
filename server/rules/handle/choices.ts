import { isDefined } from '../../c/conditional';
import { withoutComments } from '../../c/masking';

/** Conditional compilation inside a function, of which it is not known which pieces go together. */

/** The pieces of a text of which it is a matter of conditions whether they are compiled. What stands behind `#if 0` never is, what Linux has always. */
export function choicesIn(text: string): string[] {
  let depth = 0;
  let known = false;
  let start = 0;
  const found: string[] = [];
  for (const { 0: line, index } of text.matchAll(/^[ \t]*#[ \t]*(?:if|el|endif)[^\n]*/gm)) {
    if (/^\s*#\s*if/.test(line)) {
      if (depth === 0) {
        // Blanks are many at times, and a pattern would look back over them.
        const plain = line.replace(/\s+/g, ' ').replace(/^ /, '').replace(/^# /, '#');
        const name = /^#if(?:n?def | !? ?defined ?\(? ?)(\w+) ?\)? ?$/.exec(plain)?.[1];
        known = (name !== undefined && isDefined(name) !== undefined) || /^\s*#\s*if\s+0\b/.test(line);
        start = index + line.length;
      }
      depth++;
    } else if (/endif/.test(line)) {
      depth--;
      if (depth === 0 && !known) found.push(text.slice(start, index));
    } else if (depth === 1) known &&= /^\s*#\s*else/.test(line);
  }
  return found;
}

/** Whether it matters for a handle which piece of the text is compiled: it names it, closes something, or decides where control goes. */
export function mayDecide(choice: string, name: string | undefined): boolean {
  const text = withoutComments(choice.replace(/^[ \t]*#[^\n]*/gm, ''));
  const root = name?.replace(/\W.*$/, '');
  return (
    /\b(?:return|goto|break|continue|case|else|while|for|do|switch|\w*exit|\w*[cC]lose\w*)\b/.test(text) ||
    (root !== undefined && new RegExp(`\\b${root}\\b`).test(text)) ||
    text.split('{').length !== text.split('}').length ||
    /(?:\)|\|\||&&|[,=(])\s*$/.test(text)
  );
}
