import { statSync } from 'node:fs';
import type { CallEvent, LiveObject, LiveProcess, ObjectKind, World } from '../kit';
import { linkOf } from '../procfs';
import type { MemberSpec, ObjectSpec, Step } from '../scenario';
import type { KernelTableRow, MemoryField, MemoryView } from '../view';
import { holdersOf, titlesOf } from './handle';
import { addressIn } from './placed';
import { counted, escapeText, wordsToMap } from './text';

/** What the kernel says of the memory apart from its mappings; undefined when it keeps nothing of it. */
interface Kept {
  size?: number;
  name?: string;
  doomed?: boolean;
  row: string;
}

/** The variable that holds its address. */
export const pointerOf = (spec: ObjectSpec): string => spec.pointer ?? (spec.members ? 'shared' : 'cells');

/**
 * Memory that is mapped at the variable `cells` of each process. `handle` is the name of a POSIX object, the variable of a
 * System V segment, or empty: then it is anonymous. Each process is asked for its own view, which MAP_PRIVATE makes differ.
 */
class MemoryObject implements LiveObject {
  readonly identities = new Set<string>();
  /** Where each process has it, by its id; 0 for one that has taken it away. */
  private readonly addresses = new Map<string, number>();
  private segment?: number;
  private readonly variable: string;

  constructor(readonly spec: ObjectSpec) {
    this.variable = pointerOf(spec);
    if (spec.handle.startsWith('/')) this.identities.add(`shm "${spec.handle}"`);
    for (const { name } of spec.members ?? []) this.identities.add(`member shared->${name}`);
  }

  notice({ step, process, result }: CallEvent): void {
    if (result === -1) return;
    const first = step.args[0] ?? '';
    if (this.isMapping(step, process)) {
      this.addresses.set(process.id, result);
      this.identities.add(`mapped ${process.pid} ${result}`);
    } else if (
      (step.call === 'munmap' || step.call === 'shmdt') &&
      this.liesAt(process, process.variables.get(first))
    ) {
      this.identities.delete(`mapped ${process.pid} ${this.addressOf(process)}`);
      this.addresses.set(process.id, 0);
    }
    if (step.call === 'fork') this.addresses.set(first, this.addressOf(process));
    else if (step.call === 'shmget' && step.into === this.spec.handle) {
      this.segment = result;
      this.identities.add(`segment ${result}`);
    } else if (step.call === 'shm_open' && step.args[0] === `"${this.spec.handle}"`) {
      const link = linkOf(process.pid, result)?.replace(/ \(deleted\)$/, '');
      if (link) this.identities.add(link).add(`${link} (deleted)`);
    }
  }

  liesAt(process: LiveProcess, address: number | undefined): boolean {
    return address !== undefined && address > 0 && this.addressOf(process) === address;
  }

  /** This call gives the process a view of this memory, and not of another. */
  private isMapping({ call, args, into }: Step, process: LiveProcess): boolean {
    const usual = (into ?? this.variable) === this.variable;
    if (call === 'shmat')
      return process.variables.get(args[0]!) === this.segment && (usual || !this.addressOf(process));
    if (call !== 'mmap') return false;
    const { handle, identity } = this.spec;
    if (!handle.startsWith('/') && identity === undefined) return usual;
    const link = linkOf(process.pid, process.variables.get(args[3]!) ?? -1)?.replace(/ \(deleted\)$/, '');
    return (
      link !== undefined &&
      (link === identity || this.identities.has(link)) &&
      (usual || !this.addressOf(process))
    );
  }

  async read(world: World): Promise<{ view: MemoryView; row?: KernelTableRow }> {
    const kept = await this.kept(world);
    const rows: MemoryView['rows'] = [];
    const mappers: string[] = [];
    for (const process of world.processes) {
      const address = this.addressOf(process);
      if (process.pid === 0 || process.ended || !address) continue;
      mappers.push(process.id);
      const found = this.spec.members
        ? await fieldsIn(world, process, this.spec.members)
        : await cellsAt(world, process, address);
      const same = rows.find(({ processes, ...row }) => JSON.stringify(row) === JSON.stringify(found));
      if (same) same.processes.push(process.id);
      else rows.push({ processes: [process.id], ...found });
    }
    const view: MemoryView = {
      kind: 'memory',
      id: this.spec.id,
      title: this.spec.title,
      exists: kept !== undefined || mappers.length > 0,
      rows,
      mappers,
      ...(kept?.size === undefined ? {} : { size: kept.size }),
      ...(this.spec.handle.startsWith('/') ? { name: kept?.name ?? '' } : {}),
      ...(kept?.doomed ? { doomed: true } : {}),
    };
    if (!view.exists) return { view };
    const size = kept?.size === undefined ? '' : `${counted(kept.size, 'byte')}, `;
    const state = `${size}mapped by ${titlesOf(world, mappers).join(' and ') || 'nobody'}`;
    return {
      view,
      row: {
        handle: this.spec.title,
        refersTo: kept?.row ?? 'memory without a name',
        state: state + (kept?.doomed ? ', to be removed' : ''),
      },
    };
  }

  private addressOf(process: LiveProcess): number {
    return this.addresses.get(process.id) ?? 0;
  }

  private async kept(world: World): Promise<Kept | undefined> {
    if (this.segment !== undefined) {
      const words = await world.stage.peek('segment', undefined, this.segment);
      const facts = words && wordsToMap(words);
      if (!facts) return undefined;
      const doomed = facts.get('doomed') === '1';
      return { size: Number(facts.get('size')), doomed, row: `segment ${this.segment}` };
    }
    if (!this.spec.handle.startsWith('/')) return undefined;
    const run = world.stage.directory.split('-').at(-1);
    const path = `/dev/shm/ipc-lens-${run}-${this.spec.handle.slice(1)}`;
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (size !== undefined) return { size, name: this.spec.handle, row: path };
    const [holder] = holdersOf(world, ({ target }) => this.identities.has(target));
    if (!holder) return undefined;
    const open = statSync(`/proc/${holder.process.pid}/fd/${holder.fd}`, { throwIfNoEntry: false });
    return { size: open?.size, row: 'shared memory without a name' };
  }
}

type Found = Omit<MemoryView['rows'][number], 'processes'>;

async function numbersAt(world: World, process: LiveProcess, address: number): Promise<number[] | undefined> {
  const words = await world.stage.peek('memory', process.id, address);
  return words?.map((word) => Number(word.slice('cell='.length)));
}

async function cellsAt(world: World, process: LiveProcess, address: number): Promise<Found> {
  const cells = await numbersAt(world, process, address);
  return cells ? { cells } : {};
}

/** The members that are plain data, as this process finds them. */
async function fieldsIn(world: World, process: LiveProcess, members: MemberSpec[]): Promise<Found> {
  const fields: MemoryField[] = [];
  for (const member of members) {
    const address = addressIn(process, member.name);
    const numbers = address && (await numbersAt(world, process, address));
    if (!numbers) return {};
    if (member.type === 'int')
      fields.push({ name: member.name, values: numbers.slice(0, member.count ?? 1).map(String) });
    else if (member.type === 'char')
      fields.push({ name: member.name, values: [textOf(numbers, member.count)] });
    else if (member.type === 'int *') fields.push(pointerField(member.name, numbers, process, members));
  }
  return { fields };
}

/** Up to the first byte that is 0. */
function textOf(numbers: number[], size = 1): string {
  const bytes = Buffer.from(Int32Array.from(numbers).buffer).subarray(0, size);
  const end = bytes.indexOf(0);
  return escapeText(bytes.toString('latin1', 0, end < 0 ? size : end), size * 4);
}

/** Where it points to, if that is in this memory as the process has it mapped. */
function pointerField(
  name: string,
  numbers: number[],
  process: LiveProcess,
  members: MemberSpec[],
): MemoryField {
  const [low, high] = numbers.map((number) => number >>> 0) as [number, number];
  const pointer = high * 2 ** 32 + low;
  if (pointer === 0) return { name, values: ['NULL'] };
  const target = members.find((member) => addressIn(process, member.name) === pointer);
  if (target) return { name, values: [`→ ${target.name}`] };
  return { name, values: [`0x${pointer.toString(16)}`], astray: true };
}

export const memoryObject: ObjectKind = { kind: 'memory', create: (spec) => new MemoryObject(spec) };
