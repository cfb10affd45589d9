/**
 * Whether a call by hand makes sense, before it is issued: every argument is of its kind and names only what there is. What
 * is refused is told with what is accepted. The actor checks everything again, and its word counts.
 */
import { callTexts } from '../registry';
import type { Abilities } from './offer';
import { type Types, typeProblem } from './types';
import type { IssueRequest, OfferedCall, OfferedParameter, Refusal } from './view';

/** What an argument may name. */
export interface Known {
  /** How the process is called: `the parent`. */
  title: string;
  /** Names of numbers, and of buffers and addresses, that the process has. */
  numbers: ReadonlySet<string>;
  buffers: ReadonlyMap<string, number>;
  constants: Abilities['constants'];
  /** Its variables in C, as far as its program goes. */
  types: Types;
}

const longest = 400;
const mostNames = 8;

/** The arguments as the actor takes them, or why not. */
export function checkCall(
  request: IssueRequest,
  call: OfferedCall,
  known: Known,
): { args: string[] } | { refused: Refusal } {
  const { parameters } = call;
  const given = request.args.map((text) => text.trim());
  while (given.length > parameters.length && given.at(-1) === '') given.pop();
  if (given.length > parameters.length)
    return refuse(undefined, `${call.title} takes ${counted(parameters.length)}, not ${given.length}.`);
  const into = request.into?.trim() ?? '';
  if (into !== '' && !isNewName(into, known))
    return refuse('into', `“${short(into)}” cannot take the result. Give ${newName}.`);
  const args: string[] = [];
  for (const [index, parameter] of parameters.entries()) {
    const text = withAddressSign(given[index] ?? '', parameter);
    if (text === '' && parameter.counts) {
      args.push(lengthOf(args[index - 1] ?? '', known));
      continue;
    }
    if (text === '' && parameter.optional) {
      if (given.slice(index + 1).every((later) => later === '')) break;
      return refuse(index, `${parameter.name}: it is left out though a later argument is given.`);
    }
    const wrong = problemOf(text, parameter, known);
    if (wrong) return refuse(index, `${parameter.name}: ${wrong} Give ${accepted(parameter, known)}.`);
    args.push(text);
  }
  return { args: call.name === 'execlp' ? commandWords(args[0]!) : args };
}

/** What is always given by its address is taken without the sign, too. */
const withAddressSign = (text: string, { kind, initial }: OfferedParameter) =>
  kind === 'variable' && initial.startsWith('&') && /^\w/.test(text) && text !== 'NULL' ? `&${text}` : text;

/** `tr a-z A-Z` becomes the file and its words. */
function commandWords(command: string): string[] {
  const words = command.split(' ').map((word) => `"${word}"`);
  return [words[0]!, ...words];
}

const refuse = (at: Refusal['at'], message: string) => ({
  refused: { ...(at === undefined ? {} : { at }), message },
});

const counted = (count: number) => {
  if (count === 0) return 'no argument';
  return count === 1 ? 'one argument' : `${count} arguments`;
};

const short = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

/* ---------------------------------------------------------------- one argument */

const string = String.raw`"(?:[^"\\\n]|\\(?:[0-7]{1,3}|x[0-9a-fA-F]{1,2}|[ntrabfv\\"'?]))*"`;
const character = String.raw`'(?:[^'\\\n]|\\(?:[0-7]{1,3}|x[0-9a-fA-F]{1,2}|[ntrabfv\\"'?]))'`;
const word = String.raw`[A-Za-z_]\w*(?:->\w+)?(?:\[\d+\])?`;
const token = new RegExp(
  String.raw`\s*(?:(?<string>${string})|(?<character>${character})|(?<number>0[xX][0-9a-fA-F]+|\d+)(?![\w.])|(?<word>${word})|(?<sign><<|[-+*|~()&]))`,
  'y',
);

interface Token {
  kind: 'string' | 'character' | 'number' | 'word' | 'sign';
  text: string;
}

/** The words of an expression; a string that says where it cannot be read. */
function tokens(text: string): Token[] | string {
  const list: Token[] = [];
  token.lastIndex = 0;
  for (let at = 0; at < text.length; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(text);
    if (!match) return text.slice(at);
    const [kind, found] = Object.entries(match.groups!).find(([, value]) => value !== undefined)!;
    list.push({ kind: kind as Token['kind'], text: found! });
  }
  return list;
}

/** What is wrong with an argument, as a sentence; undefined when nothing is. */
function problemOf(text: string, parameter: OfferedParameter, known: Known): string | undefined {
  if (text === '') return 'it is missing.';
  if (text.length > longest) return `it is longer than ${longest} characters.`;
  if (parameter.fixed) {
    return parameter.choices.some((choice) => choice.text === text)
      ? undefined
      : `“${short(text)}” is not offered.`;
  }
  return (
    formProblem(text, parameter, known) ?? typeProblem(text, parameter, namesIn(text, known), known.types)
  );
}

function formProblem(text: string, parameter: OfferedParameter, known: Known): string | undefined {
  if (parameter.kind === 'variable')
    return isNewName(text.replace(/^&/, ''), known)
      ? undefined
      : `“${short(text)}” is no name for a variable.`;
  if (parameter.kind === 'address') return addressProblem(text, known);
  return expressionProblem(text, parameter, known);
}

/** The variables in an expression. */
function namesIn(text: string, { constants }: Known): string[] {
  const list = tokens(text);
  if (typeof list === 'string') return [];
  return list.filter(({ kind, text }) => kind === 'word' && !constants.has(text)).map(({ text }) => text);
}

/** Keywords of C would spoil the program that is written of the session. */
const taken = new Set(
  'auto break case char const continue default do double else enum extern float for goto if inline int long register return short signed sizeof static struct switch typedef union unsigned void volatile while main die errno printf perror setvbuf strlen strerror strsignal ptsname note tell shared stdin stdout stderr unix linux environ sigemptyset sigaddset sigismember clock_gettime key'.split(
    ' ',
  ),
);

function isNewName(text: string, { constants }: Known): boolean {
  return (
    /^[A-Za-z_]\w{0,23}(\[\d{1,3}\])?$/.test(text) &&
    !constants.has(text) &&
    !taken.has(text) &&
    !callTexts.has(text) &&
    !/^(run|offset)_|_t$|^[A-Z][A-Z0-9_]+$/.test(text)
  );
}

const newName = 'a name for a variable: letters, digits and _, at most 24, no constant’s and no keyword';

function addressProblem(text: string, known: Known): string | undefined {
  const form = /^(unix|abstract|loopback|group|broadcast)\((.*)\)$/s.exec(text);
  if (!form) return known.buffers.has(text) ? undefined : `“${short(text)}” is no address.`;
  const [, kind, inner] = form;
  if (kind === 'unix' || kind === 'abstract')
    return new RegExp(`^${string}$`).test(inner!) && !inner!.includes('/') && inner !== '""'
      ? undefined
      : `“${short(inner!)}” is no plain name in quotes.`;
  const port = inner!.replace(/^htons\((.*)\)$/, '$1');
  return expressionProblem(port, { kind: 'number' }, known);
}

function expressionProblem(
  text: string,
  { kind }: Pick<OfferedParameter, 'kind'>,
  known: Known,
): string | undefined {
  const list = tokens(text);
  if (typeof list === 'string') return `“${short(list)}” cannot be read.`;
  const unknown = list.find((one) => one.kind === 'word' && !isKnown(one.text, list, known));
  if (unknown) return `${known.title} has no variable “${short(unknown.text)}”, and no constant is named so.`;
  const [only] = list;
  const bytes = list.length === 1 && (only!.kind === 'string' || known.buffers.has(only!.text));
  const memory = list.length === 1 && only!.text.startsWith('shared->');
  if (kind === 'text')
    return bytes || memory ? undefined : `“${short(text)}” is neither a text nor a buffer.`;
  if (list.some((one) => one.kind === 'string'))
    return `“${short(text)}” is a text where a number is needed.`;
  return balanced(list) ? undefined : `“${short(text)}” is no complete expression.`;
}

function isKnown(name: string, list: Token[], { numbers, buffers, constants }: Known): boolean {
  if (name === 'sizeof') return true;
  if (name === 'struct') return list[0]?.text === 'sizeof';
  const member = /^shared->(\w+)/.exec(name)?.[1];
  if (member) return numbers.has(`offset_${member}`);
  const begins = list[0]?.text === 'sizeof' && (name === 'shared' || name === 'int');
  return begins || numbers.has(name) || buffers.has(name) || constants.has(name);
}

/** Operands and operators in turn, parentheses closed: what is finer is the actor's to say. */
function balanced(list: Token[]): boolean {
  let depth = 0;
  let wants = true; // an operand
  for (const { kind, text } of list) {
    if (kind === 'sign' && text === '(') depth++;
    else if (kind === 'sign' && text === ')') {
      if (--depth < 0 || wants) return false;
    } else if (kind === 'sign') {
      const prefix = wants && ['-', '~', '&', '*'].includes(text);
      if (wants && !prefix) return false;
      wants = true;
    } else if (text !== 'sizeof' && text !== 'struct') {
      if (!wants) return false;
      wants = false;
    }
  }
  return depth === 0 && !wants;
}

function lengthOf(data: string, { buffers }: Known): string {
  const size = buffers.get(data);
  if (size !== undefined) return String(size);
  const inner = data.replace(/^"|"$/g, '');
  return String(Buffer.byteLength(inner.replace(/\\(?:[0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)/g, '.')));
}

/* ------------------------------------------------------------- what is accepted */

const some = (names: Iterable<string>) => {
  const all = [...names];
  return all.length > mostNames ? `${all.slice(0, mostNames).join(', ')}, …` : all.join(', ');
};

/** Completes `Give ...`. */
export function accepted(parameter: OfferedParameter, known: Known): string {
  const { kind, choices, fixed, combine } = parameter;
  const texts = some(choices.map((choice) => choice.text));
  if (fixed) return choices.length === 1 ? texts : `one of these: ${texts}`;
  if (kind === 'variable') return newName;
  if (kind === 'address')
    return 'unix("name"), abstract("name"), loopback(htons(PORT)), or the variable that recvfrom filled';
  if (kind === 'text')
    return known.buffers.size > 0
      ? `a text in quotes, or a buffer: ${some(known.buffers.keys())}`
      : 'a text in quotes';
  if (combine) return `constants joined with |: ${texts}`;
  if (parameter.pointer !== undefined) return addressesOf(parameter.pointer, known);
  const variables = [...known.numbers].filter(isShown);
  const own = variables.length > 0 ? `, or a variable of ${known.title}: ${some(variables)}` : '';
  const constants = choices.length > 0 ? `, a constant (${texts})` : '';
  return `a number${constants}${own}`;
}

/** Variables that hold such an address, or objects that have one. */
function addressesOf(pointer: string, { title, types }: Known): string {
  const fitting = [...types].flatMap(([name, type]) => {
    if (type === `${pointer} *` || (pointer === 'void' && type.endsWith('*'))) return [name];
    return type === pointer ? [`&${name}`] : [];
  });
  if (fitting.length > 0) return `an address that ${title} has: ${some(fitting)}`;
  return `an address; ${title} has none that fits yet`;
}

/** Not what the machinery keeps among the variables. */
export const isShown = (name: string) => !/^(run_|offset_|ready\[)|\[\]$/.test(name) && !reported.has(name);

/** Words of a reply that are no variables. */
const reported = new Set(
  'data size type priority exited killed stopped continued sent from msg_qnum msg_qbytes'.split(' '),
);
