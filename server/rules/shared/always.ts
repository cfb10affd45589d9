import type { Expr } from '../../c/ast';

/**
 * Findings at places that are only wrong when they are on every path that comes there: what is right on one path is most likely
 * kept from the others by a condition that the walk cannot see through.
 */
export class Always {
  private readonly places = new Map<Expr, (() => void) | undefined>();

  /** A path comes to a place; `report` when it is wrong there. */
  see(place: Expr, report: (() => void) | undefined): void {
    const known = this.places.has(place);
    const before = this.places.get(place);
    this.places.set(place, report && known ? before : report);
  }

  send(): void {
    for (const report of this.places.values()) report?.();
  }
}
