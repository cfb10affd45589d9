/** Internet sockets of this machine's network namespace: ip(7), tcp(7), udp(7), sock_diag(7). */
import { tableProblem } from '../errors';
import { holderDetails, holdersOf } from '../holders';
import type { NativeInetSocket } from '../native';
import type { ProcScan } from '../proc/scan';
import { type Context, defineHeldTable } from '../table';
import type { KernelRow } from '../view';
import { bytes, names } from '../words';

/** <netinet/tcp.h>; a UDP socket is either connected or "closed". */
const states: Record<number, string> = {
  1: 'connected',
  2: 'connecting (SYN_SENT)',
  3: 'being connected (SYN_RECV)',
  4: 'closing (FIN_WAIT1)',
  5: 'closing (FIN_WAIT2)',
  6: 'closed, waiting (TIME_WAIT)',
  7: 'not connected',
  8: 'closed by the other side (CLOSE_WAIT)',
  9: 'closing (LAST_ACK)',
  10: 'listening',
  11: 'closing (CLOSING)',
  12: 'being connected (NEW_SYN_RECV)',
};

const [connected, closeWait, listening] = [1, 8, 10];

function address(text: string, port: number, v6: boolean): string {
  const any = text === '0.0.0.0' || text === '::';
  const host = any ? '*' : v6 ? `[${text}]` : text;
  return `${host}:${port === 0 ? '*' : port}`;
}

function describe(socket: NativeInetSocket, who: string): string {
  if (socket.tcp && socket.state === listening)
    return `${who} listens${socket.receiveQueue > 0 ? `, ${socket.receiveQueue} not accepted yet` : ''}`;
  const queues = [
    ...(socket.receiveQueue > 0 ? [`${bytes(socket.receiveQueue)} to read`] : []),
    ...(socket.sendQueue > 0 ? [`${bytes(socket.sendQueue)} to send`] : []),
  ];
  const state =
    socket.tcp && socket.state !== connected ? `, ${states[socket.state] ?? 'unknown state'}` : '';
  return [who + state, ...queues].join(', ');
}

function queueDetails(socket: NativeInetSocket): KernelRow['details'] {
  if (socket.tcp && socket.state === listening)
    return [
      { label: 'Not accepted yet', value: `${socket.receiveQueue} of at most ${socket.sendQueue} (backlog)` },
    ];
  return [
    { label: 'To read', value: bytes(socket.receiveQueue) },
    // TCP keeps what it sent until the other side confirms it.
    { label: socket.tcp ? 'Sent, not confirmed' : 'To send', value: bytes(socket.sendQueue) },
  ];
}

function row(socket: NativeInetSocket, table: string, scan: ProcScan, { people, self }: Context): KernelRow {
  const holders = holdersOf(scan, scan.sockets.get(socket.inode));
  const here = address(socket.address, socket.port, socket.v6);
  const there = address(socket.peerAddress, socket.peerPort, socket.v6);
  const linked = socket.peerPort !== 0;
  const who =
    holders.length > 0 ? names(holders, 2) : scan.hidden.length > 0 ? 'a process that is not seen' : 'nobody';
  const told: KernelRow = {
    id: `${table}:${socket.inode === 0 ? `${here}-${there}` : socket.inode}`,
    label: linked ? `${here} ↔ ${there}` : here,
    description: describe(socket, who),
    details: [
      { label: 'State', value: states[socket.state] ?? `state ${socket.state}` },
      { label: 'Address', value: here },
      ...(linked ? [{ label: 'Other side', value: there }] : []),
      ...queueDetails(socket),
      ...holderDetails(holders),
    ],
    removable: false,
    holders,
    owner: people.user(socket.uid),
    mine: socket.uid === self.uid,
  };
  if (socket.tcp && socket.state === closeWait)
    told.warning = `The other side has closed the connection; ${who} has not closed its socket yet.`;
  if (socket.tcp && socket.state === listening && socket.receiveQueue > socket.sendQueue)
    told.warning = `The backlog of ${here} is full: further clients wait until accept is called.`;
  return told;
}

/** The other end of a connection within this machine has the same two addresses, exchanged. */
function relate(rows: Map<NativeInetSocket, KernelRow>): KernelRow[] {
  const ends = new Map<string, KernelRow>();
  for (const [socket, told] of rows)
    if (socket.peerPort !== 0)
      ends.set(`${socket.address} ${socket.port} ${socket.peerAddress} ${socket.peerPort}`, told);
  for (const [socket, told] of rows) {
    const other = ends.get(`${socket.peerAddress} ${socket.peerPort} ${socket.address} ${socket.port}`);
    if (other && other !== told) told.related = [other.id];
  }
  return [...rows.values()];
}

function define(table: 'inet-stream' | 'inet-dgram', title: string) {
  const tcp = table === 'inet-stream';
  return defineHeldTable({
    table,
    facility: table,
    title,
    rows(scan, context) {
      const { inetError, inetSockets } = scan.native;
      if (inetError !== 0) return { problem: tableProblem(title, { errno: inetError, call: 'sock_diag' }) };
      const sockets = inetSockets
        .filter((socket) => socket.tcp === tcp)
        .sort((one, other) => one.port - other.port || one.inode - other.inode);
      return relate(new Map(sockets.map((socket) => [socket, row(socket, table, scan, context)])));
    },
  });
}

export const inetStream = define('inet-stream', 'TCP sockets');
export const inetDgram = define('inet-dgram', 'UDP sockets');
