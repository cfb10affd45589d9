import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { DemoView, ProcessView } from '../../../server/protocol';
import { latestStep } from '../history';
import { type Token, tokenLines } from './c-tokens';
import { hueOf } from './hues';
import { scrollSlowly } from './motion';
import { send } from './store';
import { shortName } from './words';

interface Listing {
  file: string;
  text: string;
  processes: ProcessView[];
}

/** The C of the processes. Those that run the same program share a listing, each with its own place in it. */
export function Programs({ view }: { view: DemoView }) {
  const listings = listingsOf(view.processes);
  return (
    <section class={`programs of-${Math.min(3, listings.length)}`} aria-label="Programs">
      {listings.map((listing) => (
        <Program key={`${listing.file} ${listing.processes[0]!.id}`} view={view} listing={listing} />
      ))}
    </section>
  );
}

export function listingsOf(processes: ProcessView[]): Listing[] {
  const listings: Listing[] = [];
  for (const process of processes) {
    const { file, text } = process.program;
    const same = listings.find((listing) => listing.file === file && listing.text === text);
    if (same) same.processes.push(process);
    else listings.push({ file, text, processes: [process] });
  }
  return listings;
}

function Program({ view, listing }: { view: DemoView; listing: Listing }) {
  const { file, text, processes } = listing;
  const lines = useMemo(() => tokenLines(text.replace(/\n$/, '')), [text]);
  const body = useRef<HTMLElement>(null);
  const actor = actorOf(view, processes);
  useLineInSight(body, actor?.program.line);
  const acts = processes.some((process) => process.id === actingProcess(view));
  const names = processes.map((process) => shortName(process.title)).join(', ');
  return (
    <article class={acts ? 'program acts' : 'program'} aria-label={`${file}: ${names}`}>
      <header>
        <h2>{file}</h2>
        <span class="names">
          {processes.map((process) => (
            <span key={process.id} class={`who hue-${hueOf(view, process.id)}`}>
              {shortName(process.title)}
            </span>
          ))}
        </span>
        <button
          type="button"
          class="icon"
          title="Open the program in an editor"
          aria-label={`Open ${file} in an editor`}
          onClick={() => send({ type: 'open-program', process: processes[0]!.id })}
        >
          <span class="codicon codicon-go-to-file" aria-hidden="true" />
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section class="code" ref={body} tabIndex={0} aria-label={`Text of ${file}`}>
        <ol>
          {lines.map((tokens, index) => (
            <Line
              key={index}
              view={view}
              tokens={tokens}
              here={processes.filter((p) => p.program.line === index)}
            />
          ))}
        </ol>
      </section>
    </article>
  );
}

function Line({ view, tokens, here }: { view: DemoView; tokens: Token[]; here: ProcessView[] }) {
  const first = here[0];
  return (
    <li
      class={first ? `line current hue-${hueOf(view, first.id)}` : 'line'}
      aria-current={first ? 'step' : undefined}
    >
      <code>
        {tokens.map((token, index) => (
          <span key={index} class={token.kind === 'plain' ? undefined : `t-${token.kind}`}>
            {token.text}
          </span>
        ))}
      </code>
      {here.length > 0 && (
        <span class="markers">
          {here.map((process) => (
            <span key={process.id} class={`who hue-${hueOf(view, process.id)}`}>
              <span class="codicon codicon-arrow-left" aria-hidden="true" />
              {shortName(process.title)}
            </span>
          ))}
        </span>
      )}
    </li>
  );
}

/** Who acts next, or at the end who acted last. */
function actingProcess(view: DemoView): string | undefined {
  return view.steps[view.next ?? latestStep(view)]?.process;
}

/** Whose line to show: the one who acts next, else the one who acted last, else anybody who is somewhere. */
function actorOf(view: DemoView, processes: ProcessView[]): ProcessView | undefined {
  const next = view.next === undefined ? undefined : view.steps[view.next]?.process;
  const last = view.steps[latestStep(view)]?.process;
  const placed = processes.filter((process) => process.program.line !== undefined);
  return (
    placed.find((process) => process.id === next) ??
    placed.find((process) => process.id === last) ??
    placed[0]
  );
}

/** Brings the line into sight when it changes, and keeps it there when the room for the program does. */
function useLineInSight(body: { current: HTMLElement | null }, line: number | undefined): void {
  useLayoutEffect(() => {
    const element = body.current;
    const row = line === undefined ? undefined : element?.querySelectorAll<HTMLElement>('.line')[line];
    if (!element || !row) return;
    let first = true;
    const observer = new ResizeObserver(() => {
      const top = row.offsetTop;
      const room = element.clientHeight;
      const margin = Math.min(24, room / 4);
      const inSight =
        top >= element.scrollTop + margin && top + row.offsetHeight <= element.scrollTop + room - margin;
      if (!inSight && first) scrollSlowly(element, top - room / 3);
      else if (!inSight) element.scrollTop = top - room / 3;
      first = false;
    });
    // It also reports the size at the beginning.
    observer.observe(element);
    return () => observer.disconnect();
  }, [body, line]);
}
