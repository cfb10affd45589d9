/** Objects that are nothing but a descriptor: eventfd(2), signalfd(2), timerfd_create(2), epoll(7). proc_pid_fdinfo(5) tells what they hold. */
import { holderDetails, holdersOf } from '../holders';
import { infoField } from '../proc/numbers';
import type { Holding, ProcScan } from '../proc/scan';
import { signalSet } from '../proc/signals';
import { defineHeldTable, type HeldTableDefinition } from '../table';
import type { KernelRow } from '../view';
import { count, names } from '../words';

type Told = Pick<KernelRow, 'description' | 'details'> & Partial<Pick<KernelRow, 'related' | 'label'>>;

const notTold = 'not told: the kernel does not show it, or the process may not be looked into';

/**
 * Such objects have no number of their own (all share one inode), but an eventfd has since Linux 5.2. The others are
 * known by process and descriptor; one that a child inherited is listed again for the child.
 */
function rowsOf(
  table: string,
  noun: string,
  holdings: readonly Holding[],
  scan: ProcScan,
  tell: (holding: Holding, scan: ProcScan) => Told,
): KernelRow[] {
  const objects = new Map<string, Holding[]>();
  for (const holding of holdings) {
    const own = infoField(holding.descriptor.info, 'eventfd-id');
    const id = `${table}:${own ?? `${holding.process.pid}-${holding.descriptor.fd}`}`;
    objects.set(id, [...(objects.get(id) ?? []), holding]);
  }
  return [...objects].map(([id, held]) => {
    const first = held[0]!;
    const { description, details, ...rest } = tell(first, scan);
    const holders = holdersOf(scan, held);
    return {
      id,
      label: `${noun} of ${first.process.name}, fd ${first.descriptor.fd}`,
      description: held.length > 1 ? `${description}, held by ${names(holders, 2)}` : description,
      details: [...details, ...holderDetails(holders)],
      removable: false,
      holders,
      ...rest,
    };
  });
}

function eventfdTold({ descriptor: { info } }: Holding): Told {
  // Hexadecimal with leading blanks: eventfd_show_fdinfo() of fs/eventfd.c.
  const hexadecimal = infoField(info, 'eventfd-count');
  if (hexadecimal === undefined)
    return { description: 'count not told', details: [{ label: 'Count', value: notTold }] };
  const value = BigInt(`0x${hexadecimal}`);
  const semaphore = infoField(info, 'eventfd-semaphore') === '1';
  return {
    description: `count ${value}${value === 0n ? ': the next read waits' : ''}`,
    details: [
      { label: 'Count', value: String(value) },
      {
        label: 'Mode',
        value: semaphore ? 'a read takes one (EFD_SEMAPHORE)' : 'a read takes the whole count and leaves 0',
      },
    ],
  };
}

function signalfdTold({ descriptor: { info } }: Holding): Told {
  const mask = infoField(info, 'sigmask');
  const set = mask === undefined ? notTold : signalSet(mask);
  return { description: set, details: [{ label: 'Signals', value: set }] };
}

const clocks: Record<string, string> = {
  0: 'CLOCK_REALTIME',
  1: 'CLOCK_MONOTONIC',
  7: 'CLOCK_BOOTTIME',
  8: 'CLOCK_REALTIME_ALARM',
  9: 'CLOCK_BOOTTIME_ALARM',
};

/** `(5, 0)`: seconds and nanoseconds. */
function duration(text: string | undefined): number | undefined {
  const match = /\((\d+), (\d+)\)/.exec(text ?? '');
  return match ? Number(match[1]) + Number(match[2]) / 1e9 : undefined;
}

const seconds = (value: number) => `${Number(value.toFixed(3))} s`;

/** What is left until it expires changes all the time without anything happening, so only whether it is set is told. */
function timerfdTold({ descriptor: { info } }: Holding): Told {
  const left = duration(infoField(info, 'it_value'));
  if (left === undefined) return { description: 'not told', details: [{ label: 'Timer', value: notTold }] };
  const interval = duration(infoField(info, 'it_interval')) ?? 0;
  const ticks = infoField(info, 'ticks') ?? '0';
  const every = interval > 0 ? `every ${seconds(interval)}` : 'once';
  const set = left === 0 && interval === 0 ? 'not set' : `set, expires ${every}`;
  return {
    description: `${set}${ticks === '0' ? '' : `, ${count(Number(ticks), 'expiration')} unread`}`,
    details: [
      { label: 'Timer', value: set },
      { label: 'Unread expirations', value: ticks },
      { label: 'Clock', value: clocks[infoField(info, 'clockid') ?? ''] ?? 'unknown' },
    ],
  };
}

const eventNames: [number, string][] = [
  [0x001, 'EPOLLIN'],
  [0x002, 'EPOLLPRI'],
  [0x004, 'EPOLLOUT'],
  [0x2000, 'EPOLLRDHUP'],
  [1 << 28, 'EPOLLEXCLUSIVE'],
  [1 << 30, 'EPOLLONESHOT'],
  [2 ** 31, 'EPOLLET'],
];

function events(mask: number): string {
  const told = eventNames.filter(([bit]) => Math.floor(mask / bit) % 2 === 1).map(([, name]) => name);
  return told.length === 0 ? 'nothing' : told.join(' | ');
}

/** `tfd: 5 events: 19 data: 5 pos:0 ino:40e sdev:10`, one line a descriptor. */
function epollTold({ process, descriptor: { info } }: Holding): Told {
  const links = new Map(process.descriptors.map(({ fd, link }) => [fd, link]));
  const watched = [...(info ?? '').matchAll(/^tfd:\s*(\d+) events:\s*([0-9a-f]+)/gm)].map(([, fd, mask]) => ({
    label: `Watches fd ${fd}`,
    // The number is what it was when it was added; the descriptor may be closed or another one by now.
    value: `${events(Number.parseInt(mask!, 16))} of ${links.get(Number(fd)) ?? 'a descriptor that is closed'}`,
  }));
  if (info === undefined) return { description: notTold, details: [] };
  return {
    description: `watches ${count(watched.length, 'descriptor')}`,
    details: watched,
  };
}

function define(
  head: Omit<HeldTableDefinition, 'rows'>,
  kind: string,
  noun: string,
  tell: (holding: Holding, scan: ProcScan) => Told,
) {
  return defineHeldTable({
    ...head,
    rows: (scan) => rowsOf(head.table, noun, scan.anonymous.get(kind) ?? [], scan, tell),
  });
}

export const eventfd = define(
  { table: 'eventfd', facility: 'eventfd', title: 'Event counters (eventfd)' },
  'eventfd',
  'eventfd',
  eventfdTold,
);

export const signalfd = define(
  { table: 'signalfd', facility: 'signal', title: 'Signal descriptors (signalfd)' },
  'signalfd',
  'signalfd',
  signalfdTold,
);

export const timerfd = define(
  { table: 'timerfd', facility: 'multiplexing', title: 'Timers (timerfd)' },
  'timerfd',
  'timerfd',
  timerfdTold,
);

export const epoll = define(
  { table: 'epoll', facility: 'multiplexing', title: 'Epoll instances' },
  'eventpoll',
  'epoll',
  epollTold,
);
