/** The kernel table: what each process holds and what the objects say, with marks on what the last step changed. */
import type { Descriptor, LiveProcess } from './kit';
import type { KernelTableRow } from './view';

const keyOf = (row: KernelTableRow) => `${row.process ?? ''} ${row.handle}`;

/** Standard input, output and error lead nowhere in a demo and are left out until a step changes that. */
const isPlain = ({ fd, target }: Descriptor) => fd <= 2 && target === '/dev/null';

const uses = { read: 'reading', write: 'writing', both: 'reading and writing' };
const ends = { read: 'read end', write: 'write end', both: 'both ends' };

function descriptorRow(process: string, descriptor: Descriptor, directory: string): KernelTableRow {
  const { fd, target, access, nonBlocking, closeOnExec } = descriptor;
  const flags = [nonBlocking ? 'non-blocking' : '', closeOnExec ? 'close-on-exec' : ''].filter(Boolean);
  return {
    process,
    handle: `fd ${fd}`,
    refersTo: target.startsWith('pipe:')
      ? `${target}, ${ends[access]}`
      : target.startsWith(directory)
        ? `${target.slice(directory.length)}, for ${uses[access]}`
        : target,
    state: ['open', ...flags].join(', '),
  };
}

export class KernelTable {
  rows: KernelTableRow[] = [];
  /** Where the run's files are; their names are shown without it. */
  directory = '/';
  private before = new Map<string, KernelTableRow>();

  /** Changes are told from here on: a step begins. */
  mark(): void {
    this.before = new Map(this.rows.filter((row) => row.change !== 'gone').map((row) => [keyOf(row), row]));
  }

  update(processes: readonly LiveProcess[], objects: readonly KernelTableRow[]): void {
    const now = [
      ...processes.flatMap((process) =>
        process.descriptors
          .filter((descriptor) => !isPlain(descriptor))
          .map((descriptor) => descriptorRow(process.id, descriptor, this.directory)),
      ),
      ...objects,
    ];
    const present = new Set(now.map(keyOf));
    const gone = [...this.before.values()].filter((row) => !present.has(keyOf(row)));
    this.rows = [
      ...now.map((row) => this.marked(row)),
      ...gone.map((row) => ({ ...row, change: 'gone' as const })),
    ];
  }

  clear(): void {
    this.rows = [];
  }

  private marked(row: KernelTableRow): KernelTableRow {
    const old = this.before.get(keyOf(row));
    if (!old) return { ...row, change: 'new' };
    const same = old.refersTo === row.refersTo && old.state === row.state;
    return same ? row : { ...row, change: 'changed' };
  }
}
