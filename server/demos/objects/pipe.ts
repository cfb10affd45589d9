import type { LiveObject, LiveProcess, ObjectKind, World } from '../kit';
import { linkOf } from '../procfs';
import type { ObjectSpec } from '../scenario';
import { decodeWord } from '../stage';
import type { KernelTableRow, PipeView } from '../view';
import { escapeText, wordsToMap } from './text';

/**
 * A pipe. Its content is read by the supervisor through a copy of an actor's own descriptor (pidfd_getfd), with tee(),
 * which consumes nothing.
 */
class PipeObject implements LiveObject {
  identity?: string;
  private last = { unread: 0, capacity: 0, content: '' };

  constructor(readonly spec: ObjectSpec) {}

  notice({ step, process, result }: Parameters<LiveObject['notice']>[0]): void {
    if ((step.call !== 'pipe' && step.call !== 'pipe2') || step.args[0] !== this.spec.handle || result !== 0)
      return;
    const fd = process.variables.get(`${this.spec.handle}[0]`);
    if (fd !== undefined) this.identity = linkOf(process.pid, fd);
  }

  async read(world: World): Promise<{ view: PipeView; row?: KernelTableRow }> {
    const holders = (end: 'read' | 'write') =>
      world.processes.filter((process) => this.descriptorOf(process, end) !== undefined);
    const readers = holders('read');
    const writers = holders('write');
    const holder = readers[0] ?? writers[0];
    if (holder) await this.look(world, holder, readers.length > 0 ? 'read' : 'write');
    const exists = holder !== undefined;
    if (!exists) this.last = { ...this.last, unread: 0, content: '' };
    const view: PipeView = {
      kind: 'pipe',
      id: this.spec.id,
      title: this.spec.title,
      exists,
      ...this.last,
      readers: readers.map((process) => process.id),
      writers: writers.map((process) => process.id),
    };
    return { view, row: exists ? this.row(view) : undefined };
  }

  private descriptorOf(process: LiveProcess, end: 'read' | 'write') {
    return process.descriptors.find(
      (descriptor) =>
        descriptor.target === this.identity && (descriptor.access === end || descriptor.access === 'both'),
    );
  }

  private async look(world: World, holder: LiveProcess, end: 'read' | 'write'): Promise<void> {
    const fd = this.descriptorOf(holder, end)!.fd;
    const words = await world.stage.peek('peek-pipe', holder.id, fd);
    const facts = words && wordsToMap(words);
    if (!facts) return; // it went away meanwhile, or may not be looked into: what was known last stays
    this.last = {
      unread: Number(facts.get('unread')),
      capacity: Number(facts.get('capacity')),
      /* A write end gives no look at the bytes. Without a reader they can never be read. */
      content: end === 'read' ? escapeText(decodeWord(facts.get('content') ?? '%_'), 256) : this.last.content,
    };
  }

  private row(view: PipeView): KernelTableRow {
    const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
    return {
      handle: this.spec.title,
      refersTo: this.identity!,
      state: `${view.unread} of ${view.capacity} bytes unread; ${count(view.readers.length, 'reader')}, ${count(view.writers.length, 'writer')}`,
    };
  }
}

export const pipeObject: ObjectKind = { kind: 'pipe', create: (spec) => new PipeObject(spec) };
