import type { DemoView, MemoryField, MemoryView } from '../../../../server/protocol';
import { bytes, holders } from '../words';
import type { Drawing } from './drawing';
import { End } from './holders';
import { Plate } from './plate';

const shown = 4;

/** The first cells; where processes see different ones, a row for each view. */
function MemoryPicture({ view, object }: { view: DemoView; object: MemoryView }) {
  return (
    <div class="counter">
      {object.name !== undefined && <Plate name={object.name || undefined} />}
      {object.rows.map((row) => (
        <div key={row.processes.join()} class="memory-row">
          {row.fields ? (
            <Fields fields={row.fields} />
          ) : row.cells ? (
            <span class="memory-cells">
              {row.cells.slice(0, shown).map((cell, index) => (
                // A cell has no other name than its place.
                <span key={index} class={cell === 0 ? 'memory-cell zero' : 'memory-cell'}>
                  {cell}
                </span>
              ))}
              …
            </span>
          ) : (
            <span class="modes">addresses with no memory behind them</span>
          )}
          {object.rows.length > 1 && <End view={view} name="seen by" ids={row.processes} />}
        </div>
      ))}
      {object.doomed && <p class="modes">removed when the last one detaches</p>}
      <div class="ends">
        <End view={view} name="mapped by" ids={object.mappers} />
      </div>
    </div>
  );
}

/** The members of a structure by their names. */
function Fields({ fields }: { fields: MemoryField[] }) {
  return (
    <dl class="memory-fields">
      {fields.map(({ name, values, astray }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {values.map((value, index) => (
              // An element has no other name than its place.
              <span
                key={index}
                class={`memory-cell ${value === '0' || value === '' ? 'zero' : ''} ${astray ? 'astray' : ''}`}
              >
                {value}
              </span>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}

const fieldWords = ({ name, values, astray }: MemoryField) =>
  `${name} ${values.join(', ') || 'empty'}${astray ? ', which is not in this memory' : ''}`;

export const memoryDrawing: Drawing<MemoryView> = {
  measure: (memory) => (memory.size === undefined ? 'no name' : bytes(memory.size)),
  Picture: MemoryPicture,
  sentence(view, memory, name) {
    const rows = memory.rows.map((row) => {
      if (row.fields) return `${holders(view, row.processes)}: ${row.fields.map(fieldWords).join('; ')}.`;
      const cells = row.cells
        ? `cells ${row.cells.slice(0, shown).join(', ')}`
        : 'no memory behind the addresses';
      return `${holders(view, row.processes)}: ${cells}.`;
    });
    const size = memory.size === undefined ? '' : `, ${bytes(memory.size)}`;
    const doomed = memory.doomed ? ' It is removed when the last one detaches.' : '';
    return `${name}${memory.name ? ` (${memory.name})` : ''}${size}, mapped by ${holders(view, memory.mappers)}. ${rows.join(' ')}${doomed}`;
  },
};
