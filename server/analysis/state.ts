import type { Expr } from '../c/ast';
import { integerLiteral } from '../c/literals';
import { isUnknown, joinValues, sameValue, type Value } from './values';

/**
 * The name of a storage place as the analysis follows it: `fd`, `fd[1]`, `p->next.id`, `*q`. Undefined for places
 * that are not followed. `*p` and `p[0]`, `(*p).x` and `p->x` are one place.
 */
export function placeOf(expr: Expr): string | undefined {
  switch (expr.kind) {
    case 'name':
      return expr.name;
    case 'member': {
      const object = expr.object;
      if (!expr.arrow && object.kind === 'unary' && object.op === '*') {
        return join(placeOf(object.operand), `->${expr.field}`);
      }
      return join(placeOf(object), `${expr.arrow ? '->' : '.'}${expr.field}`);
    }
    case 'index': {
      const index = expr.index.kind === 'number' ? integerLiteral(expr.index.text) : undefined;
      return index === undefined ? undefined : join(placeOf(expr.array), `[${index}]`);
    }
    case 'unary':
      return expr.op === '*' ? join(placeOf(expr.operand), '[0]') : undefined;
    default:
      return undefined;
  }
}

function join(base: string | undefined, suffix: string): string | undefined {
  return base === undefined || base.length > 120 ? undefined : base + suffix;
}

/** The variable a place belongs to. */
export function rootOf(place: string): string {
  return /^\w+/.exec(place)?.[0] ?? place;
}

/** True when reaching the place follows a pointer, so that other names may lead to it. */
export function isIndirect(place: string): boolean {
  return place.includes('->') || place.includes('[');
}

const mostPlaces = 400;

/** What is known at one point of a function: a value for each followed place. Copied on write by whoever holds it. */
export class State {
  private constructor(private places: Map<string, Value>) {}

  static empty(): State {
    return new State(new Map());
  }

  copy(): State {
    return new State(new Map(this.places));
  }

  /** Becomes what `other` is. */
  replace(other: State): void {
    this.places = new Map(other.places);
  }

  get(place: string): Value | undefined {
    return this.places.get(place);
  }

  /** Stores a value; what was known of the parts of the place is gone. */
  set(place: string, value: Value): void {
    this.forgetParts(place);
    if (isUnknown(value)) {
      this.places.delete(place);
    } else if (this.places.size < mostPlaces || this.places.has(place)) {
      this.places.set(place, value);
    }
  }

  /** Forgets a place and everything reached through it. */
  forget(place: string): void {
    this.places.delete(place);
    this.forgetParts(place);
  }

  forgetParts(place: string): void {
    for (const key of this.places.keys()) {
      if (key.length > place.length && key.startsWith(place) && /[.[-]/.test(key[place.length] ?? '')) {
        this.places.delete(key);
      }
    }
  }

  forgetWhere(test: (place: string) => boolean): void {
    for (const key of this.places.keys()) {
      if (test(key)) {
        this.places.delete(key);
      }
    }
  }

  /** Forgets the numbers that some places hold, but not where their values came from. */
  forgetConstants(test: (place: string) => boolean): void {
    for (const [key, value] of this.places) {
      if (value.constant !== undefined && test(key)) {
        const { constant: _, ...rest } = value;
        if (isUnknown(rest)) this.places.delete(key);
        else this.places.set(key, rest);
      }
    }
  }

  clear(): void {
    this.places.clear();
  }

  /** What is known when control comes from either of two places. */
  join(other: State): State {
    const places = new Map<string, Value>();
    for (const [place, value] of this.places) {
      const theirs = other.places.get(place);
      const joined = theirs && joinValues(value, theirs);
      if (joined && !isUnknown(joined)) {
        places.set(place, joined);
      }
    }
    return new State(places);
  }

  equals(other: State): boolean {
    if (this.places.size !== other.places.size) {
      return false;
    }
    for (const [place, value] of this.places) {
      const theirs = other.places.get(place);
      if (!theirs || !sameValue(value, theirs)) {
        return false;
      }
    }
    return true;
  }
}
