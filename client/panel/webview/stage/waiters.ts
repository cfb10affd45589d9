import type { DemoView, MutexView, ObjectView } from '../../../../server/protocol';
import { labelOf } from '../words';

/** Processes that the kernel shows waiting in a call on this object. */
export const waitersOf = (view: DemoView, { id }: ObjectView): string[] =>
  view.processes.filter((process) => process.wait?.object === id).map((process) => process.id);

/**
 * The processes of a circle in which this mutex is a part: each waits for a mutex that the next one has. Empty when there is
 * none: then somebody can go on.
 */
export function circleThrough(view: DemoView, start: MutexView): string[] {
  const circle: string[] = [];
  let at: ObjectView | undefined = start;
  while (at?.kind === 'mutex' && at.owner !== undefined && !circle.includes(at.owner)) {
    circle.push(at.owner);
    at = waitedFor(view, at.owner);
    if (at?.id === start.id) return circle;
  }
  return [];
}

function waitedFor(view: DemoView, id: string): ObjectView | undefined {
  const target = view.processes.find((process) => process.id === id)?.wait?.object;
  return view.objects.find((object) => object.id === target);
}

/** Each arrow means: waits for. */
export const circlePath = (view: DemoView, circle: string[]): string =>
  [...circle, circle[0]!].map((process) => labelOf(view, process)).join(' → ');

/** `parent waits for child, child waits for parent`. */
export function circleWords(view: DemoView, circle: string[]): string {
  return circle
    .map((process, index) => {
      const next = circle[(index + 1) % circle.length]!;
      return `${labelOf(view, process)} waits for ${labelOf(view, next)}`;
    })
    .join(', ');
}
