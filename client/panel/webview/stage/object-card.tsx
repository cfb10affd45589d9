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
