/** What is kept between two looks: a process that sleeps is not read again, and yet what others do to it is seen. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kept } from '../../server/kernel/kept';
import { Processes } from '../../server/kernel/processes';
import { defineTable } from '../../server/kernel/table';
import type { KernelRow } from '../../server/kernel/view';
import { inNamespace } from './support/hooks';
import { type Helper, type Namespace, until } from './support/namespace';
import { detail, process as processOf, rowsHeldBy, rowsOf } from './support/rows';

describe('kernel state: a process that sleeps', function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), 'ipc-lens-kept-'));
  let namespace: Namespace;
  let helper: Helper;

  inNamespace((given) => {
    ({ namespace, helper } = given);
  });
  after(() => rmSync(folder, { recursive: true }));

  const view = () => namespace.ask('view');
  const run = (command: string, ...args: string[]) => namespace.ask('run', command, args);

  /** Looks twice, so that what was read of the process is kept. */
  const looked = async () => {
    await view();
    await view();
  };

  it('gets a signal that it blocks', async () => {
    await helper.do('mask 15');
    await looked();
    await run('kill', '-TERM', String(helper.pid));
    assert.equal(detail(processOf(await view(), helper.pid), 'Signals pending'), 'SIGTERM');
  });

  it('has files that others rename, lock and remove', async () => {
    const path = join(folder, 'before');
    const fd = await helper.do(`open ${path} w`);
    const fifo = join(folder, 'fifo');
    await helper.do(`mkfifo ${fifo}`);
    await helper.do(`open ${fifo} rw`);
    await looked();
    await run('mv', path, join(folder, 'after'));
    await run('mv', fifo, join(folder, 'line'));
    await helper.do(`flock ${fd} w`);
    const now = await view();
    assert.deepEqual(
      rowsOf(now, 'flock').map(({ label }) => label),
      [join(folder, 'after')],
    );
    assert.deepEqual(
      rowsOf(now, 'fifo').map(({ label }) => label),
      [join(folder, 'line')],
    );
  });

  it('has a counter that another takes from', async () => {
    const fd = await helper.do('eventfd 1 0');
    const count = async () =>
      rowsHeldBy(await view(), 'eventfd', helper.pid)
        .map((row) => detail(row, 'Count'))
        .join();
    await looked();
    assert.equal(await count(), '1');
    const child = await helper.do(`forkdo read ${fd} 8`);
    // What the helper itself shows of it changes, though it sleeps.
    await until('the child has read', async () => (await count()) === '0');
    await helper.do(`endchild ${child}`);
  });

  it('has shared memory that others unlink', async () => {
    const fd = await helper.do('memfd text');
    await helper.do('shm_open /mapped 0600 4096');
    await looked();
    await run('rm', '/dev/shm/mapped');
    assert.deepEqual(rowsOf(await view(), 'posix-shm'), []);
    assert.ok(fd >= 0);
  });

  it('gets another parent when its own ends', async () => {
    const parent = await namespace.helper();
    const child = await parent.do('forkdo');
    await looked();
    assert.equal(processOf(await view(), child).parent, parent.pid);
    await parent.end();
    // The child ends with its parent, as all of a helper's do, a moment later.
    await until('the child has no dead parent', async () => {
      const found = (await view()).processes?.find(({ pid }) => pid === child);
      return found === undefined || found.parent !== parent.pid;
    });
  });
});

describe('kernel state: rows', () => {
  const row = (id: string, description: string): KernelRow => ({
    ...{ id, label: id, description, details: [], removable: false },
  });

  it('stay the objects they were while they tell the same', () => {
    const kept = new Kept();
    const [one, two] = kept.rows('t', [row('t:1', 'a'), row('t:2', 'b')]);
    const [same, other, added] = kept.rows('t', [row('t:1', 'a'), row('t:2', 'c'), row('t:3', 'd')]);
    assert.equal(same, one);
    assert.notEqual(other, two);
    assert.equal(other?.description, 'c');
    assert.equal(added?.id, 't:3');
    assert.deepEqual(
      kept.rows('t', [row('t:3', 'd')]).map(({ id }) => id),
      ['t:3'],
    );
  });

  it('are made again when something they are made of changed, and not before', () => {
    interface Thing {
      id: number;
      pid: number;
      bytes: number;
    }
    const made: string[] = [];
    let limits = { most: 5 };
    let records: Thing[] = [];
    const program = { pid: 7, state: 'running', name: 'one' };
    const table = defineTable<Thing, { most: number }>({
      ...{ facility: 'pipe', title: 'Things' },
      read: () => ({ records, limits }),
      pids: ({ pid }) => [pid],
      row({ id, bytes }, { processes }, { most }) {
        made.push(String(id));
        return row(`pipe:${id}`, `${bytes} of ${most}, ${processes.name(7)}`);
      },
      holders: ({ pid }, scan) => [{ pid, program: scan.program(pid), role: 'has it' }],
      removal: () => ({ subject: '', allowed: '', command: '' }),
      remove: () => ({}),
    });
    const kept = new Kept();
    const people = { changes: 0 };
    const addon = { processes: () => ({ objects: [{ ...program }] }) };
    const scanned = (name: string) => ({ program: () => name, editor: new Set() });
    let scan = scanned('cat');
    /** Which rows were made, and what they say. */
    const look = (): [made: string, said: string[]] => {
      made.length = 0;
      const processes = new Processes(addon as never);
      const { rows, problem } = table.group({ addon, processes, people, kept, scan } as never);
      assert.equal(problem, undefined);
      return [
        made.join(' '),
        rows.map(({ description, holders }) => `${description}, ${holders![0]!.program}`),
      ];
    };
    const one = { id: 1, pid: 7, bytes: 1 };
    const two = { id: 2, pid: 0, bytes: 2 };
    records = [one, two];
    assert.deepEqual(look(), ['1 2', ['1 of 5, one, cat', '2 of 5, one, cat']]);
    assert.equal(look()[0], '');
    scan = scanned('cat');
    assert.equal(look()[0], '', 'the same, walked again');
    records = [{ ...one, bytes: 3 }, two];
    assert.deepEqual(look(), ['1', ['3 of 5, one, cat', '2 of 5, one, cat']]);
    records = [two];
    assert.deepEqual(look(), ['', ['2 of 5, one, cat']]);
    records = [one, two];
    assert.equal(look()[0], '1', 'it came back');
    program.name = 'other';
    assert.deepEqual(look(), ['1', ['1 of 5, other, cat', '2 of 5, one, cat']]);
    scan = scanned('sort');
    assert.deepEqual(look(), ['1 2', ['1 of 5, other, sort', '2 of 5, other, sort']]);
    people.changes = 1;
    assert.equal(look()[0], '1 2', 'names of users');
    limits = { most: 6 };
    assert.deepEqual(look(), ['1 2', ['1 of 6, other, sort', '2 of 6, other, sort']]);
  });

  it('share the values they have in common', () => {
    const kept = new Kept();
    const limits = kept.value('limits', { most: 5 });
    assert.equal(kept.value('limits', { most: 5 }), limits);
    assert.deepEqual(kept.value('limits', { most: 6 }), { most: 6 });
  });
});
