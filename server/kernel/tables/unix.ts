/** UNIX sockets: unix(7). Three tables by what a program made; the kernel's list is one. */
import type { FacilityId } from '../../../catalog/schema';
import { tableProblem } from '../errors';
import { holderDetails, holdersOf } from '../holders';
import type { NativeUnixSocket } from '../native';
import type { ProcScan } from '../proc/scan';
import {
  datagramType,
  isSocketPair,
  socketName,
  socketTypes,
  type UnixEntry,
  type UnixListener,
  type UnixPair,
  type UnixSingle,
  unixEntries,
} from '../proc/sockets';
import { type Context, defineHeldTable } from '../table';
import type { KernelHolder, KernelRow } from '../view';
import { bytes, count, names } from '../words';
import { shellWord } from './files';

type Asked = { scan: ProcScan; context: Context; table: string };

function endHolders({ scan }: Asked, socket: NativeUnixSocket, role: string): KernelHolder[] {
  return holdersOf(scan, scan.sockets.get(socket.inode), () => role);
}

/** An end that no process has: closed by now, on its way in a message, or held by a process that is not seen. */
function endText(holders: KernelHolder[], scan: ProcScan): string {
  if (holders.length > 0) return names(holders, 2);
  return scan.hidden.length > 0 ? 'a process that is not seen' : 'nobody';
}

function ownerOf(socket: NativeUnixSocket, { context }: Asked): Pick<KernelRow, 'owner' | 'mine'> {
  if (socket.uid < 0) return {};
  return { owner: context.people.user(socket.uid), mine: socket.uid === context.self.uid };
}

/** A datagram queue holds messages, but the kernel counts its bytes: of the first message to read, or of all sent. */
function queueDetails(label: string, socket: NativeUnixSocket): KernelRow['details'] {
  const details = [{ label: `${label}: to read`, value: bytes(socket.receiveQueue) }];
  if (socket.sendQueue > 0)
    details.push({ label: `${label}: sent, not read`, value: `${bytes(socket.sendQueue)} of kernel memory` });
  if (socket.shutdown > 0)
    details.push({
      label: `${label}: shut down`,
      value: ['', 'receives no more', 'sends no more', 'both ways'][socket.shutdown & 3]!,
    });
  return details;
}

function pairRow({ one, other }: UnixPair, asked: Asked): KernelRow {
  const { table, scan } = asked;
  const pair = table === 'socketpair';
  // The side with a name is the server's.
  const [client, server] = socketName(one) && !socketName(other) ? [other, one] : [one, other];
  const name = socketName(server) ?? socketName(client);
  const left = endHolders(asked, client, pair ? 'holds one end' : 'is connected');
  const right = endHolders(asked, server, pair ? 'holds the other end' : 'serves the connection');
  const unread = one.receiveQueue + other.receiveQueue;
  const row: KernelRow = {
    id: `${table}:${Math.min(one.inode, other.inode)}`,
    label: pair ? `pair ${client.inode} ↔ ${server.inode}` : `${name} ↔ ${client.inode}`,
    description: `${endText(left, scan)} ↔ ${endText(right, scan)}${unread > 0 ? `, ${bytes(unread)} unread` : ''}`,
    details: [
      { label: 'Kind', value: `${socketTypes[one.type] ?? `type ${one.type}`} sockets, connected` },
      ...(name ? [{ label: 'Name', value: name }] : []),
      { label: 'Inodes', value: `${client.inode} and ${server.inode}` },
      ...holderDetails([...left, ...right]),
      ...queueDetails(`Inode ${client.inode}`, client),
      ...queueDetails(`Inode ${server.inode}`, server),
    ],
    removable: false,
    holders: [...left, ...right],
    ...ownerOf(server, asked),
  };
  return row;
}

function listenerRow({ socket, connections }: UnixListener, asked: Asked): KernelRow {
  const { table, scan } = asked;
  const name = socketName(socket) ?? `socket ${socket.inode}`;
  const holders = endHolders(asked, socket, 'listens');
  const waiting = socket.receiveQueue;
  const row: KernelRow = {
    id: `${table}:${socket.inode}`,
    label: name,
    description: `${endText(holders, scan)} listens, ${count(connections, 'connection')}${waiting > 0 ? `, ${waiting} not accepted yet` : ''}`,
    details: [
      { label: 'Name', value: socket.abstract ? `${name} (abstract: no file)` : name },
      { label: 'Kind', value: `${socketTypes[socket.type] ?? `type ${socket.type}`} socket, listening` },
      { label: 'Inode', value: String(socket.inode) },
      ...holderDetails(holders),
      { label: 'Not accepted yet', value: `${waiting} of at most ${socket.sendQueue} (backlog)` },
    ],
    removable: false,
    holders,
    related: (socket.pending ?? []).filter((inode) => inode > 0).map((inode) => `${table}:${inode}`),
    ...ownerOf(socket, asked),
  };
  if (socket.sendQueue > 0 && waiting > socket.sendQueue)
    row.warning = `The backlog of ${name} is full: the next connect waits until accept is called.`;
  return command(row, socket);
}

function singleRow({ socket, peer }: UnixSingle, asked: Asked): KernelRow {
  const { table, scan } = asked;
  const name = socketName(socket);
  const holders = endHolders(asked, socket, 'has it open');
  const to = peer ? (socketName(peer) ?? `socket ${peer.inode}`) : undefined;
  const state = to ? `sends to ${to}` : name ? 'bound' : 'neither bound nor connected';
  const row: KernelRow = {
    id: `${table}:${socket.inode}`,
    label: name ?? `socket ${socket.inode}`,
    description: `${endText(holders, scan)}, ${state}${socket.receiveQueue > 0 ? `, ${bytes(socket.receiveQueue)} to read` : ''}`,
    details: [
      { label: 'Kind', value: `${socketTypes[socket.type] ?? `type ${socket.type}`} socket, ${state}` },
      { label: 'Inode', value: String(socket.inode) },
      ...holderDetails(holders),
      ...queueDetails('Queue', socket),
    ],
    removable: false,
    holders,
    ...(peer ? { related: [`${table}:${peer.inode}`] } : {}),
    ...ownerOf(socket, asked),
  };
  return command(row, socket);
}

/** Only a socket with a file has something to remove. */
function command(row: KernelRow, socket: NativeUnixSocket): KernelRow {
  if (!socket.abstract && socket.name.startsWith('/')) row.command = `rm ${shellWord(socket.name)}`;
  return row;
}

function rowOf(entry: UnixEntry, asked: Asked): KernelRow {
  switch (entry.kind) {
    case 'pair':
      return pairRow(entry, asked);
    case 'listener':
      return listenerRow(entry, asked);
    case 'single':
      return singleRow(entry, asked);
  }
}

const typeOf = (entry: UnixEntry) => (entry.kind === 'pair' ? entry.one.type : entry.socket.type);

function define(facility: FacilityId, title: string, belongs: (entry: UnixEntry) => boolean) {
  return defineHeldTable({
    table: facility,
    facility,
    title,
    rows(scan, context) {
      const { unixError, unixSockets } = scan.native;
      if (unixError !== 0) return { problem: tableProblem(title, { errno: unixError, call: 'sock_diag' }) };
      const asked = { scan, context, table: facility };
      return unixEntries(unixSockets)
        .filter(belongs)
        .map((entry) => rowOf(entry, asked));
    },
  });
}

export const unixStream = define(
  'unix-stream',
  'UNIX stream sockets',
  (entry) => !isSocketPair(entry) && typeOf(entry) !== datagramType,
);

export const unixDgram = define(
  'unix-dgram',
  'UNIX datagram sockets',
  (entry) => !isSocketPair(entry) && typeOf(entry) === datagramType,
);

export const socketPair = define('socketpair', 'Socket pairs', isSocketPair);
