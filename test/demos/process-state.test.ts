/** Blocked or slow: the kernel's word on processes in every state. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { look, sameWait } from '../../server/demos/process-state';
import { eventually, linux } from './support';

(linux ? describe : describe.skip)('process state', function () {
  this.timeout(20_000);
  const started: ChildProcess[] = [];
  const start = (...command: string[]): number => {
    const child = spawn(command[0]!, command.slice(1), { stdio: ['pipe', 'ignore', 'ignore'] });
    started.push(child);
    return child.pid!;
  };
  const nobody = { idleCall: -1, controlDescriptor: -1 };
  const becomes = (pid: number, state: string) =>
    eventually(
      () => look(pid, nobody).state === state,
      () => `it is ${look(pid, nobody).state}`,
    );

  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
  });

  it('calls a reader of an empty pipe waiting, and names call, descriptor and place', async () => {
    const pid = start('cat');
    await becomes(pid, 'waiting');
    const seen = look(pid, nobody);
    assert.equal(seen.call!.args[0], 0);
    assert.ok(seen.channel);
    assert.ok(sameWait(seen, look(pid, nobody)));
  });

  it('calls a process that computes busy, however long it takes', async () => {
    const pid = start('node', '-e', 'for (;;);');
    await becomes(pid, 'busy');
    let busy = 0;
    for (let i = 0; i < 200; i++) busy += look(pid, nobody).state === 'busy' ? 1 : 0;
    assert.ok(busy >= 190, `${busy} of 200`);
  });

  it('tells two waits from one', async () => {
    const pid = start('sh', '-c', 'while read line; do :; done');
    await becomes(pid, 'waiting');
    const first = look(pid, nobody);
    started.at(-1)!.stdin!.write('x\n');
    await eventually(
      () => look(pid, nobody).state === 'waiting' && !sameWait(first, look(pid, nobody)),
      () => 'the same wait',
    );
  });

  it('calls an actor without work idle, by the call and descriptor it waits in', async () => {
    const pid = start('cat');
    await becomes(pid, 'waiting');
    const { call, channel } = look(pid, nobody);
    assert.equal(look(pid, { idleCall: call!.number, controlDescriptor: 0 }).state, 'idle');
    assert.equal(look(pid, { idleCall: call!.number, controlDescriptor: 5 }).state, 'waiting');
    assert.ok(channel);
  });

  it('tells stopped, ended and unknown processes', async () => {
    const pid = start('cat');
    process.kill(pid, 'SIGSTOP');
    await becomes(pid, 'stopped');
    process.kill(pid, 'SIGKILL');
    await becomes(pid, 'gone');
    assert.equal(look(2 ** 30, nobody).state, 'gone');
  });
});
