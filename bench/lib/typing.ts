/** Keystrokes as a person makes them, each in terms of the text left by the one before. */
export interface Key {
  at: number;
  /** How many characters it takes away, from `at` on. */
  removes: number;
  inserts: string;
}

export interface Typing {
  name: string;
  /** Ends with the text it began with, so it may be typed again and again. */
  keys: Key[];
}

/** Types a text at a place, character by character, then takes it back from its end. */
function typed(at: number, text: string): Key[] {
  const there = [...text].map((inserts, i) => ({ at: at + i, removes: 0, inserts }));
  const back = [...text].map((_, i) => ({ at: at + text.length - 1 - i, removes: 1, inserts: '' }));
  return [...there, ...back];
}

/** The end of the first match behind a place, or of the last one before it. */
function after(text: string, what: RegExp, place: number): number {
  const ends = [...text.matchAll(what)].map((match) => match.index + match[0].length);
  const end = ends.find((candidate) => candidate >= place) ?? ends.at(-1);
  if (end === undefined) throw new Error(`The program has no ${what}.`);
  return end;
}

/** What is measured, at places in the middle of the program or at its top. */
export function typings(text: string): Typing[] {
  const middle = text.length >> 1;
  const body = after(text, /^ {4}perror\(.*\n/gm, middle);
  return [
    { name: 'in a function', keys: typed(body, '    close(spare_fd);\n') },
    { name: 'at the top', keys: typed(text.indexOf('#include'), 'static int limit = 4;\n') },
    { name: 'in a comment', keys: typed(after(text, /^\/\* /gm, middle), 'rather short and ') },
    { name: 'a brace opened and closed', keys: typed(body, '{\n}') },
  ];
}

export function apply(text: string, { at, removes, inserts }: Key): string {
  return text.slice(0, at) + inserts + text.slice(at + removes);
}

/** The keys typed again and again until there are so many. */
export function repeated(keys: readonly Key[], atLeast: number): Key[] {
  return Array.from({ length: Math.ceil(atLeast / keys.length) }, () => keys).flat();
}
