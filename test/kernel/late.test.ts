/**
 * What of a process cannot be read now, because the read blocks for as long as another process pleases: here memory that
 * nobody brings. The walk goes on, and the rest is shown.
 */
import assert from 'node:assert/strict';
import { type Helper, Namespace, until } from './support/namespace';
import { detail, process as processOf, rowsHeldBy, rowsOf } from './support/rows';

describe('kernel state: reads that block', function () {
  this.timeout(60_000);
  let namespace: Namespace;
  let helper: Helper;

  before(async function () {
    const made = await Namespace.create();
    if (!made) return this.skip();
    namespace = made;
  });

  beforeEach(async function () {
    helper = await namespace.helper();
    // userfaultfd(2) may be refused: vm.unprivileged_userfaultfd, or a kernel without it.
    if (
      !(await helper.do('absent').then(
        () => true,
        () => false,
      ))
    )
      this.skip();
  });

  afterEach(() => helper?.end());

  after(() => namespace?.close());

  const view = () => namespace.ask('view');
  const late = /could not be read in time/;
  const inTime = ({ notes }: Awaited<ReturnType<typeof view>>) => !notes?.some((note) => late.test(note));
  const threads = async () =>
    Number((await namespace.ask('run', 'sh', ['-c', 'ls /proc/$PPID/task | wc -l'])).stdout);

  /** A child of the helper, once it is in the call. */
  const blocked = async (command: string, call: string) => {
    const child = await helper.do(`forkdo absent ${command}`);
    await until(`${child} is in ${call}`, async () => {
      const { stdout } = await namespace.ask('run', 'cat', [`/proc/${child}/wchan`]);
      return stdout.includes('userfault');
    });
    return child;
  };

  it('what a call was given: the call is told, and everything else', async () => {
    const queue = await helper.do('msgget 0x77 0600');
    const child = await blocked('poll', 'poll');
    const first = view();
    const answered = await Promise.race([
      first.then(() => 'the view'),
      namespace.ask('problem').then(() => 'another request'),
    ]);
    assert.equal(answered, 'another request', 'the main thread does not wait');
    for (const now of [await first, await view(), await view()]) {
      const { details, waits } = processOf(now, child);
      assert.deepEqual(
        waits.map(({ sentence }) => sentence),
        ['in poll'],
      );
      assert.ok(details.some(({ label, value }) => label === 'Waits' && late.test(value)));
      assert.match(detail(processOf(now, child), 'Descriptors') ?? '', /^\d+/);
      assert.ok(now.notes?.some((note) => note.includes(`(${child})`) && late.test(note)));
      assert.match(detail(processOf(now, helper.pid), 'Signals caught') ?? '', /./);
      assert.ok(rowsOf(now, 'sysv-msg').some(({ id }) => id === `sysv-msg:${queue}`));
    }
    await helper.do(`endchild ${child}`);
    assert.ok(inTime(await view()));
  });

  it('one thread is left behind for each, however often one looks, and comes back', async () => {
    await view();
    const before = await threads();
    const child = await blocked('poll', 'poll');
    for (let time = 0; time < 5; time++) assert.ok(!inTime(await view()));
    assert.ok((await threads()) <= before + 1);
    await helper.do(`endchild ${child}`);
    await until('the thread is back', async () => (await threads()) <= before);
    assert.ok(inTime(await view()));
  });

  it('how full a pipe is, while its writer waits for memory', async () => {
    const [, write] = await helper.numbers('pipe');
    const child = await blocked(`write ${write}`, 'write');
    const pipe = async () =>
      rowsHeldBy(await view(), 'pipe', child).find(({ holders }) =>
        holders?.some(({ pid, waiting }) => pid === child && waiting === 'write'),
      )!;
    for (let time = 0; time < 2; time++)
      assert.match(
        detail(await pipe(), 'Unread') ?? '',
        /^cannot be told: the kernel makes whoever asks wait/,
      );
    await helper.do(`endchild ${child}`);
    const own = async () =>
      rowsHeldBy(await view(), 'pipe', helper.pid).map((row) => detail(row, 'Unread') ?? '');
    await until('the pipe tells again', async () => (await own()).every((text) => /^\d/.test(text)));
  });
});
