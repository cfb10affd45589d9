import { cellsOf } from './text';

const cellWidth = 12;
const usualHeight = 30;

export interface TubeProps {
  /** The start of the bytes in it, with escapes, and how many there are in all. */
  content: string;
  unread: number;
  width: number;
  height?: number;
  rightwards: boolean;
  /** Whether somebody holds the left and the right end; an end that nobody holds is drawn broken. */
  held: [boolean, boolean];
  /** What stands in it when it is empty. */
  empty?: string;
}

/** Bytes on their way in one direction. They gather at the end where they will be read. */
export function Tube({
  content,
  unread,
  width,
  height = usualHeight,
  rightwards,
  held,
  empty = 'empty',
}: TubeProps) {
  /* A narrow tube has no room to spare at its ends. */
  const inset = width < 120 ? 14 : 20;
  const cells = placeCells(content, unread, width - 2 * inset - 4);
  const end = cells.at(-1);
  const start = rightwards && end ? width - inset - end.x - end.width : inset;
  return (
    <svg class="tube" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <path class="wall" d={`M9 1H${width - 9}M9 ${height - 1}H${width - 9}`} />
      <rect class="inside" x={9} y={1} width={width - 18} height={height - 2} />
      <ellipse class={`rim ${held[0] ? '' : 'broken'}`} cx={9} cy={height / 2} rx={7} ry={height / 2 - 1} />
      {cells.map((cell) => (
        <g key={cell.x} class="cell">
          <rect x={start + cell.x} y={6} width={cell.width - 1} height={height - 12} rx={2} />
          <text x={start + cell.x + (cell.width - 1) / 2} y={height / 2 + 4} text-anchor="middle">
            {cell.text === ' ' ? '␣' : cell.text}
          </text>
        </g>
      ))}
      {cells.length === 0 && (
        <text class="empty" x={width / 2} y={height / 2 + 4} text-anchor="middle">
          {empty}
        </text>
      )}
      <path
        class={`rim front ${held[1] ? '' : 'broken'}`}
        d={`M${width - 9} 1a7 ${height / 2 - 1} 0 0 1 0 ${height - 2}`}
      />
    </svg>
  );
}

/** An escape such as \\n takes the room of its characters. */
const widthOf = (cell: string): number => (cell.length > 1 ? cell.length * 7 + 5 : cellWidth);

/** The bytes that fit, each with its place; what does not fit is told by an ellipsis at the end. */
function placeCells(
  content: string,
  unread: number,
  room: number,
): { text: string; x: number; width: number }[] {
  const cells = cellsOf(content);
  const placed: { text: string; x: number; width: number }[] = [];
  let x = 0;
  for (const [index, text] of cells.entries()) {
    const width = widthOf(text);
    const more = index < cells.length - 1 || unread > cells.length;
    if (x + width + (more ? cellWidth : 0) > room) {
      placed.push({ text: '…', x, width: cellWidth });
      return placed;
    }
    placed.push({ text, x, width });
    x += width;
  }
  if (unread > cells.length) placed.push({ text: '…', x, width: cellWidth });
  return placed;
}
