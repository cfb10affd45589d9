import type { Location } from '../../analysis/path';
import type { Expr } from '../../c/ast';

/**
 * Findings at places that are only wrong when they are on every path that comes there: what is right on one path is most likely
 * kept from the others by a condition that the walk cannot see through.
 */
export class Always {
  private readonly places = new Map<Expr, Map<number | undefined, (() => void) | undefined>>();

  /** A path comes to a place; `report` when it is wrong there. Each chain of calls that leads to a helper is judged by itself. */
  see(place: Expr, { context }: Location, report: (() => void) | undefined): void {
    const chains = this.places.get(place) ?? new Map<number | undefined, (() => void) | undefined>();
    this.places.set(place, chains);
    const before = chains.get(context);
    chains.set(context, report && chains.has(context) ? before : report);
  }

  send(): void {
    for (const chains of this.places.values()) for (const report of chains.values()) report?.();
  }
}
