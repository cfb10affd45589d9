import type { DemoView } from '../../../../server/protocol';

/**
 * Who stands where across the stage: processes from left to right in the order of the view, each kernel object in the
 * gap between the processes that use it.
 */
export interface Columns {
  width: number;
  processes: ProcessColumn[];
  objects: ObjectColumn[];
  /** The lanes are too narrow for pictures of objects: these stand above the processes. */
  above: boolean;
  process(id: string): ProcessColumn;
  object(id: string): ObjectColumn | undefined;
}

export interface ProcessColumn {
  id: string;
  x: number;
  /** Which of the process colours. */
  hue: number;
  first: boolean;
  last: boolean;
  /** Free space for text on either side of the lifeline. */
  roomLeft: number;
  roomRight: number;
  /** The box of its head. */
  head: { left: number; right: number };
}

export interface ObjectColumn {
  id: string;
  x: number;
  head: { left: number; right: number };
}

const hues = 4;

/** Narrower than this, a picture of an object cannot be read. */
const readable = 156;
/** What a lane needs when only a letter stands at its top. */
const tagWidth = 34;
const endHead = 24;

export function columnsOf(view: DemoView, width: number): Columns {
  const count = view.processes.length;
  const gaps = gapsOf(view);
  const margin = marginOf(count, gaps, width);
  const xs = processXs(count, gaps, margin, width);
  const halfHead = Math.min(72, (width - 2 * margin) / Math.max(1, count - 1) / 4);
  const columns = placed(view, gaps, xs, width, halfHead);
  const narrow = columns.objects.some(({ head }) => head.right - head.left < readable);
  if (!narrow) return columns;
  const tagged = taggedXs(count, gaps, margin, width) ?? xs;
  return { ...placed(view, gaps, tagged, width, widestHead(gaps, tagged)), above: true };
}

/** Where lanes have letters only, each takes its few pixels, and what is left is shared alike. */
function taggedXs(count: number, gaps: string[][], margin: number, width: number): number[] | undefined {
  if (count < 3) return undefined;
  const lanes = gaps.slice(0, count - 1).map((ids) => ids.length * tagWidth);
  const each = (width - 2 * margin - lanes.reduce((sum, lane) => sum + lane, 0)) / (count - 1);
  if (each < 2 * endHead) return undefined;
  let x = margin;
  return [x, ...lanes.map((lane) => Math.round((x += lane + each)))];
}

/** Half of what the heads between the first and the last may take when lanes need room for a letter only. */
function widestHead(gaps: string[][], xs: number[]): number {
  const rooms = xs.slice(1).map((x, gap) => {
    const room = x - xs[gap]! - tagWidth * gaps[gap]!.length - 16;
    const atEnd = gap === 0 || gap === xs.length - 2;
    return atEnd ? room - endHead : room / 2;
  });
  return Math.max(20, Math.min(72, ...rooms));
}

function placed(view: DemoView, gaps: string[][], xs: number[], width: number, halfHead: number): Columns {
  const count = view.processes.length;
  const processes = view.processes.map((process, index): ProcessColumn => {
    const x = xs[index]!;
    const first = index === 0;
    const last = index === count - 1;
    return {
      id: process.id,
      x,
      hue: index % hues,
      first,
      last: last && !first,
      roomLeft: first ? x : x - xs[index - 1]! - 16,
      roomRight: last ? width - x : xs[index + 1]! - x - 16,
      head: {
        left: first ? 0 : last ? x - endHead : x - halfHead,
        right: first ? (count === 1 ? x + 60 : x + endHead) : last ? width : x + halfHead,
      },
    };
  });
  const objects = gaps.flatMap((ids, gap) => objectColumns(ids, processes[gap], processes[gap + 1], width));
  return {
    width,
    processes,
    objects,
    above: false,
    process: (id) => processes.find((column) => column.id === id) ?? processes[0]!,
    object: (id) => objects.find((column) => column.id === id),
  };
}

function objectColumns(
  ids: string[],
  before: ProcessColumn | undefined,
  after: ProcessColumn | undefined,
  width: number,
): ObjectColumn[] {
  const left = (before?.head.right ?? 0) + 8;
  const right = (after?.head.left ?? width) - 8;
  const share = (right - left) / Math.max(1, ids.length);
  return ids.map((id, index) => ({
    id,
    x: Math.round(left + (index + 0.5) * share),
    head: { left: left + index * share + 4, right: left + (index + 1) * share - 4 },
  }));
}

/** Ids of the objects of each gap; gap i lies between process i and i + 1. One process has one gap, at its right. */
function gapsOf(view: DemoView): string[][] {
  const gaps: string[][] = Array.from({ length: Math.max(1, view.processes.length - 1) }, () => []);
  const indexOf = new Map(view.processes.map((process, index) => [process.id, index]));
  for (const object of view.objects) {
    // The script says who will move data through it, which does not change while it plays; who holds it now does.
    const users = new Set(
      view.steps
        .filter((step) => step.transfer?.object === object.id)
        .map((step) => indexOf.get(step.process))
        .filter((index) => index !== undefined),
    );
    const middle =
      users.size === 0 ? 0 : [...users].reduce((sum, index) => sum + index, 0) / users.size - 0.5;
    const gap = Math.min(gaps.length - 1, Math.max(0, Math.round(middle)));
    gaps[gap]!.push(object.id);
  }
  return gaps;
}

/** Room for text left of the first and right of the last process. */
function marginOf(count: number, gaps: string[][], width: number): number {
  const crowded = Math.max(...gaps.map((ids) => ids.length)) > 1 || count > 2;
  const share = count === 1 ? 0.42 : crowded ? 0.22 : 0.27;
  return Math.round(Math.max(96, Math.min(260, width * share)));
}

function processXs(count: number, gaps: string[][], margin: number, width: number): number[] {
  if (count === 1) return [margin];
  const weights = gaps.slice(0, count - 1).map((ids) => 1 + 0.7 * ids.length);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const inner = width - 2 * margin;
  let x = margin;
  return [
    x,
    ...weights.map((weight) => {
      x += (inner * weight) / total;
      return Math.round(x);
    }),
  ];
}
