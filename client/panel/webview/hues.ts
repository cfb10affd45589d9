import type { DemoView } from '../../../server/protocol';

/** Each process has a colour by its place; the same everywhere in the panel. */
export function hueOf(view: DemoView, process: string): number {
  const index = view.processes.findIndex((other) => other.id === process);
  return Math.max(0, index) % 4;
}
