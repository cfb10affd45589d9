import type { CallEvent, LiveObject, ObjectKind, World } from '../kit';
import type { ObjectSpec } from '../scenario';
import { decodeWord } from '../stage';
import type { KernelTableRow, PipeContent, PipeView } from '../view';
import { Handle, type Holder, holdersOf, idsOf, lookedThrough } from './handle';
import { counted, escapeText, wordsToMap } from './text';

/**
 * What a pipe or FIFO holds and who holds it. The supervisor reads it through a copy of an actor's own descriptor
 * (pidfd_getfd), with tee(), which consumes nothing.
 */
export class PipeReader {
  private last = { unread: 0, capacity: 0, content: '' };

  constructor(
    private readonly spec: ObjectSpec,
    private readonly identities: ReadonlySet<string>,
  ) {}

  async read(world: World): Promise<PipeContent> {
    const readers = this.holders(world, 'read');
    const writers = this.holders(world, 'write');
    const reader = lookedThrough(world, readers);
    const holder = reader ?? lookedThrough(world, writers);
    if (holder) await this.look(world, holder, reader !== undefined);
    const exists = readers.length + writers.length > 0;
    if (!exists) this.last = { ...this.last, unread: 0, content: '' };
    return {
      id: this.spec.id,
      title: this.spec.title,
      exists,
      ...this.last,
      readers: idsOf(readers),
      writers: idsOf(writers),
    };
  }

  private holders(world: World, end: 'read' | 'write'): Holder[] {
    return holdersOf(
      world,
      ({ target, access }) =>
        this.identities.has(target.replace(/ \(deleted\)$/, '')) && (access === end || access === 'both'),
    );
  }

  private async look(world: World, { process, fd }: Holder, reads: boolean): Promise<void> {
    const words = await world.stage.peek('pipe', process.id, fd);
    const facts = words && wordsToMap(words);
    if (!facts) return; // it went away meanwhile, or may not be looked into: what was known last stays
    const unread = Number(facts.get('unread'));
    /* A write end gives no look at the bytes. Without a reader they can never be read. */
    const unseen = unread === 0 ? '' : this.last.content;
    this.last = {
      unread,
      capacity: Number(facts.get('capacity')),
      content: reads ? escapeText(decodeWord(facts.get('content') ?? '%_'), 256) : unseen,
    };
  }
}

/** What the kernel says of it, for the table. */
export function pipeState(view: PipeContent): string {
  return `${view.unread} of ${view.capacity} bytes unread; ${counted(view.readers.length, 'reader')}, ${counted(view.writers.length, 'writer')}`;
}

class PipeObject implements LiveObject {
  readonly identities = new Set<string>();
  private readonly handle: Handle;
  private readonly reader: PipeReader;

  constructor(readonly spec: ObjectSpec) {
    /* pipe() fills an array: its first element stands for the pipe. popen() gives one descriptor. */
    this.handle = new Handle(spec.handle);
    this.reader = new PipeReader(spec, this.identities);
  }

  notice(event: CallEvent): void {
    const made = this.identities.size === 0 ? this.handle.made(event) : undefined;
    if (made) this.identities.add(made);
  }

  async read(world: World): Promise<{ view: PipeView; row?: KernelTableRow }> {
    const view: PipeView = { kind: 'pipe', ...(await this.reader.read(world)) };
    if (!view.exists) return { view };
    const [identity] = this.identities;
    return { view, row: { handle: this.spec.title, refersTo: identity!, state: pipeState(view) } };
  }
}

export const pipeObject: ObjectKind = { kind: 'pipe', create: (spec) => new PipeObject(spec) };
