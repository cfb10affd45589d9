/**
 * The kernel's state beside ipcs and lsipc: a snapshot of 1,000 objects and 300 processes, and what an open view costs while
 * nothing changes. Everything is made in namespaces of its own and ends with them.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { loadAddon } from '../server/kernel/loader';
import { objectTables } from '../server/kernel/registry';
import { Snapshots } from '../server/kernel/snapshot';
import type { KernelView } from '../server/kernel/view';
import { Watcher } from '../server/kernel/watcher';
import { type Figure, least, most, part, say } from './lib/part';
import { median } from './lib/statistics';

const insideFlag = '--inside';
const [systemVEach, posixEach, queues, children] = [250, 100, 50, 297];
/** System V objects of each kind added to see how the cost grows. */
const moreEach = 3000;
const rounds = 30;
/** How long the open view is watched, in seconds. */
const watched = 30;

const namespaces = [
  '--ipc',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount',
  '--propagation',
  'private',
  '--mount-proc',
  '--net',
];

function outside(dist: string, work: string): Figure[] {
  const helper = join(work, 'ipc_helper');
  const sources = ['ipc_helper.c', 'fd_helper.c'].map((name) =>
    join(__dirname, '../test/native/helper', name),
  );
  execFileSync('gcc', ['-std=gnu17', '-O1', '-o', helper, ...sources, '-lrt', '-pthread']);
  const flags = process.getuid?.() === 0 ? namespaces : ['--user', '--map-root-user', ...namespaces];
  const script =
    'mount -t tmpfs -o mode=1777 tmpfs /dev/shm && mkdir /dev/shm/mq && mount -t mqueue none /dev/shm/mq && exec "$@"';
  const again = [process.execPath, ...process.execArgv, __filename, insideFlag, join(dist, 'native'), helper];
  const { status, stdout, stderr } = spawnSync('unshare', [...flags, 'sh', '-c', script, 'sh', ...again], {
    encoding: 'utf8',
    cwd: join(__dirname, '..'),
  });
  if (status !== 0)
    return [
      {
        name: 'kernel state',
        unit: 'ms',
        note: `not measured: no namespaces here (${stderr.trim().split('\n').at(-1)})`,
      },
    ];
  return JSON.parse(stdout) as Figure[];
}

/** Says one command after the other to a helper; each answer is awaited. */
async function tell(helper: ChildProcess, lines: string[]): Promise<void> {
  const answers = createInterface({ input: helper.stdout! })[Symbol.asyncIterator]();
  for (const line of lines) {
    helper.stdin!.write(`${line}\n`);
    const { value } = await answers.next();
    if (!String(value).startsWith('ok ')) throw new Error(`${line}: ${value}`);
  }
}

const repeat = (times: number, line: (index: number) => string) =>
  Array.from({ length: times }, (_, index) => line(index));

/** CPU time of this process in milliseconds, all its threads together: on a busy machine it tells more than a clock. */
async function cost(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** What the compiler of JavaScript needs to see before it does its best; a view that is open has had that. */
const warmUp = 40;

const each = async (times: number, measure: () => Promise<number>) => {
  const found: number[] = [];
  for (let time = 0; time < times; time++) found.push(await measure());
  return median(found);
};

/** The tables of objects alone, as every look at them reads them. */
async function measureTables(snapshots: Snapshots): Promise<number> {
  const scan = await snapshots.scan();
  return each(rounds, () =>
    cost(() => {
      const context = snapshots.context(scan);
      for (const table of objectTables) table.group(context);
    }),
  );
}

/** The same with nothing known from a look before: every object and every row is made. */
async function measureFirstTables(snapshots: Snapshots): Promise<number> {
  const scan = await snapshots.scan();
  return each(rounds, () => {
    const fresh = new Snapshots(snapshots.addon);
    return cost(() => {
      const context = fresh.context(scan);
      for (const table of objectTables) table.group(context);
    });
  });
}

async function measureSnapshots(snapshots: Snapshots) {
  for (let round = 0; round < warmUp; round++) await snapshots.take();
  const tables = await measureTables(snapshots);
  const fresh = await measureFirstTables(snapshots);
  const walks: number[] = [];
  const held: number[] = [];
  const whole = await each(rounds, () =>
    cost(async () => {
      const scan = await snapshots.scan();
      walks.push(scan?.milliseconds ?? 0);
      held.push(await cost(() => snapshots.view(scan, snapshots.objects())));
    }),
  );
  return { tables, fresh, whole, walk: median(walks), held: median(held) };
}

/** CPU time of a command in milliseconds, of several runs together: a shell tells what its children used. */
function costOfCommand(command: string): number | undefined {
  const script = `TIMEFORMAT='%3U %3S'; time for i in {1..${rounds}}; do ${command}; done > /dev/null 2>&1`;
  const { stderr, status } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  const [user, system] = stderr.trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
  return status === 0 && user !== undefined && system !== undefined
    ? ((user + system) * 1000) / rounds
    : undefined;
}

/** Part of one CPU in percent while nothing changes; the first rounds, which find out what they cost, are left out. */
async function watchCost(snapshots: Snapshots): Promise<{ percent: number; told: number }> {
  let told = 0;
  const watcher = new Watcher(snapshots, { interval: 1000, onChanged: () => told++ });
  await watcher.start();
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, watched * 1000));
  const { user, system } = process.cpuUsage(before);
  watcher.stop();
  return { percent: ((user + system) / 1e6 / watched) * 100, told };
}

async function inside(native: string, program: string): Promise<Figure[]> {
  const loaded = loadAddon([native]);
  if ('problem' in loaded) throw new Error(loaded.problem);
  const start = () => spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
  await tell(
    start(),
    repeat(children, () => 'forkdo pipe'),
  );
  await tell(start(), [
    `many ${systemVEach}`,
    ...repeat(posixEach, (index) => `shm_open /bench${index} 0600 4096`),
    ...repeat(posixEach, (index) => `sem_open /bench${index} 0600 1`),
    ...repeat(queues, (index) => `mq_open /bench${index} 0600 2 8`),
  ]);
  const snapshots = new Snapshots(loaded.addon);
  let view: KernelView | undefined;
  const first = await cost(async () => {
    view = await snapshots.take();
  });
  const objects = view?.groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const { tables, fresh, walk, whole, held } = await measureSnapshots(snapshots);
  const ipcs = costOfCommand('ipcs -a');
  const lsipc = costOfCommand('lsipc -m; lsipc -q; lsipc -s');
  const { percent, told } = await watchCost(snapshots);
  const few = systemVEach * 3 + posixEach * 2 + queues;
  await tell(start(), [`many ${moreEach}`]);
  const many = few + moreEach * 3;
  await measureTables(snapshots);
  const manyTables = await measureTables(snapshots);
  const made = `${systemVEach * 3} System V, ${posixEach * 2 + queues} POSIX; ${view?.processes?.length} processes; ${objects} rows in all`;
  return [
    {
      name: '1,000 objects: System V and POSIX tables',
      value: tables,
      unit: 'ms',
      goal: most(5),
      note: `CPU time; ${made}`,
    },
    {
      name: 'the same with nothing kept from a look before',
      value: fresh,
      unit: 'ms',
      note: 'CPU time; each row made anew',
    },
    {
      name: 'all tables with all of /proc',
      value: whole,
      unit: 'ms',
      goal: most(50),
      note: 'CPU time of all threads, while most processes sleep',
    },
    { name: 'of that, the walk through /proc', value: walk, unit: 'ms' },
    { name: 'of that, making the view of it', value: held, unit: 'ms' },
    {
      name: 'the very first, with all processes read and nothing compiled',
      value: first,
      unit: 'ms',
      note: 'CPU time',
    },
    ratio('ipcs -a, times the tables', ipcs, tables),
    ratio('lsipc -m, -q and -s, times the tables', lsipc, tables),
    {
      name: `${many.toLocaleString('en')} objects: each, times each of ${few.toLocaleString('en')}`,
      value: manyTables / many / (tables / few),
      unit: 'x',
      goal: most(1.5),
      note: `${manyTables.toFixed(1)} ms: grows with their number`,
    },
    {
      name: 'CPU of an open, unchanged view',
      value: percent,
      unit: '%',
      goal: most(1),
      note: `${watched} s, ${told} changes told`,
    },
  ];
}

function ratio(name: string, command: number | undefined, own: number): Figure {
  const figure = { name, unit: 'x', goal: least(1) };
  return command === undefined
    ? { ...figure, note: 'not measured: it cannot be run' }
    : { ...figure, value: command / own, note: `${command.toFixed(1)} ms of CPU` };
}

const [flag, native = '', program = ''] = process.argv.slice(2);
if (flag === insideFlag) {
  inside(native, program).then(
    (figures) => process.stdout.write(JSON.stringify(figures), () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
} else {
  part(async ({ dist, work }) => {
    const figures = outside(dist, work);
    for (const { name, value, unit } of figures)
      if (value !== undefined) say(`${name}: ${value.toFixed(1)} ${unit}`);
    return figures;
  });
}
