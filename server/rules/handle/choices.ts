import { isDefined } from '../../c/conditional';
import { withoutComments } from '../../c/masking';

/** Conditional compilation inside a function. Whole statements are followed for one build at a time; what it cuts in two is not. */

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

/** Whether a piece cuts statements in two, so that what is read of them is one of the ways to build it or neither. */
export function cuts(choice: string): boolean {
  const text = withoutComments(choice.replace(/^[ \t]*#[^\n]*/gm, ''));
  return text.split('{').length !== text.split('}').length || /(?:\)|\|\||&&|[,=(]|\belse)\s*$/.test(text);
}
