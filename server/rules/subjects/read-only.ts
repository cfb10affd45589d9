import type { CallEvent, StoreEvent } from '../../analysis/events';
import type { Location } from '../../analysis/path';
import type { CallSite, Value } from '../../analysis/values';
import type { Expr, FunctionDefinition } from '../../c/ast';
import type { RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { Facts, storedThrough, writtenThrough } from '../shared/facts';

/** Stores into memory that a process may only read. */

export interface ReadOnlyWrite {
  /** The call that gave the address. */
  site: CallSite;
  at: Location;
  context: RuleContext;
}

/** Hears what is stored through the addresses that a call gives; `isReadOnly` tells of each such call, as far as that is known. */
export function readOnlyWrites(name: string, isReadOnly: (event: CallEvent) => boolean | undefined) {
  const readOnly = new Facts<boolean>();
  const writes: { pointer: Value | undefined; at: Location; context: RuleContext }[] = [];
  return {
    call(event: CallEvent, context: RuleContext): void {
      if (event.site && event.name === name) readOnly.add(event.site, isReadOnly(event));
      for (const pointer of writtenThrough(event)) writes.push({ pointer, at: event.at, context });
    },
    /** Gives the pointer that the store goes through. */
    store(event: StoreEvent, context: RuleContext): Value | undefined {
      const pointer = storedThrough(event);
      if (pointer) writes.push({ pointer, at: event.at, context });
      return pointer;
    },
    found(): ReadOnlyWrite[] {
      return writes.flatMap(({ pointer, at, context }) => {
        const opened = readOnly.of(pointer);
        return opened?.fact === true ? [{ site: opened.site, at, context }] : [];
      });
    },
  };
}

/** What the program calls the memory that a call has given; `otherwise` where it has no name there. */
export function shownMemory(
  { expr, within }: { expr: Expr; within: FunctionDefinition },
  otherwise: string,
  context: RuleContext,
): string {
  const target = targetOf(within, expr);
  return target ? `\`${context.source({ start: target.start, end: target.end, within })}\`` : otherwise;
}
