/** What processes wait for, as their calls say it: registers and the memory that they point at; and what is undone at their end. */
import assert from 'node:assert/strict';
import { inNamespace } from './support/hooks';
import { type Helper, type Namespace, until } from './support/namespace';
import { detail, process as processOf, row } from './support/rows';

describe('kernel state: what processes wait for', function () {
  this.timeout(30_000);
  let namespace: Namespace;
  let helper: Helper;

  inNamespace((given) => {
    ({ namespace, helper } = given);
  });

  const view = () => namespace.ask('view');

  /** What `pid` waits in, once it waits so. */
  const waiting = (pid: number, wanted: RegExp) =>
    until(`${pid} waits ${wanted}`, async () => {
      const { waits } = processOf(await view(), pid);
      return waits.find(({ sentence }) => wanted.test(sentence));
    });

  it('poll: on one object, on several, and who else sees it', async () => {
    const [one] = await helper.numbers('pipe');
    const [other] = await helper.numbers('pipe');
    const single = await helper.do(`forkdo poll ${one}`);
    const several = await helper.do(`forkdo poll ${one} ${other}`);
    const { on } = await waiting(single, /^in poll on pipe \d+$/);
    assert.match(on ?? '', /^pipe:\d+$/);
    await waiting(several, /^in poll on pipe \d+ and pipe \d+$/);
    const holders = row(await view(), on!).holders?.filter(({ pid }) => pid === single || pid === several);
    assert.deepEqual(
      holders?.filter(({ role }) => role === 'reads').map((holder) => holder.waiting),
      ['poll', 'poll'],
    );
  });

  it('select', async () => {
    const [read] = await helper.numbers('pipe');
    await waiting(await helper.do(`forkdo select ${read}`), /^in select on pipe \d+$/);
  });

  it('signals, with those that are blocked meanwhile', async () => {
    await helper.do('mask 10');
    await waiting(await helper.do('forkdo sigwait 10'), /^in sigtimedwait for SIGUSR1$/);
    await waiting(
      await helper.do('forkdo sigsuspend 12'),
      /^in sigsuspend for a signal, with SIGUSR2 blocked$/,
    );
  });

  it('a child', async () => {
    const parent = await helper.do('forkdo waitchild');
    const { sentence } = await waiting(parent, /^in waitpid for /);
    const child = (await view()).processes?.find((process) => process.parent === parent);
    assert.equal(sentence, `in waitpid for ${child?.program} (${child?.pid})`);
  });

  it('a message of one type', async () => {
    const id = await helper.do('msgget 0x77 0600');
    await waiting(await helper.do(`forkdo msgrcv ${id} 5`), /^in msgrcv on key 0x00000077 for type 5$/);
    await waiting(await helper.do(`forkdo msgrcv ${id} -5`), / for types up to 5$/);
  });

  it('a semaphore: who waits for which, and what they would take', async () => {
    const id = await helper.do('semget 0x78 2 0600');
    await helper.do(`semset ${id} 1 1`);
    const taker = await helper.do(`forkdo semop ${id} 0 -2 undo`);
    const zero = await helper.do(`forkdo semop ${id} 1 0`);
    await waiting(taker, /^in semop on key 0x00000078 to take 2 from semaphore 0 \(SEM_UNDO\)$/);
    await waiting(zero, /^in semop on key 0x00000078 for semaphore 1 to be zero$/);
    const shown = row(await view(), `sysv-sem:${id}`);
    assert.match(
      detail(shown, 'Semaphore 0') ?? '',
      new RegExp(`1 waiting for it to grow: ipc_helper\\S* \\(${taker}\\)`),
    );
    assert.match(
      detail(shown, 'Semaphore 1') ?? '',
      new RegExp(`1 waiting for zero: ipc_helper\\S* \\(${zero}\\)`),
    );
  });

  it('whose end may undo something (SEM_UNDO), and whose certainly not', async function () {
    const id = await helper.do('semget 0x79 1 0600');
    const shown = async () => detail(row(await view(), `sysv-sem:${id}`), 'Undone at exit (SEM_UNDO)') ?? '';
    assert.equal(await shown(), '', 'nobody operated on it');
    await helper.do(`semop ${id} 0 1`);
    const before = await shown();
    // Without kcmp(2) nothing is known, and nothing said.
    if (before === '') return this.skip();
    assert.match(before, new RegExp(`^ipc_helper\\S* \\(${helper.pid}\\): nothing$`));
    await helper.do(`semop ${id} 0 1 undo`);
    assert.match(await shown(), new RegExp(`^ipc_helper\\S* \\(${helper.pid}\\): perhaps something$`));
    await helper.end();
    assert.equal(await shown(), '');
  });
});
