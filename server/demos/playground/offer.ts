/** Which calls a person may issue by hand, with their arguments: from what the actor says it can do, and the catalog. */
import {
  type Call,
  constantGroups,
  type Facility,
  type FacilityId,
  facilities,
  calls as known,
  type Param,
  type Topic,
  type TopicId,
  topics,
} from '../../../catalog';
import type { CallText } from '../kit';
import type { Scenario, Step } from '../scenario';
import { hidden, type Shape, shapes } from './arguments';
import type { OfferedCall, OfferedParameter, PlaygroundOffer } from './view';

export const mostProcesses = 8;
export const mostCalls = 300;

/** What the actor said of itself. */
export interface Abilities {
  /** Call to its letters, one an argument: native/actor/call.h. */
  calls: ReadonlyMap<string, string>;
  constants: ReadonlyMap<string, number>;
}

export interface OfferSources {
  scenario: Scenario;
  /** All scenarios: what they give as arguments is offered. */
  scenarios: readonly Scenario[];
  /** Calls that programs can be written with. */
  texts: ReadonlyMap<string, CallText>;
  abilities: Abilities;
}

const processCalls = new Set('fork exit _exit waitpid getpid kill raise pause alarm execlp'.split(' '));

export function offerFor(sources: OfferSources): PlaygroundOffer {
  const { abilities, texts } = sources;
  const offered = [...texts.values()]
    .filter(({ name }) => abilities.calls.has(name) && !hidden.has(name))
    .map((text) => offeredCall(text, sources));
  const groups = ['subject', 'process', 'other'];
  return {
    calls: offered.sort(
      (a, b) => groups.indexOf(a.group) - groups.indexOf(b.group) || a.name.localeCompare(b.name),
    ),
    most: { processes: mostProcesses, calls: mostCalls },
  };
}

/** The catalog's record of the C call behind a demo's call; undefined for what is no call of C. */
export function catalogCall(text: CallText): Call | undefined {
  return known.get(shapes[text.name]?.c ?? text.inC ?? text.name)?.record;
}

function offeredCall(text: CallText, sources: OfferSources): OfferedCall {
  const { name } = text;
  const call = catalogCall(text);
  const shape = shapes[name];
  const examples = examplesOf(name, sources);
  const here = call && usedHere(call.name, sources.scenario.subject);
  const letters = sources.abilities.calls.get(name)!;
  const told = parametersOf(name, letters, shape, call, sources.abilities);
  return {
    name,
    title: shape?.title ?? name,
    group: groupOf(name, call, sources),
    summary: shape?.summary ?? call?.summary ?? '',
    ...(here ? { here } : {}),
    ...(call && !shape?.summary ? { returns: call.returns.success } : {}),
    parameters: told.map((parameter, index) => withExamples(parameter, index, examples, sources)),
    ...(examples[0]?.into ? { into: examples[0].into } : {}),
  };
}

function groupOf(name: string, call: Call | undefined, sources: OfferSources): OfferedCall['group'] {
  const { subject } = sources.scenario;
  if (processCalls.has(name)) return 'process';
  const played = sources.scenarios.some(
    (one) => one.subject === subject && one.steps.some((step) => step.call === name),
  );
  const own = call !== undefined && known.get(call.name)?.chapter.facility?.id === subject;
  return played || own || (call && usedHere(call.name, subject)) ? 'subject' : 'other';
}

function usedHere(call: string, subject: FacilityId | TopicId): string | undefined {
  const about: Facility | Topic | undefined =
    facilities.get(subject as FacilityId) ?? topics.get(subject as TopicId);
  return about?.uses[call];
}

/* ------------------------------------------------------------------ parameters */

const kinds: Record<string, OfferedParameter['kind']> = {
  i: 'number',
  l: 'number',
  d: 'descriptor',
  b: 'text',
  n: 'variable',
  a: 'address',
};

type Bare = Omit<OfferedParameter, 'initial' | 'examples'>;

function parametersOf(
  name: string,
  letters: string,
  shape: Shape | undefined,
  call: Call | undefined,
  abilities: Abilities,
): Bare[] {
  /* A process that is made needs no name of a person's choosing; a command line is one choice. */
  if (name === 'fork') return [];
  const needed = letters.indexOf('?') < 0 ? letters.length : letters.indexOf('?');
  const list = shape?.parameters ?? call?.params.map((param) => param.name) ?? [];
  const possible = name === 'execlp' ? ['b'] : [...letters.replace('?', '')];
  const all = shape && !shape.repeats ? possible.slice(0, Math.max(needed, list.length)) : possible;
  return all
    .map((letter, index): Bare => {
      const bare: Bare = {
        name: `argument ${index + 1}`,
        role: '',
        kind: kinds[letter]!,
        ...(index >= needed ? { optional: true as const } : {}),
        choices: [],
      };
      const entry = list[index] ?? repeated(list, index, shape?.repeats);
      if (entry === undefined) return bare;
      if (typeof entry === 'string') return { ...bare, ...fromCatalog(entry, call, letter, abilities) };
      const { group, signal, ...told } = entry;
      const choices = signal ? signals(abilities) : group ? constantsOf(group, abilities) : [];
      return { ...bare, choices, ...told };
    })
    .map((bare, index, made) => withCount(bare, made[index - 1], all[index - 1]));
}

/** The tail comes again: `signal`, `signal`, ... */
function repeated<T>(list: readonly T[], index: number, repeats: number | undefined): T | undefined {
  if (!repeats || index < list.length) return undefined;
  return list[list.length - repeats + ((index - list.length) % repeats)];
}

/** The length of the data before it: when it is left out, it is that of the data. */
function withCount(bare: Bare, before: Bare | undefined, letter: string | undefined): Bare {
  const counts =
    letter === 'b' && before?.kind === 'text' && /^(count|len|n|size|msg_len|nbyte)$/.test(bare.name);
  return counts ? { ...bare, optional: true, counts: true } : bare;
}

function fromCatalog(
  name: string,
  call: Call | undefined,
  letter: string,
  abilities: Abilities,
): Partial<Bare> {
  const param = call?.params.find((one) => one.name === name);
  if (!param) return { name };
  const pointer = pointedTo(call!.prototype, name);
  return { name, role: param.role, ...choicesOf(param, letter, abilities), ...(pointer ? { pointer } : {}) };
}

/** `sem_t` of `int sem_wait(sem_t *sem);` */
function pointedTo(prototype: string, name: string): string | undefined {
  const form = new RegExp(`[(,]\\s*(?:const )?([\\w ]+?) \\*(?:restrict )?${name}\\b`);
  return form.exec(prototype)?.[1];
}

function choicesOf(param: Param, letter: string, abilities: Abilities): Partial<Bare> {
  const { literal } = param;
  if (letter === 'n' || !literal) return {};
  switch (literal.kind) {
    case 'flags':
      return { choices: [{ text: '0' }, ...constantsOf(literal.group, abilities)], combine: true };
    case 'one-of':
      return { choices: constantsOf(literal.group, abilities) };
    case 'signal':
      return { choices: signals(abilities) };
    case 'mode':
      return { choices: [{ text: '0600', meaning: 'for its user alone: more is never given in a demo' }] };
    default:
      return {};
  }
}

/** Of a group of the catalog, what the actor knows. */
function constantsOf(group: string, { constants }: Abilities): OfferedParameter['choices'] {
  const all = constantGroups.get(group)?.record.constants ?? [];
  return all.filter(({ name }) => constants.has(name)).map(({ name, meaning }) => ({ text: name, meaning }));
}

function signals({ constants }: Abilities): OfferedParameter['choices'] {
  const names = [...constants.keys()].filter((name) => /^SIG(?!_)[A-Z]/.test(name));
  const meanings = new Map(
    [...constantGroups.values()].flatMap(({ record }) =>
      record.constants.map(({ name, meaning }) => [name, meaning] as const),
    ),
  );
  return names.map((text) => ({ text, meaning: meanings.get(text) }));
}

/* -------------------------------------------------------------------- examples */

/** How the scenarios issue the call: this one first, then those of the same subject, then all others. */
function examplesOf(name: string, { scenario, scenarios }: OfferSources): Step[] {
  const rank = (other: Scenario) => (other === scenario ? 0 : other.subject === scenario.subject ? 1 : 2);
  return [...scenarios]
    .sort((a, b) => rank(a) - rank(b))
    .flatMap((one) => one.steps.filter((step) => step.call === name));
}

const examplesShown = 8;

function withExamples(
  bare: Bare,
  index: number,
  steps: Step[],
  { scenario, abilities }: OfferSources,
): OfferedParameter {
  const given = steps.map((step) => step.args[index]).filter((text) => text !== undefined);
  const [first = ''] = bare.counts ? [] : given;
  const fallback =
    bare.fixed || bare.choices.length > 0 ? (bare.choices[0]?.text ?? '') : plain(bare, scenario);
  const offered = new Set(bare.choices.map(({ text }) => text));
  const usual = bare.fixed && !offered.has(first) ? '' : first;
  const own = new Set([...(scenario.keys ?? []), ...(scenario.constants ?? []).map(({ name }) => name)]);
  const said = (text: string) =>
    /^"|^\w+\("/.test(text) ||
    (text.match(/[A-Za-z_]\w*/g) ?? []).every(
      (word) =>
        own.has(word) || abilities.constants.has(word) || /^(htons|loopback|group|broadcast)$/.test(word),
    );
  const speaks = !bare.fixed && bare.kind !== 'variable' && bare.kind !== 'descriptor';
  const examples = speaks ? [...new Set(given)].filter((text) => !offered.has(text) && said(text)) : [];
  return {
    ...bare,
    initial: usual !== '' || bare.optional ? usual : fallback,
    examples: examples.slice(0, examplesShown),
  };
}

function plain({ kind, name, pointer }: Bare, { structure = [] }: Scenario): string {
  if (name === 'attr') return '&attr';
  if (pointer !== undefined) {
    const member = structure.find(({ type }) => type === pointer);
    return member ? `&shared->${member.name}` : '';
  }
  return { number: '0', descriptor: '', text: '"hello"', variable: 'buf', address: 'unix("demo.socket")' }[
    kind
  ];
}
