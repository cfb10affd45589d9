import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

export interface Item {
  key: string;
  height: number;
  /** Can be chosen with the arrow keys. */
  chosen?: boolean;
  render(): ComponentChildren;
}

interface Props {
  label: string;
  items: readonly Item[];
  /** Index of the item that the keyboard is at; -1 for none. */
  at: number;
  move(to: number): void;
  /** Enter, or a click on the item again. */
  open(at: number): void;
}

/** Rendered above and below what is seen, so that scrolling shows no gap; pixels. */
const margin = 400;

/** A list that draws only what is seen of it: ten thousand rows cost as much as fifty. */
export function VirtualList({ label, items, at, move, open }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(800);
  const offsets = useMemo(() => {
    let sum = 0;
    return items.map((item) => {
      const offset = sum;
      sum += item.height;
      return offset;
    });
  }, [items]);
  const whole = (offsets.at(-1) ?? 0) + (items.at(-1)?.height ?? 0);

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const first = Math.max(0, lastAtOrBefore(offsets, top - margin));
  const last = lastAtOrBefore(offsets, top + height + margin);
  const go = (to: number) => {
    const next = Math.max(0, Math.min(items.length - 1, to));
    move(next);
    reveal(frame.current, offsets[next] ?? 0, items[next]?.height ?? 0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const pageful = Math.max(1, Math.floor(height / 28) - 1);
    const moves: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + pageful,
      PageUp: at - pageful,
      Home: 0,
      End: items.length - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) go(to);
    else if (event.key === 'Enter' || event.key === ' ') open(at);
    else return;
    event.preventDefault();
  };
  const active = items[at]?.key;
  return (
    <div
      ref={frame}
      class="virtual"
      role="listbox"
      aria-label={label}
      tabIndex={0}
      {...(active === undefined ? {} : { 'aria-activedescendant': idOf(active) })}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
    >
      <div class="virtual-whole" style={{ height: `${whole}px` }}>
        {items.slice(first, last + 1).map((item, index) => (
          <div
            key={item.key}
            id={idOf(item.key)}
            class={`virtual-item ${at === first + index ? 'at' : ''}`}
            role="option"
            aria-selected={item.chosen === true}
            aria-setsize={items.length}
            aria-posinset={first + index + 1}
            tabIndex={-1}
            style={{ top: `${offsets[first + index]}px`, height: `${item.height}px` }}
            onClick={() => {
              move(first + index);
              open(first + index);
            }}
            onKeyDown={() => undefined}
          >
            {item.render()}
          </div>
        ))}
      </div>
    </div>
  );
}

function idOf(key: string): string {
  return `item-${key.replace(/[^\w-]/g, '_')}`;
}

/** Index of the last offset that is at most `place`; 0 when there is none. */
function lastAtOrBefore(offsets: readonly number[], place: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] ?? 0) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}

function reveal(frame: HTMLElement | null, top: number, height: number): void {
  if (!frame) return;
  if (top < frame.scrollTop) frame.scrollTop = top;
  else if (top + height > frame.scrollTop + frame.clientHeight)
    frame.scrollTop = top + height - frame.clientHeight;
}
