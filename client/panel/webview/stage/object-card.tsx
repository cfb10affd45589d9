import type { DemoView, ObjectView, PipeView, QueueView } from '../../../../server/protocol';
import { bytes, heading } from '../words';
import { PipePicture } from './pipe';
import { QueuePicture } from './queue';

/** A kernel object with its content drawn in its own way; kinds without a drawing show their fields. */
export function ObjectCard({ view, object, width }: { view: DemoView; object: ObjectView; width: number }) {
  return (
    <div class={`object-card ${object.exists ? '' : 'absent'}`}>
      <div class="object-title">
        <strong>{heading(object.title)}</strong>
        <span class="measure">{object.exists ? measureOf(object) : 'does not exist'}</span>
      </div>
      {pictureOf(view, object, width - 20)}
    </div>
  );
}

function measureOf(object: ObjectView): string {
  switch (object.kind) {
    case 'pipe':
      return `${object.unread.toLocaleString('en')} of ${bytes(object.capacity)}`;
    case 'queue':
      return `${object.bytes.toLocaleString('en')} of ${bytes(object.maxBytes)}`;
    default:
      return '';
  }
}

function pictureOf(view: DemoView, object: ObjectView, width: number) {
  switch (object.kind) {
    case 'pipe':
      return <PipePicture view={view} pipe={object as PipeView} width={width} />;
    case 'queue':
      return <QueuePicture queue={object as QueueView} />;
    default:
      return <Fields object={object} />;
  }
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
