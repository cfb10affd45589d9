import type { KernelCycle } from '../../../server/protocol';
import { goTo, model, news, select } from './store';

/** Processes that wait for each other, each cycle drawn as one. */
export function Cycles() {
  news();
  if (model.cycles.length === 0) return null;
  return (
    <section class="cycles" role="alert" aria-label="Deadlocks">
      {model.cycles.map((cycle) => (
        <Ring key={cycle.id} cycle={cycle} />
      ))}
    </section>
  );
}

const radius = 44;
const [wide, high] = [420, 150];

function Ring({ cycle }: { cycle: KernelCycle }) {
  const { steps, sentence } = cycle;
  const places = steps.map((_, index) => {
    const angle = (2 * Math.PI * index) / steps.length - Math.PI;
    return { x: wide / 2 + 1.9 * radius * Math.cos(angle), y: high / 2 + radius * Math.sin(angle) };
  });
  return (
    <figure class="cycle">
      <svg viewBox={`0 0 ${wide} ${high}`} width={wide} height={high} role="img" aria-label={sentence}>
        <defs>
          <marker
            id="arrow"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto"
          >
            <path d="M0,0 L8,4 L0,8 Z" />
          </marker>
        </defs>
        {steps.map((step, index) => {
          const from = places[index]!;
          const to = places[(index + 1) % steps.length]!;
          return <path key={step.pid} class="waits-for" d={arc(from, to)} marker-end="url(#arrow)" />;
        })}
        {steps.map((step, index) => (
          <g key={step.pid} transform={`translate(${places[index]!.x},${places[index]!.y})`}>
            <rect class="node" x="-62" y="-15" width="124" height="30" rx="15" />
            <text text-anchor="middle" dominant-baseline="central">
              {step.program} ({step.pid})
            </text>
          </g>
        ))}
      </svg>
      <figcaption>
        <b>Deadlock.</b> {sentence}
        <ul class="links">
          {steps.map(({ pid, program, call, on }) => (
            <li key={pid}>
              <button
                type="button"
                class="link"
                onClick={() => {
                  goTo('processes');
                  select(`process:${pid}`);
                }}
              >
                {program} ({pid})
              </button>{' '}
              waits in <code>{call}</code> for{' '}
              <button
                type="button"
                class="link"
                onClick={() => {
                  goTo('objects');
                  select(on);
                }}
              >
                {model.row(on)?.label ?? on}
              </button>
            </li>
          ))}
        </ul>
      </figcaption>
    </figure>
  );
}

/** A bow from one node to the next, ending at the rim of its box. */
function arc(from: { x: number; y: number }, to: { x: number; y: number }): string {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy) || 1;
  const side = { x: (-dy / length) * 26, y: (dx / length) * 26 };
  const start = { x: from.x + side.x * 0.5, y: from.y + side.y * 0.5 };
  const end = { x: to.x - (dx / length) * 66 + side.x * 0.5, y: to.y - (dy / length) * 20 + side.y * 0.5 };
  const middle = { x: (start.x + end.x) / 2 + side.x, y: (start.y + end.y) / 2 + side.y };
  return `M${start.x},${start.y} Q${middle.x},${middle.y} ${end.x},${end.y}`;
}
