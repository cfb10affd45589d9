import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DidChangeConfigurationNotification } from 'vscode-languageserver-protocol/node';
import { facilityIds, topicIds } from '../../catalog';
import type { FacilityTreeNode } from '../../server/protocol';
import { bundle, Client, ensureBundle, Folders, mistake, program, root, uriOf } from './support';

const built = (name: string) =>
  ['dist/native', 'build/Release'].some((folder) => existsSync(path.join(root, folder, name)));

function flat(nodes: readonly FacilityTreeNode[]): FacilityTreeNode[] {
  return nodes.flatMap((node) => [node, ...flat(node.children)]);
}

/** Whether a process runs; one that has ended and was not waited for does not. */
function runs(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function untilNoneRuns(pids: number[]): Promise<void> {
  for (const end = Date.now() + 20_000; pids.some(runs); ) {
    assert.ok(Date.now() < end, `of ${pids.join(', ')} some live on`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('requests beyond LSP', function () {
  this.timeout(60_000);
  let client: Client;
  before(() => ensureBundle());
  beforeEach(async () => {
    client = await Client.start();
  });
  afterEach(async () => {
    try {
      if (client.process.exitCode === null && client.process.signalCode === null)
        assert.equal(await client.stop(), 0);
      assert.deepEqual(client.logged, []);
    } finally {
      client.kill();
    }
  });

  it('tell in a hover what exists now of the object that a call names', async function () {
    if (!built('ipc_lens_addon.node')) this.skip();
    const name = `/ipcl-hover-${process.pid}`;
    const uri = 'file:///nowhere/live.c';
    await client.open(uri, `void f(void) { shm_open("${name}", O_RDWR, 0); }\n`);
    const told = async () => JSON.stringify((await client.hover(uri, 0, 18))?.contents);
    assert.match(await told(), /no object `[^`]+` exists/);
    const file = `/dev/shm${name}`;
    writeFileSync(file, 'x'.repeat(100));
    try {
      assert.match(await told(), /exists: 100 bytes/);
    } finally {
      rmSync(file);
    }
    assert.match(await told(), /no object `[^`]+` exists/);
  });

  it('give the tree of facilities with the scenarios that can be listed', async () => {
    const { nodes } = await client.request('ipcLens/facilities', null);
    const all = flat(nodes);
    const subjects = all.filter(({ kind }) => kind !== 'category').map(({ id }) => id);
    assert.deepEqual(subjects.sort(), [...facilityIds, ...topicIds].sort());
    const listed = await client.request('ipcLens/demo/list', null);
    assert.deepEqual(
      all.flatMap(({ scenarios }) => scenarios.map(({ id }) => id)).sort(),
      listed.map(({ id }) => id).sort(),
    );
  });

  it('explain a facility and a topic, and say a plain sentence of what is neither', async () => {
    assert.match((await client.request('ipcLens/explain', { id: 'pipe' })).markdown, /^# Pipe\n/);
    assert.ok((await client.request('ipcLens/explain', { id: 'ftok-keys' })).title);
    await assert.rejects(client.request('ipcLens/explain', { id: 'no-such' as never }), {
      message: 'There is no facility or topic named no-such.',
    });
  });

  it('refuse a demo that is not there with a plain sentence', async function () {
    if (!built('ipc_lens_actor')) this.skip();
    await assert.rejects(client.request('ipcLens/demo/open', { scenario: 'no/such' }), {
      message: 'There is no demo named no/such.',
    });
    await assert.rejects(client.request('ipcLens/demo/act', { session: 'demo-99', action: 'step' }), {
      message: /^This demo has been closed/,
    });
    assert.equal(await client.request('ipcLens/demo/close', { session: 'demo-99' }), null);
  });

  async function opened() {
    const [scenario] = await client.request('ipcLens/demo/list', null);
    assert.ok(scenario);
    const view = await client.request('ipcLens/demo/open', { scenario: scenario.id });
    return view;
  }

  const pidsOf = (view: { processes: { pid?: number }[] }) =>
    view.processes.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));

  it('open a demo, step it, run it to its end and close it', async function () {
    if (!built('ipc_lens_actor')) this.skip();
    const view = await opened();
    assert.equal(view.state, 'ready');
    assert.ok(view.steps.every(({ status }) => status === 'pending'));
    const { session } = view;
    const stepped = await client.request('ipcLens/demo/act', { session, action: 'step' });
    assert.notEqual(stepped.steps[0]?.status, 'pending');
    await client.request('ipcLens/demo/act', { session, action: 'run', delay: 0 });
    await client.until(
      () => client.demoChanges.at(-1)?.state === 'finished',
      'the demo is played to its end',
    );
    const last = client.demoChanges.at(-1);
    assert.equal(last?.session, session);
    assert.deepEqual(
      last?.steps.filter(({ status }) => status === 'differs'),
      [],
    );
    assert.equal(await client.request('ipcLens/demo/close', { session }), null);
    await assert.rejects(client.request('ipcLens/demo/act', { session, action: 'step' }));
    await untilNoneRuns(client.demoChanges.flatMap(pidsOf));
  });

  it('issue calls by hand in a demo, and give it as a C project', async function () {
    if (!built('ipc_lens_actor')) this.skip();
    const { session } = await client.request('ipcLens/demo/open', { scenario: 'pipe/exchange' });
    const offer = await client.request('ipcLens/demo/offer', { session });
    assert.ok(offer.calls.some(({ name, group }) => name === 'write' && group === 'subject'));
    const issue = (call: string, args: string[]) =>
      client.request('ipcLens/demo/issue', { session, process: 'parent', call, args });
    assert.equal((await issue('pipe', ['fd'])).view.steps[0]?.outcome, 'returned 0');
    const { refused } = await issue('write', ['fd[3]', '"x"', '']);
    assert.equal(refused?.at, 0);
    assert.match(refused.message, /Give a number/);
    const project = await client.request('ipcLens/demo/project', { scenario: 'pipe/exchange', session });
    assert.deepEqual(
      project.files.map(({ path }) => path),
      ['pipe-exchange.c', 'Makefile', 'README.md'],
    );
    assert.match(project.files[0]!.text, /By hand/);
    await client.request('ipcLens/demo/close', { session });
    await untilNoneRuns(client.demoChanges.flatMap(pidsOf));
  });

  it('compare facilities, with what this machine shows for their limits', async () => {
    const view = await client.request('ipcLens/compare', { ids: ['pipe', 'posix-mq'] });
    assert.deepEqual(
      view.facilities.map(({ id }) => id),
      ['pipe', 'posix-mq'],
    );
    const limits = view.sections.find(({ title }) => title === 'Limits')!.rows.flatMap(({ cells }) => cells);
    if (process.platform === 'linux') {
      const size = limits.find(({ shownAt }) => shownAt === '/proc/sys/fs/pipe-max-size');
      assert.equal(size?.live, readFileSync('/proc/sys/fs/pipe-max-size', 'utf8').trim());
    }
  });

  it('end the processes of open demos at shutdown, and with a server that is killed', async function () {
    if (!built('ipc_lens_actor')) this.skip();
    for (const end of [() => client.stop(), () => client.kill()]) {
      const first = await opened();
      const stepped = await client.request('ipcLens/demo/act', { session: first.session, action: 'step' });
      await opened();
      const pids = [...pidsOf(first), ...pidsOf(stepped), ...client.demoChanges.flatMap(pidsOf)];
      assert.ok(pids.some(runs), 'processes of the demo run');
      await end();
      await untilNoneRuns(pids);
      client = await Client.start();
    }
  });

  it('show the state of the kernel and tell of its changes while somebody watches', async function () {
    if (!built('ipc_lens_addon.node') || !existsSync('/dev/shm')) this.skip();
    client.settings = () => ({ kernel: { pollInterval: 250 } });
    const names = ['a', 'b', 'c'].map((letter) => `ipcl-test-${process.pid}-${letter}`);
    const [first = '', second = '', third = ''] = names;
    const make = (name: string) => writeFileSync(`/dev/shm/${name}`, 'x');
    const told = (name: string) => () => JSON.stringify(client.kernelChanges).includes(`/${name}`);
    try {
      const view = await client.request('ipcLens/kernel/watch', { on: true });
      assert.ok(Math.abs(view.taken - Date.now()) < 60_000);
      assert.ok(view.groups.length > 3);
      assert.ok(!JSON.stringify(view).includes(first));
      make(first);
      await client.until(told(first), 'the new object is told');
      // Another interval while somebody watches does not end the watch.
      await client.connection.sendNotification(DidChangeConfigurationNotification.type, { settings: null });
      client.kernelChanges.length = 0;
      make(second);
      await client.until(told(second), 'the object made after the interval changed is told');
      const last = await client.request('ipcLens/kernel/watch', { on: false });
      assert.ok(JSON.stringify(last).includes(second));
      client.kernelChanges.length = 0;
      make(third);
      const now = await client.request('ipcLens/kernel/watch', { on: false });
      assert.ok(JSON.stringify(now).includes(third));
      assert.deepEqual(client.kernelChanges, [], 'nothing is told to nobody');
    } finally {
      for (const name of names) rmSync(`/dev/shm/${name}`, { force: true });
    }
  });

  it('remove nothing that is not there, and say so', async function () {
    if (!built('ipc_lens_addon.node')) this.skip();
    for (const id of ['sysv-msg:999999999', 'nonsense', '']) {
      const { removed, message } = await client.request('ipcLens/kernel/remove', { id });
      assert.equal(removed, false);
      assert.match(message, /\.$/);
    }
  });
});

describe('a server without its native parts', function () {
  this.timeout(60_000);
  const folders = new Folders();
  after(() => folders.remove());

  it('says why there are no demos and no kernel state, and does all the rest', async () => {
    ensureBundle();
    const folder = folders.make();
    cpSync(path.dirname(bundle), `${folder}/dist`, {
      recursive: true,
      filter: (source) => path.basename(source) !== 'native',
    });
    const client = await Client.start({ server: `${folder}/dist/server.js` });
    try {
      const problem = client.status[0]?.nativeProblem ?? '';
      assert.equal(client.status[0]?.state, 'ready');
      assert.match(problem, /^[A-Z].*\.$/s);
      const [scenario] = await client.request('ipcLens/demo/list', null);
      await assert.rejects(
        client.request('ipcLens/demo/open', { scenario: scenario?.id ?? '' }),
        /not available/,
      );
      const { groups } = await client.request('ipcLens/kernel/watch', { on: true });
      assert.ok(groups.every(({ rows, problem: why }) => rows.length === 0 && why));
      const { removed, message } = await client.request('ipcLens/kernel/remove', { id: 'sysv-msg:1' });
      assert.ok(!removed && message);
      const file = uriOf(`${folder}/main.c`);
      await client.open(file, program());
      await client.untilCodes(file, [mistake]);
      const found = client.latest(file)?.diagnostics[0];
      assert.ok(found);
      const actions = await client.actions(file, found.range);
      assert.ok(actions.some(({ isPreferred }) => isPreferred));
      assert.ok(!actions.some(({ command }) => command), 'no demo is offered');
      assert.ok(flat((await client.request('ipcLens/facilities', null)).nodes).length > 30);
      assert.equal(await client.stop(), 0);
      assert.equal(client.stderr, '');
    } finally {
      client.kill();
    }
  });
});
