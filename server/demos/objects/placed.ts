/** Objects without a name in memory that processes share: a member of `struct shared`, which each may have elsewhere. */
import type { CallEvent, LiveProcess, World } from '../kit';
import { wordsToMap } from './text';

/** Where a process has `shared->member`; undefined while it has the structure nowhere. */
export function addressIn(process: LiveProcess, member: string): number | undefined {
  const base = process.variables.get('shared');
  const offset = process.variables.get(`offset_${member}`);
  return base === undefined || base <= 0 || offset === undefined ? undefined : base + offset;
}

/** The address lies in this member: none begins between. */
export function liesIn(process: LiveProcess, member: string, address: number): boolean {
  const begin = addressIn(process, member);
  if (begin === undefined || address < begin || address - begin > largest) return false;
  const base = process.variables.get('shared')!;
  return ![...process.variables].some(
    ([name, offset]) => name.startsWith('offset_') && base + offset > begin && base + offset <= address,
  );
}

/** More than any of the C library's structures has. */
const largest = 64;

export interface Seen {
  process: LiveProcess;
  facts: Map<string, string>;
}

/** Before a structure is initialised, there are zeros at its place: only a step tells that it is there. */
export class Initialised {
  done = false;

  constructor(
    private readonly member: string,
    private readonly begins: string,
    private readonly ends: string,
  ) {}

  notice({ step, result }: CallEvent): void {
    if (result === -1 || step.args[0] !== `&shared->${this.member}`) return;
    if (step.call === this.begins) this.done = true;
    if (step.call === this.ends) this.done = false;
  }
}

/** What each living process finds there. */
export async function lookThrough(world: World, peek: string, member: string): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const process of world.processes) {
    const address = addressIn(process, member);
    if (process.pid === 0 || process.ended || address === undefined) continue;
    const words = await world.stage.peek(peek, process.id, address);
    if (words) seen.push({ process, facts: wordsToMap(words) });
  }
  return seen;
}
