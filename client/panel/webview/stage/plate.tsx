/** The name of an object, or that it has none. */
export function Plate({
  name,
  icon = 'tag',
  without = 'no name',
}: {
  name?: string;
  icon?: string;
  without?: string;
}) {
  return (
    <span class={name ? 'plate' : 'plate none'} title={name}>
      <span class={`codicon codicon-${icon}`} aria-hidden="true" />
      <span class="plate-text">{name ?? without}</span>
    </span>
  );
}
