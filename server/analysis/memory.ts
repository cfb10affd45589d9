import { CowMap } from './cow';
import { joinValueMaps, namedAlike } from './joins';
import { isIndexedBy, isWithin, mayBeSame, type Place, someElement } from './places';
import { asSeveral, isUnknown, joinValues, type Value, withoutNumber } from './values';

const mostPlaces = 400;

/** What places of storage hold, as far as it is known. */
export class Memory {
  protected readonly values = new CowMap<Place, Value>();
  /** Elements of arrays hold objects. */
  private hasSeveral = false;

  /** Becomes what `other` is. */
  protected assumeValues(other: Memory): void {
    this.values.assume(other.values);
    this.hasSeveral = other.hasSeveral;
  }

  get(place: Place): Value | undefined {
    return this.values.get(place) ?? (this.hasSeveral && place.includes('[') ? this.some(place) : undefined);
  }

  /** What is known of an element because it is one of an array's. */
  private some(place: Place): Value | undefined {
    return this.values.get(someElement(place));
  }

  entries(): Iterable<[Place, Value]> {
    return this.values.entries();
  }

  /** Stores a value; what was known of the parts of the place is gone. */
  set(place: Place, value: Value): void {
    if (place.endsWith(']')) this.forgetText(place.slice(0, place.lastIndexOf('[')));
    this.forgetParts(place);
    this.moveOn(place);
    this.replace(place, value);
  }

  /** A variable or element changes: elements of which it was the index become some elements, and so do those it may have been. */
  private moveOn(place: Place): void {
    const isElement = place.includes('[');
    let moved: Place[] | undefined;
    for (const key of this.values.keys()) {
      if (key === place || !key.includes('[') || key.includes('[*]')) continue;
      if (isElement ? mayBeSame(place, key) : isIndexedBy(key, place)) (moved ??= []).push(key);
    }
    for (const key of moved ?? []) this.becomeSome(key, isElement ? undefined : place);
  }

  /** What an element holds is from now on what some element holds. */
  becomeSome(key: Place, index?: Place): void {
    const value = this.values.get(key);
    this.values.delete(key);
    if (value) this.addToSome(someElement(key, index), value);
  }

  private addToSome(place: Place, value: Value): void {
    const several = asSeveral(value);
    if (!several) return;
    const known = this.values.get(place);
    const both = known ? joinValues(known, several) : several;
    if (both.origins) this.replace(place, both);
  }

  /** Changes what is known of the value that a place still holds. */
  replace(place: Place, value: Value): void {
    if (isUnknown(value)) {
      this.values.delete(place);
    } else if (this.values.size < mostPlaces || this.values.has(place)) {
      this.values.set(place, value);
      this.hasSeveral ||= value.origins !== undefined && place.includes('[');
    }
  }

  forget(place: Place): void {
    if (place.endsWith(']')) this.forgetText(place.slice(0, place.lastIndexOf('[')));
    this.values.delete(place);
    this.forgetParts(place);
    this.moveOn(place);
  }

  /** The characters of an array change. */
  forgetText(array: Place): void {
    const value = this.values.get(array);
    if (value?.text === undefined) return;
    const { text: _, ...rest } = value;
    this.replace(array, rest);
  }

  forgetParts(place: Place): void {
    this.values.deleteWhere((key) => key.length > place.length && isWithin(key, place));
  }

  forgetWhere(test: (place: Place) => boolean): void {
    this.values.deleteWhere(test);
  }

  /** Forgets the numbers that some places hold, but not where their values came from. */
  forgetNumbers(test: (place: Place) => boolean): void {
    for (const [key, value] of [...this.values]) {
      if ((value.constant ?? value.among ?? value.min) !== undefined && !value.origins && test(key)) {
        this.replace(key, withoutNumber(value));
      }
    }
  }

  /** Forgets what some places hold, where it is no more than a number. */
  forgetPlain(test: (place: Place) => boolean): void {
    this.values.deleteWhere((place) => test(place) && isPlain(this.values.get(place)!));
  }

  /** What is left where the other comes in. */
  protected joinValues(other: Memory): void {
    if (this.values.isSame(other.values)) return;
    const hasSeveral = this.hasSeveral || other.hasSeveral;
    // One path calls the element by its number, the other by the variable that has that number.
    const theirs = hasSeveral ? namedAlike(this.values, other.values) : other.values;
    const mine = this.values.copy();
    joinValueMaps(this.values, theirs);
    if (hasSeveral) this.keepSome(mine, theirs);
  }

  /** What an element held on one of two paths only, some element may hold. */
  private keepSome(...both: CowMap<Place, Value>[]): void {
    for (const values of both) {
      for (const [place, value] of values) {
        if (value.origins && place.includes('[') && !this.values.has(place)) {
          this.addToSome(place.includes('[*]') ? place : someElement(place), value);
        }
      }
    }
  }
}

/** A number, perhaps: no object, no place and no text. */
export function isPlain({ origins, verdict, target, text, several }: Value): boolean {
  return !origins && !verdict && !several && target === undefined && text === undefined;
}
