import type { DemoView, ObjectView } from '../../../../server/protocol';
import { heading } from '../words';
import { drawingOf } from './drawings';

/** A kernel object with its content drawn in its own way; kinds without a drawing show their fields. */
export function ObjectCard({
  view,
  object,
  width,
  letter,
}: {
  view: DemoView;
  object: ObjectView;
  width: number;
  /** What leads to its lane, when that is not below it. */
  letter?: string;
}) {
  const drawing = drawingOf(object);
  return (
    <div class={`object-card ${object.exists ? '' : 'absent'}`}>
      <div class="object-title">
        <strong>
          {letter && <span class="letter">{letter}</span>}
          {heading(object.title)}
        </strong>
        <span class="measure">{object.exists ? drawing?.measure(object) : 'does not exist'}</span>
      </div>
      {drawing ? (
        <drawing.Picture view={view} object={object} width={width - 20} />
      ) : (
        <Fields object={object} />
      )}
    </div>
  );
}

const known = new Set(['kind', 'id', 'title', 'exists']);

function Fields({ object }: { object: ObjectView }) {
  return (
    <dl class="fields">
      {Object.entries(object)
        .filter(([name]) => !known.has(name))
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{typeof value === 'object' ? JSON.stringify(value) : String(value)}</dd>
          </div>
        ))}
    </dl>
  );
}
