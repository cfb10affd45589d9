import type { Chapter } from '../../catalog';
import { chapterName } from './places';

export interface Text {
  where: string;
  text: string;
  /** Sentences end with a full stop; phrases, which stand inside a sentence of the program's, do not. */
  kind: 'sentence' | 'phrase' | 'either';
  max: number;
}

/** Every text of a chapter that a person reads. */
export function textsOf(chapter: Chapter): Text[] {
  const texts: Text[] = [];
  const sentence = (where: string, text: string | undefined, max: number) => {
    if (text !== undefined) texts.push({ where, text, kind: 'sentence', max });
  };
  const phrase = (where: string, text: string | undefined, max: number) => {
    if (text !== undefined) texts.push({ where, text, kind: 'phrase', max });
  };
  const uses = (owner: string, record: Record<string, string>) => {
    for (const [name, text] of Object.entries(record)) sentence(`${owner}, use of ${name}`, text, 320);
  };
  const { facility, topic } = chapter;
  const name = chapterName(chapter);
  if (facility) {
    phrase(`${name}, title`, facility.title, 60);
    sentence(`${name}, summary`, facility.summary, 360);
    phrase(`${name}, identifiedBy`, facility.identifiedBy, 120);
    phrase(`${name}, handle`, facility.handle, 120);
    sentence(`${name}, accessibility`, facility.accessibility.detail, 480);
    sentence(`${name}, persistence`, facility.persistence.detail, 480);
    sentence(`${name}, data model`, facility.dataModel.detail, 480);
    sentence(`${name}, flow control`, facility.flowControl, 480);
    for (const limit of facility.limits) {
      phrase(`${name}, limit ${limit.name}`, limit.usual, 120);
      phrase(`${name}, limit ${limit.name}, shown at`, limit.shownAt, 120);
      sentence(`${name}, limit ${limit.name}, meaning`, limit.meaning, 240);
    }
    for (const { to, difference } of facility.comparison) sentence(`${name} and ${to}`, difference, 320);
    for (const [i, text] of facility.pitfalls.entries()) sentence(`${name}, pitfall ${i + 1}`, text, 320);
    uses(name, facility.uses);
  }
  if (topic) {
    phrase(`${name}, title`, topic.title, 60);
    sentence(`${name}, summary`, topic.summary, 360);
    for (const [i, text] of topic.explanation.entries()) sentence(`${name}, paragraph ${i + 1}`, text, 1000);
    for (const [i, text] of topic.pitfalls.entries()) sentence(`${name}, pitfall ${i + 1}`, text, 320);
    uses(name, topic.uses);
  }
  for (const call of chapter.calls) {
    sentence(`${call.name}, summary`, call.summary, 240);
    for (const param of call.params) phrase(`${call.name}, ${param.name}`, param.role, 240);
    phrase(`${call.name}, success`, call.returns.success, 200);
    sentence(`${call.name}, failure`, call.returns.failure.detail, 240);
    for (const error of call.errors) sentence(`${call.name}, ${error.errno}`, error.when, 260);
    if (call.blocking.blocks) {
      phrase(`${call.name}, until`, call.blocking.until, 200);
      phrase(`${call.name}, avoid`, call.blocking.avoid, 160);
    }
    if (call.threadSafe !== true) sentence(`${call.name}, threads`, call.threadSafe, 240);
    for (const [i, note] of (call.notes ?? []).entries()) sentence(`${call.name}, note ${i + 1}`, note, 320);
  }
  for (const group of chapter.constants) {
    phrase(`${group.id}, title`, group.title, 80);
    for (const constant of group.constants) sentence(`${group.id}, ${constant.name}`, constant.meaning, 240);
  }
  for (const type of chapter.types) {
    sentence(`${type.name}, meaning`, type.meaning, 280);
    for (const member of type.members ?? [])
      texts.push({
        where: `${type.name}, ${member.declaration}`,
        text: member.meaning,
        kind: 'either',
        max: 200,
      });
  }
  return texts;
}

/** What is wrong with a text, in words; undefined when nothing is. */
export function faultOf({ text, kind, max }: Text): string | undefined {
  const bare = text.replace(/`[^`]*`/g, '`');
  if (text.trim() === '') return 'is empty';
  if (text !== text.trim()) return 'has white space at its ends';
  if ((text.match(/`/g) ?? []).length % 2 !== 0) return 'has an unbalanced backtick';
  if (/ {2}|\n|\t/.test(bare)) return 'has double spaces or line breaks';
  if (/\b(?:TODO|FIXME|TBD|XXX|lorem|undefined behaviour here)\b|\[object|\$\{/i.test(bare))
    return 'has words left over from writing';
  if (/\*\*|\]\(|<\/?\w+>.*<\/|^#|^[-*] /.test(bare)) return 'has markup other than inline code';
  if (/\b(?:Kerrisk|Stevens|Rago|TLPI|APUE|Beej)\b/i.test(text)) return 'names a book or tutorial';
  if (/,\.|\.\.(?!\.)|\s[,.;:](?:\s|$)|;;/.test(bare.replace(/\.\.\./g, ''))) return 'has stray punctuation';
  if (text.length > max) return `is ${text.length} characters long, ${max} are allowed`;
  if (kind === 'sentence' && !text.endsWith('.')) return 'does not end with a full stop';
  if (kind === 'phrase' && /[^.]\.$/.test(text)) return 'is a phrase and ends with a full stop';
  return undefined;
}
