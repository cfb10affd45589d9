/** Objects that calls by hand make: each comes into the picture, also where its variable has named another before. */
import type { CallEvent, LiveObject, LiveProcess } from '../kit';
import { pointerOf } from '../objects/memory';
import { linkOf } from '../procfs';
import { findObjectKind } from '../registry';
import type { ObjectSpec, Step } from '../scenario';
import { Connecting, type Told } from './connecting';

/** What has room in a picture. */
export const mostObjects = 8;

/** What a call that returned has made: the kind of object, and the handle under which its reader knows it. */
type Maker = (event: CallEvent) => Told | undefined;

const unquoted = (text: string | undefined) => /^"(.*)"$/.exec(text ?? '')?.[1];

/** `the queue letters`; a queue in the variable `queue` is `the queue`. */
function told(kind: string, what: string, handle: string | undefined): Told | undefined {
  if (!handle) return undefined;
  const name = handle.replace(/\[0\]$/, '');
  return { kind, title: what.endsWith(` ${name}`) ? what : `${what} ${name}`, handle };
}

const byVariable =
  (kind: string, what: string): Maker =>
  ({ step }) =>
    told(kind, what, step.into);
const byName =
  (kind: string, what: string): Maker =>
  ({ step }) =>
    told(kind, what, unquoted(step.args[0]));
/** Its first element stands for an array that is filled. */
const byArray =
  (kind: string, what: string, argument: number): Maker =>
  ({ step }) => {
    const made = told(kind, what, `${step.args[argument]}[0]`);
    return made && { ...made, peer: `${step.args[argument]}[1]` };
  };
/** A member of the shared structure. These calls return the number of an error, or -1. */
const byMember =
  (kind: string, what: string): Maker =>
  ({ step, result }) =>
    result === 0 ? told(kind, what, /^&shared->(\w+)$/.exec(step.args[0] ?? '')?.[1]) : undefined;
const ofProcess: Maker = ({ process }) => ({
  kind: 'signals',
  title: `signals of ${process.title}`,
  handle: process.id,
});

const makers: Record<string, Maker> = {
  pipe: byArray('pipe', 'the pipe', 0),
  pipe2: byArray('pipe', 'the pipe', 0),
  popen: byVariable('pipe', 'the pipe'),
  mkfifo: byName('fifo', 'the FIFO'),
  /* A FIFO of this name is in the picture already. */
  open: byName('file', 'the file'),
  socketpair: byArray('connection', 'the pair', 3),
  msgget: byVariable('queue', 'the queue'),
  mq_open: byName('mqueue', 'the queue'),
  semget: byVariable('semset', 'the set'),
  sem_open: byName('named-semaphore', 'the semaphore'),
  sem_init: byMember('unnamed-semaphore', 'the semaphore'),
  pthread_mutex_init: byMember('mutex', 'the mutex'),
  pthread_cond_init: byMember('condition', 'the condition'),
  eventfd: byVariable('counter', 'the counter'),
  posix_openpt: byVariable('terminal', 'the terminal'),
  shmget: byVariable('memory', 'the segment'),
  shm_open: byName('memory', 'the memory'),
  mmap: mapped,
  sigaction: ofProcess,
  sigprocmask: ofProcess,
};

/** Anonymous memory, or a file's. That of a POSIX object is in the picture since shm_open. */
function mapped({ step, process }: CallEvent): Told {
  const name = step.into ?? 'cells';
  const file = linkOf(process.pid, process.variables.get(step.args[3] ?? '') ?? -1);
  return {
    kind: 'memory',
    title: `the memory ${name}`,
    handle: '',
    pointer: name,
    ...(file ? { identity: file } : {}),
  };
}

export class Newcomers {
  private readonly connecting = new Connecting();

  /** `objects` are those in the picture, `scriptGoesOn` tells whether steps of the script are still to come. */
  constructor(
    private readonly objects: readonly LiveObject[],
    private readonly scriptGoesOn: () => boolean,
  ) {}

  /** The object that this call made, where a person issued it and the object is not in the picture. */
  madeBy(event: CallEvent, byHand: boolean): LiveObject | undefined {
    const socket = this.connecting.notice(event);
    const made = byHand ? this.newObject(event, socket ?? makers[event.step.call]?.(event)) : undefined;
    this.connecting.join(made ? [...this.objects, made] : this.objects);
    return made;
  }

  private newObject(event: CallEvent, made: Told | undefined): LiveObject | undefined {
    if (!made || event.result < 0 || this.objects.length >= mostObjects || this.isOfScript(made))
      return undefined;
    const object = findObjectKind(made.kind).create({ ...made, ...this.namesFor(made) });
    object.notice(event);
    return this.objects.some((other) => isSame(other, object)) ? undefined : new Kept(object);
  }

  /** When the script was left before it made its object of this handle, this is it. */
  private isOfScript({ kind, handle, pointer }: Told): boolean {
    return (
      !this.scriptGoesOn() &&
      this.objects.some(
        ({ spec, identities }) =>
          identities.size === 0 &&
          spec.kind === kind &&
          bare(spec.handle) === bare(handle) &&
          (pointer === undefined || pointer === pointerOf(spec)),
      )
    );
  }

  private namesFor({ kind, title }: Told): Pick<ObjectSpec, 'id' | 'title'> {
    const titles = new Set(this.objects.map(({ spec }) => spec.title));
    let unique = title;
    for (let number = 2; titles.has(unique); number++) unique = `${title} (${number})`;
    return { id: `your-${kind}-${this.objects.length}`, title: unique };
  }
}

/** `server.connection` is `connection` of the server. */
const bare = (handle: string) => handle.replace(/^\w+\./, '');

function isSame(known: LiveObject, made: LiveObject): boolean {
  const { kind, handle, identity } = made.spec;
  if (known.spec.kind === kind) {
    if (kind === 'signals') return known.spec.handle === handle;
    /* Memory by the file that is mapped. */
    if (identity && (known.spec.identity === identity || known.identities.has(identity))) return true;
  }
  return [...made.identities].some((one) => known.identities.has(one));
}

const fillsVariable = new Set(['msgget', 'semget', 'eventfd', 'posix_openpt', 'shmget']);

/** An object stays what it was made as: a later call that fills the same variable made another. */
class Kept implements LiveObject {
  constructor(private readonly object: LiveObject) {}

  get spec(): ObjectSpec {
    return this.object.spec;
  }

  get identities(): ReadonlySet<string> {
    return this.object.identities;
  }

  notice(event: CallEvent): void {
    if (!fillsVariable.has(event.step.call) && !this.isOtherMemory(event.step)) this.object.notice(event);
  }

  private isOtherMemory({ call }: Step): boolean {
    return call === 'mmap' && this.spec.pointer !== undefined && this.spec.identity === undefined;
  }

  covers(process: LiveProcess, address: number): boolean {
    return this.object.covers?.(process, address) ?? false;
  }

  liesAt(process: LiveProcess, address: number): boolean {
    return this.object.liesAt?.(process, address) ?? false;
  }

  joins(identity: string, process: string): void {
    this.object.joins?.(identity, process);
  }

  read(...args: Parameters<LiveObject['read']>): ReturnType<LiveObject['read']> {
    return this.object.read(...args);
  }
}
