import type { Level } from '../model';

/** How full an object was while the view was open, from the left (first look) to the right (now). */
export function Sparkline({
  levels,
  capacity,
  width,
  height,
}: {
  levels: readonly Level[];
  capacity: number;
  width: number;
  height: number;
}) {
  const [first] = levels;
  const last = levels.at(-1);
  if (!first || !last || levels.length < 2 || levels.every(({ used }) => used === first.used)) return null;
  const most = Math.max(
    capacity > 0 && last.used > capacity / 8 ? capacity : 0,
    ...levels.map(({ used }) => used),
    1,
  );
  const span = Math.max(1, last.at - first.at);
  const x = (at: number) => ((at - first.at) / span) * (width - 2) + 1;
  const y = (used: number) => height - 1 - (used / most) * (height - 3);
  // A level lasts until the next one was seen: steps, not slopes.
  const steps = levels
    .map(({ at, used }, index) => {
      const before = levels[index - 1];
      return `${before ? `H${x(at).toFixed(1)}` : `M${x(at).toFixed(1)}`}${before ? 'V' : ','}${y(used).toFixed(1)}`;
    })
    .join('');
  const base = height - 1;
  return (
    <svg class="spark" width={width} height={height} aria-hidden="true">
      <path class="under" d={`${steps}V${base}H${x(first.at).toFixed(1)}Z`} />
      <path class="line" d={steps} />
    </svg>
  );
}
