import type { DemoView, ObjectView, ProcessView } from '../../../../server/protocol';
import { heading, objectTitle, stateIcons, stateWords } from '../words';
import type { Columns } from './columns';
import { ObjectCard } from './object-card';

/** What cards of a strip have at least, if there is room for one. */
const comfortable = 150;
const gap = 8;

const letters = 'ABCDEFGH';

/**
 * Processes and, between them, the kernel objects with what they hold now. Stays in sight while time scrolls. Where the lanes are
 * too narrow for that, the objects stand in a row above, and a letter leads from each to its lane.
 */
export function Heads({ view, columns }: { view: DemoView; columns: Columns }) {
  const { above } = columns;
  return (
    <div class="heads">
      {above && <Strip view={view} columns={columns} />}
      <Row view={view} columns={columns} above={above} />
    </div>
  );
}

/** All cards side by side, in the order of their lanes. */
function Strip({ view, columns }: { view: DemoView; columns: Columns }) {
  const { objects, width } = columns;
  const fitting = Math.max(1, Math.floor((width + gap) / (comfortable + gap)));
  const across = Math.min(objects.length, fitting);
  const each = (width - (across - 1) * gap) / across;
  return (
    <div class="object-strip" style={{ gridTemplateColumns: `repeat(${across}, minmax(0, 1fr))` }}>
      {objects.map(({ id }, index) => (
        <ObjectCard
          key={id}
          view={view}
          object={find<ObjectView>(view.objects, id)}
          width={each}
          letter={letters[index]}
        />
      ))}
    </div>
  );
}

function Row({ view, columns, above }: { view: DemoView; columns: Columns; above: boolean }) {
  const boxes = [
    ...columns.processes.map((column) => ({
      left: column.head.left,
      right: column.head.right,
      content: <ProcessHead view={view} process={find(view.processes, column.id)} hue={column.hue} />,
      id: column.id,
    })),
    ...columns.objects.map((column, index) => ({
      left: column.head.left,
      right: column.head.right,
      content: above ? (
        <LaneTag letter={letters[index]} title={find<ObjectView>(view.objects, column.id).title} />
      ) : (
        <ObjectCard
          view={view}
          object={find<ObjectView>(view.objects, column.id)}
          width={column.head.right - column.head.left}
        />
      ),
      id: column.id,
    })),
  ].sort((a, b) => a.left - b.left);
  // A grid whose columns are the gaps and boxes in turn: the row is as high as its highest box.
  const tracks: string[] = [];
  let x = 0;
  for (const box of boxes) {
    tracks.push(`${Math.max(0, box.left - x)}px`, `${Math.max(0, box.right - Math.max(x, box.left))}px`);
    x = Math.max(x, box.right);
  }
  return (
    <div class="head-row" style={{ gridTemplateColumns: tracks.join(' ') }}>
      {boxes.map((box, index) => (
        <div key={box.id} class="head-box" style={{ gridColumn: index * 2 + 2 }}>
          {box.content}
        </div>
      ))}
    </div>
  );
}

/** At the top of a lane whose object stands above. */
function LaneTag({ letter, title }: { letter?: string; title: string }) {
  return (
    <div class="lane-tag" title={heading(title)}>
      <span class="letter">{letter}</span>
    </div>
  );
}

function find<T extends { id: string }>(all: T[], id: string): T {
  return all.find((one) => one.id === id)!;
}

function ProcessHead({ view, process, hue }: { view: DemoView; process: ProcessView; hue: number }) {
  const detail = process.end ?? waitWords(view, process) ?? runsWords(process);
  return (
    <div class={`process-head hue-${hue} ${process.state}`}>
      <div class="name">
        <strong>{heading(process.title)}</strong>
        {process.pid !== undefined && <span class="pid">pid {process.pid}</span>}
      </div>
      <span class={`chip ${process.state}`}>
        <span class={`codicon codicon-${stateIcons[process.state]}`} aria-hidden="true" />
        {stateWords[process.state]}
      </span>
      {detail && (
        <p class="detail" title={detail}>
          {detail}
        </p>
      )}
    </div>
  );
}

function waitWords(view: DemoView, process: ProcessView): string | undefined {
  if (process.state !== 'blocked' || !process.wait) return undefined;
  const { call, object } = process.wait;
  return object ? `waits for ${objectTitle(view, object)}, in ${call}` : `in ${call}`;
}

/** Another program took the place of its own. */
const runsWords = (process: ProcessView) => (process.runs ? `runs ${process.runs} now` : undefined);
