import type { DemoView, KernelTableRow } from '../../../server/protocol';
import { hueOf } from './hues';
import { labelOf } from './words';

/** What each process holds and what the kernel says of it; rows that the last step changed say so. */
export function KernelTable({ view }: { view: DemoView }) {
  if (view.kernel.length === 0) return null;
  return (
    <section class="kernel" aria-label="Kernel">
      <h2>In the kernel</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section class="scroll" tabIndex={0} aria-label="Table of descriptors and objects">
        <table>
          <thead>
            <tr>
              <th scope="col">Held by</th>
              <th scope="col">Handle</th>
              <th scope="col">Refers to</th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {view.kernel.map((row) => (
              <Row key={`${row.process} ${row.handle} ${row.refersTo}`} view={view} row={row} />
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function Row({ view, row }: { view: DemoView; row: KernelTableRow }) {
  return (
    <tr class={row.change ?? ''}>
      <td>
        {row.process === undefined ? (
          <span class="who kernel-itself">{row.inMemory ? 'memory' : 'kernel'}</span>
        ) : (
          <span class={`who hue-${hueOf(view, row.process)}`}>{labelOf(view, row.process)}</span>
        )}
      </td>
      <td class="mono">{row.handle}</td>
      <td class="mono">{row.refersTo}</td>
      <td>
        {row.state} {row.change && <span class={`change ${row.change}`}>{row.change}</span>}
      </td>
    </tr>
  );
}
