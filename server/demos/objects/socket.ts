/** Sockets: one that takes datagrams, one that accepts connections, and two that are connected. */
import { readFileSync } from 'node:fs';
import type { CallEvent, LiveObject, ObjectKind, World } from '../kit';
import { linkOf } from '../procfs';
import type { ObjectSpec } from '../scenario';
import { decodeWord } from '../stage';
import type { ConnectionView, KernelTableRow, ListenerView, SocketContent, SocketView } from '../view';
import { Handle, holdersOf, idsOf, lookedThrough } from './handle';
import { counted, escapeText, wordsToMap } from './text';

/** The kernel's numbers of TCP's states. */
const tcpStates = [
  '',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
];
const stream = 1; // SOCK_STREAM

interface Seen {
  content: SocketContent;
  facts: Map<string, string>;
}

const nothing: SocketContent = { holders: [], unread: 0, content: '', messages: [], end: false };

/** One socket: which it is, and what the kernel says of it. */
class Socket {
  identity?: string;
  private readonly handle: Handle;
  private process?: string;
  private facts = new Map<string, string>();

  constructor(handle: string, identity?: string) {
    this.handle = new Handle(handle);
    this.identity = identity;
  }

  get owner(): string | undefined {
    return this.process ?? this.handle.process;
  }

  become(identity: string, process: string): void {
    this.identity = identity;
    this.process = process;
  }

  notice(event: CallEvent): void {
    this.identity ??= this.handle.made(event);
  }

  async look(world: World): Promise<Seen> {
    const holders = holdersOf(world, ({ target }) => target === this.identity);
    const holder = lookedThrough(world, holders);
    const words = holder && (await world.stage.peek('socket', holder.process.id, holder.fd));
    if (words) this.facts = wordsToMap(words);
    if (holders.length === 0) return { content: nothing, facts: this.facts };
    const text = (name: string) => decodeWord(this.facts.get(name) ?? '%_');
    const content: SocketContent = {
      holders: idsOf(holders),
      unread: Number(this.facts.get('unread') ?? 0),
      content: escapeText(text('content'), 256),
      messages: messagesOf(words ?? []),
      end: this.facts.get('end') === '1',
    };
    if (this.facts.get('error') === '1') content.error = true;
    if (text('name')) content.name = text('name');
    const state = tcpStates[Number(this.facts.get('tcp') ?? 0)];
    if (state) content.state = state;
    return { content, facts: this.facts };
  }
}

/** Each word is `message=SIZE,FROM,TEXT`, the last two encoded. */
function messagesOf(words: readonly string[]): SocketContent['messages'] {
  return words.flatMap((word) => {
    const match = /^message=(\d+),([^,]*),(.*)$/.exec(word);
    if (!match) return [];
    const from = decodeWord(match[2]!);
    const text = escapeText(decodeWord(match[3]!), 80);
    return [{ size: Number(match[1]), text, ...(from ? { from } : {}) }];
  });
}

/** The socket's place in the table: `4 bytes unread`, `2 messages unread`. */
function unreadOf(content: SocketContent, messages: boolean): string {
  const what = messages ? counted(content.messages.length, 'message') : counted(content.unread, 'byte');
  if (content.error) return 'an error waits for the next call';
  return `${what} unread${content.end ? ', then end-of-file' : ''}`;
}

abstract class SocketObject implements LiveObject {
  protected readonly socket: Socket;

  constructor(readonly spec: ObjectSpec) {
    this.socket = new Socket(spec.handle, spec.identity);
  }

  get identities(): ReadonlySet<string> {
    return new Set(this.socket.identity ? [this.socket.identity] : []);
  }

  notice(event: CallEvent): void {
    this.socket.notice(event);
  }

  abstract read(world: World): ReturnType<LiveObject['read']>;

  protected get names(): { id: string; title: string } {
    return { id: this.spec.id, title: this.spec.title };
  }
}

class DatagramObject extends SocketObject {
  /** `address unix("box.socket")`, as a step bound it, and `name box.socket`. */
  private readonly addresses = new Set<string>();

  override get identities(): ReadonlySet<string> {
    return new Set([...super.identities, ...this.addresses]);
  }

  override notice(event: CallEvent): void {
    super.notice(event);
    const { step, process, result } = event;
    const fd = process.variables.get(step.args[0] ?? '');
    if (step.call !== 'bind' || result !== 0 || fd === undefined) return;
    if (linkOf(process.pid, fd) === this.socket.identity) this.addresses.add(`address ${step.args[1]}`);
  }

  async read(world: World): Promise<{ view: SocketView; row?: KernelTableRow }> {
    const { content, facts } = await this.socket.look(world);
    const exists = content.holders.length > 0;
    if (content.name) this.addresses.add(`name ${content.name}`);
    const view: SocketView = { kind: 'socket', ...this.names, exists, ...content };
    const peer = decodeWord(facts.get('peer') ?? '%_');
    if (exists && peer) view.peer = peer;
    if (!exists) return { view };
    const name = content.name ? `name ${content.name}` : 'no name';
    return {
      view,
      row: {
        handle: this.spec.title,
        refersTo: this.socket.identity!,
        state: `${name}${view.peer ? `, connected to ${view.peer}` : ''}; ${unreadOf(content, true)}`,
      },
    };
  }
}

class ListenerObject extends SocketObject {
  private name?: string;

  async read(world: World): Promise<{ view: ListenerView; row?: KernelTableRow }> {
    const { content, facts } = await this.socket.look(world);
    const exists = content.holders.length > 0;
    const listening = exists && facts.get('listening') === '1';
    this.name = content.name ?? this.name;
    const view: ListenerView = {
      kind: 'listener',
      ...this.names,
      exists,
      listening,
      holders: content.holders,
      kept: keptAt(this.name),
    };
    if (content.name) view.name = content.name;
    if (listening && facts.has('pending')) {
      view.pending = Number(facts.get('pending'));
      view.backlog = Number(facts.get('backlog'));
    }
    return exists ? { view, row: this.row(view) } : { view, row: this.keptRow(view) };
  }

  private row(view: ListenerView): KernelTableRow {
    const waiting = view.pending === undefined ? '' : `; ${counted(view.pending, 'connection')} to accept`;
    return {
      handle: this.spec.title,
      refersTo: this.socket.identity!,
      state: `${view.name ? `name ${view.name}` : 'no name'}, ${view.listening ? 'listening' : 'not listening'}${waiting}`,
    };
  }

  private keptRow(view: ListenerView): KernelTableRow | undefined {
    if (view.kept.length === 0) return undefined;
    return {
      handle: this.spec.title,
      refersTo: this.name!,
      state: `closed; kept by the kernel: ${view.kept.join(', ')}`,
    };
  }
}

/** Connections of an address that no process holds any more, from /proc/net/tcp: `TIME_WAIT`. */
function keptAt(name: string | undefined): string[] {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+):(\d+)$/.exec(name ?? '');
  if (!match) return [];
  const hex = (number: string, digits: number) =>
    Number(number).toString(16).toUpperCase().padStart(digits, '0');
  const [, a, b, c, d, port] = match as unknown as string[];
  /* The address as the machine holds it: on the usual machines its bytes stand in reverse. */
  const bytes = [a!, b!, c!, d!].map((part) => hex(part, 2));
  const addresses = [bytes.join(''), [...bytes].reverse().join('')];
  try {
    return readFileSync('/proc/net/tcp', 'latin1')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local]) => addresses.some((address) => local === `${address}:${hex(port!, 4)}`))
      .map((words) => ({ state: tcpStates[Number.parseInt(words[3]!, 16)]!, inode: words[9] }))
      .filter(({ inode, state }) => inode === '0' && state !== 'SYN_RECV')
      .map(({ state }) => state);
  } catch {
    return [];
  }
}

class ConnectionObject extends SocketObject {
  private readonly peer: Socket;

  constructor(spec: ObjectSpec) {
    super(spec);
    this.peer = new Socket(spec.peer ?? spec.handle);
  }

  override get identities(): ReadonlySet<string> {
    return new Set([this.socket.identity, this.peer.identity].filter((identity) => identity !== undefined));
  }

  override notice(event: CallEvent): void {
    this.socket.notice(event);
    this.peer.notice(event);
  }

  joins(identity: string, process: string): void {
    if (this.peer.identity === undefined) this.peer.become(identity, process);
  }

  async read(world: World): Promise<{ view: ConnectionView; row?: KernelTableRow }> {
    const [one, other] = await Promise.all([this.socket.look(world), this.peer.look(world)]);
    const types = [one, other].map(({ facts }) => facts.get('type')).filter((type) => type !== undefined);
    const messages = types.length > 0 && !types.includes(String(stream));
    const view: ConnectionView = {
      kind: 'connection',
      ...this.names,
      exists: one.content.holders.length + other.content.holders.length > 0,
      form: messages ? 'messages' : 'bytes',
      ends: [this.end(this.socket, one.content), this.end(this.peer, other.content)],
    };
    return view.exists ? { view, row: this.row(view) } : { view };
  }

  private end(socket: Socket, content: SocketContent): SocketContent {
    return socket.owner === undefined ? content : { ...content, owner: socket.owner };
  }

  private row(view: ConnectionView): KernelTableRow {
    const end = (content: SocketContent, identity: string | undefined) =>
      content.holders.length === 0
        ? 'closed'
        : `${identity}: ${content.state ? `${content.state}, ` : ''}${unreadOf(content, view.form === 'messages')}`;
    return {
      handle: this.spec.title,
      refersTo: 'two sockets',
      state: `${end(view.ends[0], this.socket.identity)}; ${end(view.ends[1], this.peer.identity)}`,
    };
  }
}

export const socketObjects: ObjectKind[] = [
  { kind: 'socket', create: (spec) => new DatagramObject(spec) },
  { kind: 'listener', create: (spec) => new ListenerObject(spec) },
  { kind: 'connection', create: (spec) => new ConnectionObject(spec) },
];
