import type { DemoView, PipeView } from '../../../../server/protocol';
import { hueOf } from '../hues';
import { holders, labelOf } from '../words';
import { FillBar } from './fill-bar';
import { cellsOf } from './text';

const cellWidth = 12;
const tubeHeight = 30;

/** A tube with the bytes in it; who holds which end stands below, and an end that nobody holds is drawn broken. */
export function PipePicture({ view, pipe, width }: { view: DemoView; pipe: PipeView; width: number }) {
  const rightwards = flowsRight(view, pipe);
  return (
    <div class="pipe">
      <Tube pipe={pipe} width={Math.max(60, width)} rightwards={rightwards} />
      <FillBar part={pipe.unread} whole={pipe.capacity} />
      <div class="ends">
        <End view={view} name="write end" ids={pipe.writers} />
        <End view={view} name="read end" ids={pipe.readers} />
      </div>
    </div>
  );
}

function End({ view, name, ids }: { view: DemoView; name: string; ids: string[] }) {
  return (
    <span class={ids.length === 0 ? 'end nobody' : 'end'} title={`${name}: ${holders(view, ids)}`}>
      <span class="end-name">{name}</span>
      {ids.length === 0 ? (
        <span class="holder">nobody</span>
      ) : (
        ids.map((id) => (
          <span key={id} class={`holder hue-${hueOf(view, id)}`}>
            {labelOf(view, id)}
          </span>
        ))
      )}
    </span>
  );
}

/** An escape such as \\n takes the room of its characters. */
const widthOf = (cell: string): number => (cell.length > 1 ? cell.length * 7 + 5 : cellWidth);

/** The bytes that fit, each with its place; what does not fit is told by an ellipsis at the end. */
function placeCells(pipe: PipeView, room: number): { text: string; x: number; width: number }[] {
  const cells = cellsOf(pipe.content);
  const placed: { text: string; x: number; width: number }[] = [];
  let x = 0;
  for (const [index, text] of cells.entries()) {
    const width = widthOf(text);
    const more = index < cells.length - 1 || pipe.unread > cells.length;
    if (x + width + (more ? cellWidth : 0) > room) {
      placed.push({ text: '…', x, width: cellWidth });
      return placed;
    }
    placed.push({ text, x, width });
    x += width;
  }
  if (pipe.unread > cells.length) placed.push({ text: '…', x, width: cellWidth });
  return placed;
}

function Tube({ pipe, width, rightwards }: { pipe: PipeView; width: number; rightwards: boolean }) {
  const cells = placeCells(pipe, width - 44);
  const end = cells.at(-1);
  // The bytes gather at the read end.
  const start = rightwards && end ? width - 20 - end.x - end.width : 20;
  const [leftHeld, rightHeld] = rightwards
    ? [pipe.writers.length > 0, pipe.readers.length > 0]
    : [pipe.readers.length > 0, pipe.writers.length > 0];
  return (
    <svg
      class="tube"
      width={width}
      height={tubeHeight}
      viewBox={`0 0 ${width} ${tubeHeight}`}
      aria-hidden="true"
    >
      <path class="wall" d={`M9 1H${width - 9}M9 ${tubeHeight - 1}H${width - 9}`} />
      <rect class="inside" x={9} y={1} width={width - 18} height={tubeHeight - 2} />
      <ellipse
        class={`rim ${leftHeld ? '' : 'broken'}`}
        cx={9}
        cy={tubeHeight / 2}
        rx={7}
        ry={tubeHeight / 2 - 1}
      />
      {cells.map((cell) => (
        <g key={cell.x} class="cell">
          <rect x={start + cell.x} y={6} width={cell.width - 1} height={tubeHeight - 12} rx={2} />
          <text x={start + cell.x + (cell.width - 1) / 2} y={tubeHeight / 2 + 4} text-anchor="middle">
            {cell.text === ' ' ? '␣' : cell.text}
          </text>
        </g>
      ))}
      {cells.length === 0 && (
        <text class="empty" x={width / 2} y={tubeHeight / 2 + 4} text-anchor="middle">
          empty
        </text>
      )}
      <path
        class={`rim front ${rightHeld ? '' : 'broken'}`}
        d={`M${width - 9} 1a7 ${tubeHeight / 2 - 1} 0 0 1 0 ${tubeHeight - 2}`}
      />
    </svg>
  );
}

/** Which way the data goes on the stage: decided by the script, so that the tube does not turn around while it plays. */
function flowsRight(view: DemoView, pipe: PipeView): boolean {
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
