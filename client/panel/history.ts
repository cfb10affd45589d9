import type { DemoView } from '../../server/protocol';

/**
 * What a single view does not tell and a picture of time needs: during which step a process appeared and ended. It is
 * gathered from the views as they come.
 */
export interface History {
  session: string;
  processes: Record<string, Lifespan>;
}

export interface Lifespan {
  /** Index of the step under way when the process was first seen alive; absent when it was there from the start. */
  bornAt?: number;
  /** Index of the step under way when it was first seen as a zombie or gone. */
  endedAt?: number;
  /** Index of the step under way when it was first seen gone (a zombie is ended but not gone). */
  goneAt?: number;
  /** While it was stopped: during which step it was first seen so, and during which it went on. */
  stops?: { from: number; to?: number }[];
}

/** The step that ran last, or -1 before the first. */
export function latestStep(view: DemoView): number {
  return view.steps.reduce(
    (latest, step) => (step.status === 'pending' ? latest : Math.max(latest, step.index)),
    -1,
  );
}

export function extendHistory(previous: History | undefined, view: DemoView): History {
  const latest = latestStep(view);
  const anew = previous === undefined || previous.session !== view.session || latest < 0;
  const processes: Record<string, Lifespan> = {};
  for (const process of view.processes) {
    if (process.state === 'not-started') continue;
    const known = anew ? undefined : previous.processes[process.id];
    const bornAt = known || anew ? known?.bornAt : latest;
    const ended = process.state === 'zombie' || process.state === 'gone';
    const stops = stopsOf(known?.stops ?? [], process.state === 'stopped', latest);
    processes[process.id] = {
      ...(stops.length > 0 ? { stops } : {}),
      ...(bornAt === undefined ? {} : { bornAt }),
      ...(ended ? { endedAt: known?.endedAt ?? Math.max(latest, 0) } : {}),
      ...(process.state === 'gone' ? { goneAt: known?.goneAt ?? Math.max(latest, 0) } : {}),
    };
  }
  return { session: view.session, processes };
}

type Stops = NonNullable<Lifespan['stops']>;

function stopsOf(known: Stops, stopped: boolean, latest: number): Stops {
  const last = known.at(-1);
  const open = last !== undefined && last.to === undefined;
  if (open === stopped) return known;
  return stopped ? [...known, { from: latest }] : known.with(-1, { ...last!, to: latest });
}
