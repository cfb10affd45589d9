import type { DemoView, StepView } from '../../../../server/protocol';
import { type History, latestStep } from '../../history';
import { type Columns, columnsOf } from './columns';
import { proseWidth, wrap } from './text';

/**
 * Where everything of the timeline lies, from the data alone: one row a step, time flowing down, a `now` line between
 * what happened and what is to come. Pure, so that it can be tested without a browser.
 */
export interface Layout {
  width: number;
  height: number;
  metrics: Metrics;
  columns: Columns;
  rows: Row[];
  lifelines: Lifeline[];
  bands: Band[];
  spans: BlockedSpan[];
  arrows: Arrow[];
  births: Birth[];
  wakes: Wake[];
  /** The y of the line between past and future. */
  now: number;
}

export interface Row {
  step: StepView;
  top: number;
  height: number;
  /** Centre of the step's mark. */
  x: number;
  y: number;
  hue: number;
  phase: 'past' | 'latest' | 'next' | 'future';
  label: Label;
  /** What stands under the call. */
  note?: { tone: Tone; lines: string[] };
}

export type Tone = 'plain' | 'blocked' | 'wrong';

export interface Label {
  x: number;
  anchor: 'start' | 'end';
  lines: string[];
}

export interface Lifeline {
  process: string;
  hue: number;
  x: number;
  /** Alive from here to there; absent when it was never seen alive. */
  alive?: { from: number; to: number };
  /** A zombie from here to there: ended and not yet waited for. */
  zombie?: { from: number; to: number };
  /** Stopped from here to there: neither running nor waiting. */
  stopped: { from: number; to: number }[];
  /** Where it went for good. */
  gone?: number;
}

/** The lane of a kernel object. */
export interface Band {
  object: string;
  x: number;
  exists: boolean;
}

export interface BlockedSpan {
  step: number;
  hue: number;
  x: number;
  from: number;
  to: number;
  /** Still blocked. */
  open: boolean;
}

export interface Arrow {
  step: number;
  hue: number;
  y: number;
  fromX: number;
  toX: number;
  data: string;
  /** Belongs to what happened last. */
  fresh: boolean;
}

/** A process appeared during another one's step. */
export interface Birth {
  hue: number;
  y: number;
  fromX: number;
  toX: number;
}

/** A blocked call came back during a later step. */
export interface Wake {
  step: number;
  hue: number;
  x: number;
  y: number;
  label: Label;
  tone: Tone;
}

export interface Metrics {
  /** Width of a character of the code font and, on average, of the text font, in the sizes of the timeline. */
  code: number;
  text: number;
}

const topPad = 16;
const lineHeight = 15;
const markOffset = 18;
const wakeHeight = 30;
const bandHalf = 11;
const markHalf = 10;

export function layoutOf(view: DemoView, history: History, width: number, metrics: Metrics): Layout {
  const columns = columnsOf(view, width);
  const latest = latestStep(view);
  const wakeRow = new Map<number, number>();
  for (const step of view.steps) {
    const row = wokenDuring(view.steps, step);
    if (row !== undefined) wakeRow.set(step.index, row);
  }
  const rows = makeRows(view, columns, wakeRow, latest, metrics);
  const last = rows[latest];
  const now = last ? last.top + last.height : topPad;
  const wakes = makeWakes(view, columns, wakeRow, rows, metrics);
  const bottom = rows.at(-1);
  return {
    width,
    metrics,
    height: (bottom ? bottom.top + bottom.height : topPad) + 20,
    columns,
    rows,
    lifelines: makeLifelines(view, history, columns, rows, now),
    bands: columns.objects.map(({ id, x }) => ({
      object: id,
      x,
      exists: view.objects.find((object) => object.id === id)?.exists ?? false,
    })),
    spans: makeSpans(view, columns, rows, wakes, now),
    arrows: makeArrows(view, columns, rows, wakes, wakeRow, latest),
    births: makeBirths(view, history, columns, rows),
    wakes,
    now,
  };
}

/** The later step during which a blocked call came back; undefined when the step ended before the next one began. */
export function wokenDuring(steps: StepView[], step: StepView): number | undefined {
  if (step.ended === undefined || step.status === 'blocked') return undefined;
  let row: number | undefined;
  for (const other of steps) {
    if (other.index > step.index && other.began !== undefined && other.began <= step.ended) row = other.index;
  }
  return row;
}

function makeRows(
  view: DemoView,
  columns: Columns,
  wakeRow: Map<number, number>,
  latest: number,
  metrics: Metrics,
): Row[] {
  let top = topPad;
  return view.steps.map((step) => {
    const lane = columns.process(step.process);
    const label = labelPlace(step, columns);
    const lines = wrap(step.call, label.width / metrics.code, 3);
    const note = noteOf(step, wakeRow.get(step.index));
    const noteLines = note ? wrap(note.text, label.width / metrics.text, 3, proseWidth) : [];
    const wakes = [...wakeRow.values()].filter((row) => row === step.index).length;
    const text = (lines.length + noteLines.length) * lineHeight;
    const height = Math.max(46, text + 22) + wakes * wakeHeight;
    const row: Row = {
      step,
      top,
      height,
      x: lane.x,
      y: top + markOffset,
      hue: lane.hue,
      phase:
        step.index === latest
          ? 'latest'
          : step.index < latest
            ? 'past'
            : step.index === view.next
              ? 'next'
              : 'future',
      label: { x: label.x, anchor: label.anchor, lines },
      note: note && { tone: note.tone, lines: noteLines },
    };
    top += height;
    return row;
  });
}

function noteOf(step: StepView, wokenAt: number | undefined): { text: string; tone: Tone } | undefined {
  if (wokenAt !== undefined) return { text: `blocked until step ${wokenAt + 1}`, tone: 'blocked' };
  if (step.status === 'running') return { text: 'under way', tone: 'plain' };
  if (!step.outcome) return undefined;
  const told = / by you$/.test(step.outcome);
  const who = told ? '' : step.yours ? 'by you: ' : step.byHand ? 'by hand: ' : '';
  return { text: `${who}${step.outcome}`, tone: toneOf(step) };
}

function toneOf(step: StepView): Tone {
  return step.status === 'blocked' ? 'blocked' : step.status === 'differs' ? 'wrong' : 'plain';
}

/** Text goes to the side of the lifeline where the step's arrow does not. */
function labelPlace(step: StepView, columns: Columns): { x: number; anchor: 'start' | 'end'; width: number } {
  const lane = columns.process(step.process);
  const object = step.transfer && columns.object(step.transfer.object);
  const outer = lane.first ? 'left' : lane.last ? 'right' : undefined;
  const side = outer ?? (object && object.x > lane.x ? 'left' : 'right');
  const width = Math.min(240, side === 'left' ? lane.roomLeft : lane.roomRight) - markHalf - 14;
  return side === 'left'
    ? { x: lane.x - markHalf - 8, anchor: 'end', width }
    : { x: lane.x + markHalf + 8, anchor: 'start', width };
}

function makeWakes(
  view: DemoView,
  columns: Columns,
  wakeRow: Map<number, number>,
  rows: Row[],
  metrics: Metrics,
): Wake[] {
  const used = new Map<number, number>();
  return [...wakeRow].map(([index, rowIndex]) => {
    const step = view.steps[index]!;
    const row = rows[rowIndex]!;
    const nth = used.get(rowIndex) ?? 0;
    used.set(rowIndex, nth + 1);
    const lane = columns.process(step.process);
    const label = labelPlace(step, columns);
    const wakesOfRow = [...wakeRow.values()].filter((other) => other === rowIndex).length;
    return {
      step: index,
      hue: lane.hue,
      x: lane.x,
      y: row.top + row.height - (wakesOfRow - nth) * wakeHeight + 8,
      label: {
        x: label.x,
        anchor: label.anchor,
        lines: wrap(
          `step ${index + 1} ${step.outcome ?? 'came back'}`,
          label.width / metrics.text,
          2,
          proseWidth,
        ),
      },
      tone: toneOf(step),
    };
  });
}

function makeLifelines(
  view: DemoView,
  history: History,
  columns: Columns,
  rows: Row[],
  now: number,
): Lifeline[] {
  return view.processes.map((process) => {
    const lane = columns.process(process.id);
    const line: Lifeline = { process: process.id, hue: lane.hue, x: lane.x, stopped: [] };
    const span = history.processes[process.id];
    if (process.state === 'not-started' || !span) return line;
    const at = (index: number | undefined) => (index === undefined ? undefined : rows[index]?.y);
    const from = at(span.bornAt) ?? 0;
    const ended = at(span.endedAt);
    line.alive = { from, to: ended ?? now };
    line.stopped = (span.stops ?? []).map((stop) => ({ from: at(stop.from) ?? 0, to: at(stop.to) ?? now }));
    if (ended !== undefined) {
      const gone = at(span.goneAt);
      if (gone === undefined) line.zombie = { from: ended, to: now };
      else if (gone > ended) line.zombie = { from: ended, to: gone };
      line.gone = gone;
    }
    return line;
  });
}

function makeSpans(view: DemoView, columns: Columns, rows: Row[], wakes: Wake[], now: number): BlockedSpan[] {
  return view.steps.flatMap((step): BlockedSpan[] => {
    const wake = wakes.find((other) => other.step === step.index);
    const open = step.status === 'blocked';
    if (!open && !wake) return [];
    const lane = columns.process(step.process);
    const from = rows[step.index]!.y;
    return [{ step: step.index, hue: lane.hue, x: lane.x, from, to: wake ? wake.y : now, open }];
  });
}

function makeArrows(
  view: DemoView,
  columns: Columns,
  rows: Row[],
  wakes: Wake[],
  wakeRow: Map<number, number>,
  latest: number,
): Arrow[] {
  return view.steps.flatMap((step): Arrow[] => {
    const object = step.transfer && columns.object(step.transfer.object);
    if (!step.transfer || !object || step.status === 'pending' || step.status === 'blocked') return [];
    const lane = columns.process(step.process);
    const wake = wakes.find((other) => other.step === step.index);
    const towards = Math.sign(object.x - lane.x) || 1;
    const atProcess = lane.x + towards * (markHalf + 3);
    const atObject = object.x - towards * bandHalf;
    const [fromX, toX] = step.transfer.direction === 'in' ? [atProcess, atObject] : [atObject, atProcess];
    return [
      {
        step: step.index,
        hue: lane.hue,
        y: wake ? wake.y : rows[step.index]!.y,
        fromX,
        toX,
        data: step.transfer.data,
        fresh: step.index === latest || wakeRow.get(step.index) === latest,
      },
    ];
  });
}

function makeBirths(view: DemoView, history: History, columns: Columns, rows: Row[]): Birth[] {
  return view.processes.flatMap((process): Birth[] => {
    const bornAt = history.processes[process.id]?.bornAt;
    const row = bornAt === undefined ? undefined : rows[bornAt];
    if (!row || row.step.process === process.id) return [];
    const lane = columns.process(process.id);
    const towards = Math.sign(lane.x - row.x) || 1;
    return [{ hue: lane.hue, y: row.y, fromX: row.x + towards * (markHalf + 3), toX: lane.x - towards * 6 }];
  });
}
