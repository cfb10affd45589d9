import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { DemoView } from '../../../../server/protocol';
import type { History } from '../../history';
import { scrollSlowly } from '../motion';
import { asText, toggleText } from '../store';
import { Events } from './events';
import { type Layout, layoutOf, type Metrics } from './geometry';
import { Heads } from './heads';
import { Timeline } from './timeline';

/** The picture: heads of processes and objects, and below them time flowing down. Or the same in words. */
export function Stage({ view, history }: { view: DemoView; history: History }) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const metrics = useMetrics(frame);
  const layout = width > 0 ? layoutOf(view, history, Math.max(width, leastWidth(view)), metrics) : undefined;
  useKeepNowInSight(frame, layout, !asText.value);
  useKeepActorInSight(frame, layout);
  return (
    <section class="stage" aria-label="Timeline">
      <div class="stage-bar">
        <h2>Timeline</h2>
        <button type="button" class="link" aria-pressed={asText.value} onClick={toggleText}>
          <span
            class={`codicon codicon-${asText.value ? 'type-hierarchy' : 'list-ordered'}`}
            aria-hidden="true"
          />
          {asText.value ? 'Show the picture' : 'Show in words'}
        </button>
      </div>
      <div class="frame" ref={frame}>
        {layout && !asText.value && (
          <>
            <Heads view={view} columns={layout.columns} />
            <Timeline layout={layout} />
          </>
        )}
        <Events view={view} visible={asText.value} />
      </div>
    </section>
  );
}

/** With many processes or objects the picture is wider than its frame, which then scrolls. */
function leastWidth({ processes, objects }: DemoView): number {
  if (processes.length > 3) return 170 * processes.length + 40 * objects.length;
  return objects.length > 4 ? 150 * processes.length + 36 * objects.length : 0;
}

function useWidth(frame: { current: HTMLDivElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = () => setWidth(Math.floor(element.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame]);
  return width;
}

const sample = 'write(fd[1], "hello", 5) returned';

/** How wide the fonts of the timeline run; they are the person's choice. */
function useMetrics(frame: { current: HTMLDivElement | null }): Metrics {
  const [metrics, setMetrics] = useState<Metrics>({ code: 7, text: 6.2 });
  useLayoutEffect(() => {
    const element = frame.current;
    const context = document.createElement('canvas').getContext('2d');
    if (!element || !context) return;
    const style = getComputedStyle(element);
    const widthIn = (font: string) => {
      context.font = font;
      return context.measureText(sample).width / sample.length;
    };
    const code = widthIn(`12px ${style.getPropertyValue('--vscode-editor-font-family') || 'monospace'}`);
    const text = widthIn(`12px ${style.fontFamily}`);
    setMetrics({ code: Math.max(5, code), text: Math.max(4.5, text) });
  }, [frame]);
  return metrics;
}

/**
 * The step that happened last stays visible, with the next one below it: after every step, and when the room changes because
 * the words beside it or the heads above it grew.
 */
function useKeepNowInSight(
  frame: { current: HTMLDivElement | null },
  layout: Layout | undefined,
  visible: boolean,
): void {
  const now = layout?.now;
  const latest = layout?.rows.find((row) => row.phase === 'latest')?.top ?? 0;
  useLayoutEffect(() => {
    const element = frame.current;
    const heads = element?.querySelector<HTMLElement>('.heads');
    if (!element || !heads || now === undefined || !visible) return;
    let first = true;
    const observer = new ResizeObserver(() => {
      const room = element.clientHeight - heads.offsetHeight;
      const top = Math.min(now - room * 0.6, latest - 4);
      if (first) scrollSlowly(element, top);
      else element.scrollTop = Math.max(0, top);
      first = false;
    });
    // They also report the sizes at the beginning.
    observer.observe(element);
    observer.observe(heads);
    return () => observer.disconnect();
  }, [frame, now, latest, visible]);
}

/** Where the picture is wider than its frame, the process that acted last stays in it. */
function useKeepActorInSight(frame: { current: HTMLDivElement | null }, layout: Layout | undefined): void {
  const x = layout?.rows.find((row) => row.phase === 'latest')?.x;
  const width = layout?.width ?? 0;
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element || x === undefined || width <= element.clientWidth) return;
    const margin = Math.min(180, element.clientWidth / 3);
    const inSight =
      x >= element.scrollLeft + margin && x <= element.scrollLeft + element.clientWidth - margin;
    if (!inSight) element.scrollLeft = x - element.clientWidth / 2;
  }, [frame, x, width]);
}
