import type { Call, Chapter, Effect } from '../../catalog';

/** How a report names a chapter: the id of its facility, topic or family. */
export function chapterName(chapter: Chapter): string {
  return chapter.facility?.id ?? chapter.topic?.id ?? chapter.family?.id ?? 'a chapter not yet filled';
}

/** Complaints about one chapter, said so that the reader finds the record. */
export class Complaints {
  readonly list: string[] = [];
  check(holds: boolean, where: string, what: string): void {
    if (!holds) this.list.push(`${where}: ${what}`);
  }
}

const placeKeys = ['at', 'name', 'flags', 'mode', 'data', 'size', 'from'] as const;

/** The places an effect names, each with the key that holds it. */
export function placesOf(effect: Effect): { key: string; place: string }[] {
  return placeKeys.flatMap((key) => {
    const place = effect[key];
    return place === undefined ? [] : [{ key, place }];
  });
}

/** Whether a place is `return`, a parameter, `*param` or `param[0]` of the call. */
export function isPlaceOf(call: Call, place: string): boolean {
  const match = /^\*?(\w+)(?:\[\d+\])?$/.exec(place);
  return match !== null && (match[1] === 'return' || call.params.some((param) => param.name === match[1]));
}

/** The identifiers of a condition in C terms, without structure members, numbers and `sizeof`. */
export function identifiersOf(condition: string): string[] {
  const withoutMembers = condition.replace(/(?:->|\.)\s*\w+/g, '');
  return (withoutMembers.match(/\b[A-Za-z_]\w*\b/g) ?? []).filter(
    (word) => !['NULL', 'sizeof', 'return'].includes(word),
  );
}
