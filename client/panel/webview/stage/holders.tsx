import type { ComponentChildren } from 'preact';
import type { DemoView } from '../../../../server/protocol';
import { hueOf } from '../hues';
import { holders, labelOf } from '../words';

/** A line below a picture: an end of the object and who holds it. */
export function End({
  view,
  name,
  ids,
  children,
}: {
  view: DemoView;
  name: string;
  ids: string[];
  children?: ComponentChildren;
}) {
  return (
    <span class={ids.length === 0 ? 'end nobody' : 'end'} title={`${name}: ${holders(view, ids)}`}>
      <span class="end-name">{name}</span>
      {ids.length === 0 ? (
        <span class="holder">nobody</span>
      ) : (
        ids.map((id) => (
          <span key={id} class={`holder ${hueClass(view, id)}`}>
            {labelOf(view, id)}
          </span>
        ))
      )}
      {children}
    </span>
  );
}

/** A program that plays no part in the script has no colour. */
const hueClass = (view: DemoView, id: string) =>
  view.processes.some((process) => process.id === id) ? `hue-${hueOf(view, id)}` : 'other';
