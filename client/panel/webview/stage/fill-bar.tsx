/** How full something is. */
export function FillBar({ part, whole }: { part: number; whole: number }) {
  const share = whole > 0 ? Math.min(1, part / whole) : 0;
  // A few bytes of a big pipe must be seen to be there.
  const percent = part > 0 ? Math.max(1.5, share * 100) : 0;
  return (
    <svg class={`fill ${share >= 1 ? 'full' : ''}`} width="100%" height="4" aria-hidden="true">
      <rect class="track" width="100%" height="4" rx="2" />
      <rect class="part" width={`${percent}%`} height="4" rx="2" />
    </svg>
  );
}
