import { selected } from '../store';
import type { Arrow, Band, BlockedSpan, Label, Layout, Lifeline, Row, Wake } from './geometry';
import { cellsOf, onArrow } from './text';

/** The picture of what happened when. Screen readers get the list of events instead. */
export function Timeline({ layout }: { layout: Layout }) {
  const { width, height } = layout;
  return (
    <svg class="timeline" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <Patterns />
      {layout.rows.map((row) => (
        <RowGround key={row.step.index} row={row} width={width} />
      ))}
      {layout.bands.map((band) => (
        <BandOf key={band.object} band={band} now={layout.now} height={height} />
      ))}
      {layout.lifelines.map((line) => (
        <LifelineOf key={line.process} line={line} height={height} />
      ))}
      {layout.births.map((birth) => (
        <path
          key={birth.toX}
          class={`birth hue-${birth.hue}`}
          d={`M${birth.fromX} ${birth.y}H${birth.toX}`}
          marker-end={`url(#head-${birth.hue})`}
        />
      ))}
      {layout.spans.map((span) => (
        <SpanOf key={span.step} span={span} />
      ))}
      {layout.lifelines.flatMap(({ process, hue, x, stopped }) =>
        stopped.map(({ from, to }) => (
          <g key={`${process} ${from}`} class={`stopped-span hue-${hue}`}>
            <rect x={x - 4} y={from} width={8} height={Math.max(0, to - from)} />
            <path d={`M${x - 4} ${from}V${to}M${x + 4} ${from}V${to}`} />
          </g>
        )),
      )}
      <path class="now" d={`M0 ${layout.now}H${width}`} />
      {layout.arrows.map((arrow) => (
        <ArrowOf key={arrow.step} arrow={arrow} code={layout.metrics.code} />
      ))}
      {layout.rows.map((row) => (
        <RowText key={row.step.index} row={row} />
      ))}
      {layout.wakes.map((wake) => (
        <WakeOf key={wake.step} wake={wake} />
      ))}
    </svg>
  );
}

const hues = [0, 1, 2, 3];

function Patterns() {
  return (
    <defs>
      <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <path class="hatch" d="M0 0V6" />
      </pattern>
      {hues.map((hue) => (
        <marker
          key={hue}
          id={`head-${hue}`}
          class={`arrow-head hue-${hue}`}
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="8"
          markerHeight="8"
          markerUnits="userSpaceOnUse"
          orient="auto"
        >
          <path d="M0 0.5 8 4 0 7.5Z" />
        </marker>
      ))}
    </defs>
  );
}

/** The ground of a row: marks the step looked at, and takes the click. The same is reached by keyboard in the list of events. */
function RowGround({ row, width }: { row: Row; width: number }) {
  const { index } = row.step;
  const chosen = selected.value === index;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the picture is hidden from assistive technology; the list of events has buttons
    <rect
      class={`row ${row.phase} ${chosen ? 'chosen' : ''}`}
      x={2}
      y={row.top + 1}
      width={Math.max(0, width - 4)}
      height={row.height - 2}
      rx={4}
      onClick={() => (selected.value = chosen ? undefined : index)}
    />
  );
}

function BandOf({ band, now, height }: { band: Band; now: number; height: number }) {
  return (
    <g class={band.exists ? 'band' : 'band absent'}>
      <rect class="future" x={band.x - 9} y={0} width={18} height={height - 8} rx={0} />
      <rect class="past" x={band.x - 9} y={-9} width={18} height={now + 9} rx={0} />
    </g>
  );
}

function LifelineOf({ line, height }: { line: Lifeline; height: number }) {
  const { x, hue, alive, zombie, gone } = line;
  // The end is drawn below the mark of the step that brought it.
  const tail = gone === undefined ? 0 : 18;
  return (
    <g class={`lifeline hue-${hue}`}>
      <path class="guide" d={`M${x} 0V${height - 8}`} />
      {alive && <path class="alive" d={`M${x} ${alive.from}V${alive.to + (zombie ? 0 : tail)}`} />}
      {zombie && <path class="zombie" d={`M${x} ${zombie.from}V${zombie.to + tail}`} />}
      {gone !== undefined && <path class="gone" d={`M${x - 7} ${gone + tail}h14`} />}
    </g>
  );
}

function SpanOf({ span }: { span: BlockedSpan }) {
  const height = Math.max(0, span.to - span.from);
  return (
    <g class={`blocked-span ${span.open ? 'open' : ''}`}>
      <rect class="ground" x={span.x - 7} y={span.from} width={14} height={height} rx={3} />
      <rect class="lines" x={span.x - 7} y={span.from} width={14} height={height} rx={3} fill="url(#hatch)" />
    </g>
  );
}

function ArrowOf({ arrow, code }: { arrow: Arrow; code: number }) {
  const { fromX, toX, y, hue } = arrow;
  const length = Math.abs(toX - fromX);
  const cells = cellsOf(arrow.data);
  // A bit of the line before the text, the arrow's head after it.
  const room = Math.floor((length - 29) / code);
  const text = room >= 3 ? onArrow(arrow.data, room) : '';
  const pill = Math.max(20, text.length * code + 12);
  const middle = (fromX + toX) / 2 - Math.sign(toX - fromX) * 4;
  return (
    <g class={`arrow hue-${hue} ${arrow.fresh ? 'fresh' : ''}`}>
      <title>{`${cells.length} bytes: ${arrow.data}`}</title>
      <path class="shaft" d={`M${fromX} ${y}H${toX}`} marker-end={`url(#head-${hue})`} />
      {text && (
        <g class="pill" style={{ '--from': `${fromX - middle}px` }}>
          <rect x={middle - pill / 2} y={y - 10} width={pill} height={20} rx={10} />
          <text x={middle} y={y + 4} text-anchor="middle">
            {text}
          </text>
        </g>
      )}
    </g>
  );
}

function RowText({ row }: { row: Row }) {
  const { step, label, note, phase, hue } = row;
  return (
    <g class={`step ${step.status} ${phase} ${step.yours ? 'yours' : ''} hue-${hue}`}>
      {phase === 'next' && <circle class="halo" cx={row.x} cy={row.y} r={14} />}
      <circle class="mark" cx={row.x} cy={row.y} r={10} />
      <text class="number" x={row.x} y={row.y + 3.5} text-anchor="middle">
        {step.index + 1}
      </text>
      <Lines label={label} y={row.y + 4} class="call-text" />
      {note && (
        <Lines
          label={{ ...label, lines: note.lines }}
          y={row.y + 4 + label.lines.length * 15}
          class={`note ${note.tone}`}
        />
      )}
    </g>
  );
}

function WakeOf({ wake }: { wake: Wake }) {
  return (
    <g class={`wake hue-${wake.hue}`}>
      <circle class="mark" cx={wake.x} cy={wake.y} r={5} />
      <Lines label={wake.label} y={wake.y + 4} class={`note ${wake.tone}`} />
    </g>
  );
}

function Lines({ label, y, class: name }: { label: Label; y: number; class: string }) {
  return (
    <text class={name} text-anchor={label.anchor}>
      {label.lines.map((line, index) => (
        <tspan key={line} x={label.x} y={y + index * 15}>
          {line}
        </tspan>
      ))}
    </text>
  );
}
