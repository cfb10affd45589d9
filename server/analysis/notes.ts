import type { Place } from './places';
import type { CallSite, Resource } from './values';

/** Keys of the notes that rules leave on a path: a note about something is forgotten with it. */

/** The key of a note about a call, or about an object that a call made. It is forgotten with them. */
export function noteOn(prefix: string, about: CallSite | Resource): string {
  return 'site' in about ? `${prefix}#${about.site.id}#${about.id}` : `${prefix}#${about.id}`;
}

/** The key of a note about what a place holds. It is forgotten when the function of the place returns. */
export function noteAt(prefix: string, place: Place): string {
  return `${prefix}@${place}`;
}

/** The depth of the place that a note is about; NaN where it is about none. */
export function depthOfNote(key: string): number {
  const at = key.indexOf('@');
  return at === -1 ? Number.NaN : Number.parseInt(key.slice(at + 1), 10);
}

/** The number of the call that a note is about; NaN where it is about none. */
export function siteOfNote(key: string): number {
  return Number(key.split('#')[1] ?? Number.NaN);
}

/** What a note says if a call has not failed, and no longer than that: where the call has failed it is forgotten with it. */
export function unlessFailed(says: string, site: CallSite | undefined): string {
  return site ? `${says} #${site.id}` : says;
}

/** The number of the call on whose success depends what a note says; NaN where it depends on none. */
export function conditionOf(note: string | number | boolean): number {
  return typeof note === 'string' ? Number(/ #(\d+)$/.exec(note)?.[1] ?? Number.NaN) : Number.NaN;
}
