import type { KernelLimit } from '../../../server/protocol';
import { counted } from '../../words';
import { model, news } from './store';
import { amount } from './words';

/** Limits with what is used of them, and the IPC namespaces. */
export function Limits() {
  news();
  const limits = [...model.limits].sort((one, other) => share(other) - share(one));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section class="limits" tabIndex={0} aria-label="Limits">
      <table>
        <thead>
          <tr>
            <th scope="col">Limit</th>
            <th scope="col">On</th>
            <th scope="col" class="number">
              Used
            </th>
            <th scope="col" class="number">
              Most
            </th>
            <th scope="col">
              <span class="spoken">Share</span>
            </th>
            <th scope="col" class="source">
              Shown in
            </th>
          </tr>
        </thead>
        <tbody>
          {limits.map((limit) => (
            <LimitRow key={limit.id} limit={limit} />
          ))}
        </tbody>
      </table>
      {model.notes.length > 0 && (
        <>
          <h2>What is not seen</h2>
          <ul class="notes">
            {model.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </>
      )}
      <h2>IPC namespaces</h2>
      <ul class="namespaces">
        {model.namespaces.map(({ id, own, processes, programs }) => (
          <li key={id} class={own ? 'own' : ''}>
            <code>{id}</code> {own && <b>the one shown here</b>} {counted(processes, 'process', 'processes')}
            {programs.length > 0 && <span class="programs">: {programs.join(', ')}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function share({ used, most }: KernelLimit): number {
  return used === undefined || most === undefined || most === 0 ? -1 : used / most;
}

function LimitRow({ limit }: { limit: KernelLimit }) {
  const { name, meaning, used, most, unit, near, source } = limit;
  const part = Math.max(0, Math.min(1, share(limit)));
  return (
    <tr class={near ? 'near' : ''}>
      <td class="mono" title={source}>
        {name}
      </td>
      <td>
        {meaning}
        {near && <span class="change changed">close to the limit</span>}
      </td>
      <td class="number">{used === undefined ? '' : amount(used, unit)}</td>
      <td class="number">{most === undefined ? 'no limit' : amount(most, unit)}</td>
      <td>
        {used !== undefined && most !== undefined && (
          <svg class={`bar ${near ? 'near' : ''}`} width="80" height="6" aria-hidden="true">
            <rect class="track" width="80" height="6" rx="3" />
            <rect class="part" width={used > 0 ? Math.max(1.5, 80 * part) : 0} height="6" rx="3" />
          </svg>
        )}
      </td>
      <td class="mono source">{source}</td>
    </tr>
  );
}
