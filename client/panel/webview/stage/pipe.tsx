import type { DemoView, FifoView, PipeView } from '../../../../server/protocol';
import { bytes, holders } from '../words';
import type { Drawing } from './drawing';
import { FillBar } from './fill-bar';
import { End } from './holders';
import { Tube } from './tube';

/** A tube with the bytes in it; who holds which end stands below, and an end that nobody holds is drawn broken. */
export function PipePicture({
  view,
  object: pipe,
  width,
}: {
  view: DemoView;
  object: PipeView | FifoView;
  width: number;
}) {
  const rightwards = flowsRight(view, pipe);
  const [writers, readers] = [pipe.writers.length > 0, pipe.readers.length > 0];
  return (
    <div class="pipe">
      <Tube
        content={pipe.content}
        unread={pipe.unread}
        width={Math.max(60, width)}
        rightwards={rightwards}
        held={rightwards ? [writers, readers] : [readers, writers]}
      />
      <FillBar part={pipe.unread} whole={pipe.capacity} />
      <div class="ends">
        <End view={view} name="write end" ids={pipe.writers} />
        <End view={view} name="read end" ids={pipe.readers} />
      </div>
    </div>
  );
}

/** Which way the data goes on the stage: decided by the script, so that the tube does not turn around while it plays. */
function flowsRight(view: DemoView, pipe: PipeView | FifoView): boolean {
  const placeOf = (direction: 'in' | 'out', ids: string[]): number | undefined => {
    const acting = view.steps
      .filter((step) => step.transfer?.object === pipe.id && step.transfer.direction === direction)
      .map((step) => step.process);
    const all = acting.length > 0 ? acting : ids;
    if (all.length === 0) return undefined;
    const places = all.map((id) => view.processes.findIndex((process) => process.id === id));
    return places.reduce((sum, place) => sum + place, 0) / places.length;
  };
  const writer = placeOf('in', pipe.writers);
  const reader = placeOf('out', pipe.readers);
  if (writer === undefined && reader === undefined) return true;
  if (writer === undefined) return reader! > 0;
  return writer <= (reader ?? writer);
}

export const pipeMeasure = (pipe: PipeView | FifoView): string =>
  `${pipe.unread.toLocaleString('en')} of ${bytes(pipe.capacity)}`;

export function pipeSentence(view: DemoView, pipe: PipeView | FifoView, name: string): string {
  const holds =
    pipe.unread === 0 ? 'is empty' : `holds ${bytes(pipe.unread)} of ${pipe.capacity}: “${pipe.content}”`;
  return `${name} ${holds}. Write end: ${holders(view, pipe.writers)}. Read end: ${holders(view, pipe.readers)}.`;
}

export const pipeDrawing: Drawing<PipeView> = {
  measure: pipeMeasure,
  Picture: PipePicture,
  sentence: pipeSentence,
};
