import { existsSync } from 'node:fs';
import type { CallEvent, LiveObject, ObjectKind, World } from '../kit';
import { linkOf } from '../procfs';
import type { ObjectSpec } from '../scenario';
import type { FifoView, KernelTableRow } from '../view';
import { PipeReader, pipeState } from './pipe';

/** A FIFO: `handle` is its name. The name can be there while no process has the pipe open, and the other way round. */
class FifoObject implements LiveObject {
  readonly identities: Set<string>;
  private readonly reader: PipeReader;

  constructor(readonly spec: ObjectSpec) {
    this.identities = new Set([`file "${spec.handle}"`]);
    this.reader = new PipeReader(spec, this.identities);
  }

  notice({ step, process, result }: CallEvent): void {
    if (step.call !== 'open' || step.args[0] !== `"${this.spec.handle}"` || result < 0) return;
    const link = linkOf(process.pid, result);
    if (link) this.identities.add(link);
  }

  async read(world: World): Promise<{ view: FifoView; row?: KernelTableRow }> {
    const { handle, title } = this.spec;
    const content = await this.reader.read(world);
    const named = existsSync(`${world.stage.directory}/files/${handle}`);
    const view: FifoView = { kind: 'fifo', ...content, exists: named || content.exists };
    if (named) view.name = handle;
    if (!view.exists) return { view };
    const state = content.exists ? pipeState(view) : 'a name only; nobody has it open';
    return {
      view,
      row: { handle: title, refersTo: named ? `file ${handle}` : 'a file without a name', state },
    };
  }
}

export const fifoObject: ObjectKind = { kind: 'fifo', create: (spec) => new FifoObject(spec) };
