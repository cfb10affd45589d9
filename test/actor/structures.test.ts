/** The structure that processes share, and what lies in it: mutexes, condition variables, semaphores without a name, pointers. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errnoName } from '../../server/demos/outcome';
import type { Answer } from '../../server/demos/stage';
import { type Build, linux } from '../demos/support';
import { StageForEachTest } from './support';

const members = [
  ['char', 'text', 5],
  ['pthread_mutex_t', 'mutex', 1],
  ['int', 'count', 1],
  ['sem_t', 'turn', 2],
  ['char', 'sign', 1],
  ['pthread_cond_t', 'filled', 1],
  ['int *', 'place', 1],
  ['int', 'box', 3],
] as const;

for (const build of ['plain', 'sanitized'] as Build[]) {
  (linux ? describe : describe.skip)(`actor's shared structure, ${build} build`, function () {
    this.timeout(60_000);
    const run = new StageForEachTest(build);

    const call = (name: string, args: string[], into?: string, process = 'a') =>
      run.call(process, name, args, into);
    const short = (answer: Answer) => {
      if (answer.kind === 'refused') return `refused: ${answer.reason}`;
      if (answer.kind === 'ended') return answer.end.killed ? `signal ${answer.end.killed}` : 'ended';
      if (answer.kind !== 'reply') return answer.kind;
      return answer.result === -1 ? errnoName(answer.errno) : answer.result;
    };
    const gives = async (name: string, args: string[], expected: string | number | RegExp, process = 'a') => {
      const found = short(await call(name, args, undefined, process));
      if (expected instanceof RegExp) assert.match(String(found), expected, `${name} ${args}`);
      else assert.equal(found, expected, `${name} ${args}`);
    };
    const data = (answer: Answer) => (answer.kind === 'reply' ? answer.details.get('data') : undefined);
    const addressOf = async (member: string, process = 'a') => {
      const answer = await call('value', [`&shared->${member}`], undefined, process);
      assert.ok(answer.kind === 'reply');
      return answer.result;
    };
    const seen = async (peek: string, member: string, process = 'a') => {
      const words = await run.stage.peek(peek, process, await addressOf(member, process));
      return words?.join(' ');
    };
    const fork = () => call('fork', ['b'], 'pid');

    beforeEach(async () => {
      for (const [type, name, count] of members)
        assert.equal(typeof short(await call('member', [`"${type}"`, `"${name}"`, String(count)])), 'number');
      await call(
        'mmap',
        ['sizeof *shared', 'PROT_READ | PROT_WRITE', 'MAP_SHARED | MAP_ANONYMOUS', '-1'],
        'shared',
      );
    });

    const make = async (...attributes: [string, string][]) => {
      await gives('pthread_mutexattr_init', ['attr'], 0);
      for (const [what, value] of attributes) await gives(`pthread_mutexattr_${what}`, ['attr', value], 0);
      await gives('pthread_mutex_init', ['&shared->mutex', 'attr'], 0);
    };

    it('lies in memory as the compiler has it', async () => {
      const directory = mkdtempSync(join(tmpdir(), 'ipc-lens-layout-'));
      const declared = members.map(([type, name, count]) => `${type} ${name}[${count}];`).join(' ');
      const asked = [
        ...members.map(([, name]) => `offsetof(struct shared, ${name})`),
        'sizeof(struct shared)',
      ];
      const source = `#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <stdio.h>
struct shared { ${declared} };
int main(void) { ${asked.map((one) => `printf("%zu ", ${one});`).join(' ')} return 0; }
`;
      const binary = join(directory, 'layout');
      execFileSync('gcc', ['-x', 'c', '-', '-o', binary], { input: source });
      const wanted = execFileSync(binary, { encoding: 'utf8' }).trim().split(' ').map(Number);
      rmSync(directory, { recursive: true });
      const base = short(await call('value', ['shared'])) as number;
      const found: number[] = [];
      for (const [, name] of members) found.push((await addressOf(name)) - base);
      const size = short(await call('value', ['sizeof(struct shared)']));
      assert.deepEqual([...found, size], wanted);
      assert.equal((await addressOf('box[2]')) - base, wanted.at(-2)! + 8);
    });

    it('is reached by members that it has, in memory that is mapped', async () => {
      await gives('store', ['&shared->count', '42'], 0);
      await gives('load', ['&shared->count'], 42);
      await gives('load', ['&shared->nothing'], /^refused.*no member/);
      await gives('load', ['&shared->box[3]'], /^refused/);
      await gives('load', ['&nobody->count'], /^refused.*no pointer/);
      await gives('load', ['&shared'], /^refused.*member is needed/);
      await gives('load', ['&shared->turn'], /^refused.*no such member/);
      await gives('store', ['&shared->count', '4294967296'], /^refused.*does not fit/);
      await gives('memcpy', ['&shared->text', '"hello"', '5'], 0);
      await gives('memcpy', ['&shared->text', '"hello!"', '6'], /^refused.*larger/);
      assert.equal(data(await call('text_at', ['&shared->text', '5'])), 'hello');
      await gives('member', ['"double"', '"d"', '1'], /^refused/);
      await gives('member', ['"int"', '"count"', '1'], /^refused/);
      await gives('munmap', ['shared'], 0);
      await gives('load', ['&shared->count'], /^refused/);
      await gives('pthread_mutex_lock', ['&shared->mutex'], /^refused/);
      await gives('sem_post', ['&shared->turn'], /^refused/);
    });

    it('holds pointers, which lead where they lead', async () => {
      await gives('store', ['&shared->count', '7'], 0);
      await gives('store', ['&shared->place', '&shared->count'], 0);
      await gives('follow', ['&shared->place'], 7);
      await gives('store', ['&shared->place', '8'], 0);
      const end = await call('follow', ['&shared->place']);
      // The sanitizers' own handler ends the process with a status.
      assert.ok(
        end.kind === 'ended' && (build === 'sanitized' || end.end.killed === 11),
        short(end).toString(),
      );
    });

    it('a robust mutex tells of a dead owner, and wants to be made consistent', async () => {
      await make(['setpshared', 'PTHREAD_PROCESS_SHARED'], ['setrobust', 'PTHREAD_MUTEX_ROBUST']);
      await fork();
      await gives('pthread_mutex_lock', ['&shared->mutex'], 0, 'b');
      assert.match(
        (await seen('mutex', 'mutex')) ?? '',
        new RegExp(`owner=${run.pids.get('b')} .*robust=1 shared=1`),
      );
      await gives('pthread_mutex_trylock', ['&shared->mutex'], 'EBUSY');
      await gives('raise', ['SIGKILL'], 'signal 9', 'b');
      await call('waitpid', ['pid', 'status', '0']);
      assert.match((await seen('mutex', 'mutex')) ?? '', /owner=0 died=1/);
      await gives('pthread_mutex_lock', ['&shared->mutex'], 'EOWNERDEAD');
      assert.match(
        (await seen('mutex', 'mutex')) ?? '',
        new RegExp(`owner=${run.pids.get('a')} died=0 inconsistent=1`),
      );
      await gives('pthread_mutex_consistent', ['&shared->mutex'], 0);
      assert.match((await seen('mutex', 'mutex')) ?? '', /inconsistent=0/);
      await gives('pthread_mutex_consistent', ['&shared->mutex'], 'EINVAL');
      await gives('pthread_mutex_unlock', ['&shared->mutex'], 0);
      assert.match((await seen('mutex', 'mutex')) ?? '', /owner=0 died=0 inconsistent=0 lost=0/);
    });

    it('a mutex that is unlocked inconsistent is lost', async () => {
      await make(['setpshared', 'PTHREAD_PROCESS_SHARED'], ['setrobust', 'PTHREAD_MUTEX_ROBUST']);
      await fork();
      await gives('pthread_mutex_lock', ['&shared->mutex'], 0, 'b');
      await gives('_exit', ['0'], 'ended', 'b');
      await call('waitpid', ['pid', 'status', '0']);
      await gives('pthread_mutex_lock', ['&shared->mutex'], 'EOWNERDEAD');
      await gives('pthread_mutex_unlock', ['&shared->mutex'], 0);
      await gives('pthread_mutex_lock', ['&shared->mutex'], 'ENOTRECOVERABLE');
      assert.match((await seen('mutex', 'mutex')) ?? '', /lost=1/);
    });

    it('a checking mutex knows its owner, and attributes want to be initialised', async () => {
      await gives(
        'pthread_mutexattr_setpshared',
        ['attr', 'PTHREAD_PROCESS_SHARED'],
        /^refused.*not initialised/,
      );
      await make(['settype', 'PTHREAD_MUTEX_ERRORCHECK']);
      await gives('pthread_mutex_lock', ['&shared->mutex'], 0);
      await gives('pthread_mutex_lock', ['&shared->mutex'], 'EDEADLK');
      await fork();
      await gives('pthread_mutex_unlock', ['&shared->mutex'], 'EPERM', 'b');
      await gives('pthread_mutexattr_destroy', ['attr'], 0);
      await gives('pthread_mutex_init', ['&shared->mutex', 'attr'], /^refused/);
      await gives('pthread_mutex_lock', ['&shared->count'], /^refused.*no such mutex/);
    });

    it('who waits at a condition variable is counted, and woken by a signal', async () => {
      await make(['setpshared', 'PTHREAD_PROCESS_SHARED']);
      await gives('pthread_condattr_init', ['wide'], 0);
      await gives('pthread_condattr_setpshared', ['wide', 'PTHREAD_PROCESS_SHARED'], 0);
      await gives('pthread_cond_init', ['&shared->filled', 'wide'], 0);
      assert.equal(await seen('condition', 'filled'), 'waiting=0 shared=1');
      await fork();
      await gives('pthread_mutex_lock', ['&shared->mutex'], 0, 'b');
      const woken = call('pthread_cond_wait', ['&shared->filled', '&shared->mutex'], undefined, 'b');
      await run.waits('b');
      assert.equal(await seen('condition', 'filled'), 'waiting=1 shared=1');
      await gives('pthread_mutex_lock', ['&shared->mutex'], 0);
      await gives('pthread_cond_signal', ['&shared->filled'], 0);
      await gives('pthread_mutex_unlock', ['&shared->mutex'], 0);
      assert.equal(short(await woken), 0);
      assert.equal(await seen('condition', 'filled'), 'waiting=0 shared=1');
      await gives('pthread_cond_wait', ['&shared->mutex', '&shared->mutex'], /^refused.*no such condition/);
    });

    it('a semaphore without a name counts, and a wait may have an end', async () => {
      await gives('sem_init', ['&shared->turn[1]', '1', '1'], 0);
      assert.equal(await seen('unnamed', 'turn[1]'), 'value=1 waiting=0 shared=1');
      await gives('sem_wait', ['&shared->turn[1]'], 0);
      await gives('sem_timedwait', ['&shared->turn[1]', '10'], 'ETIMEDOUT');
      await gives('sem_timedwait', ['&shared->turn[1]', '60001'], /^refused.*minute/);
      assert.equal(data(await call('sem_getvalue', ['&shared->turn[1]', 'now'])), '0');
      await fork();
      const waiting = call('sem_wait', ['&shared->turn[1]'], undefined, 'b');
      await run.waits('b');
      assert.equal(await seen('unnamed', 'turn[1]'), 'value=0 waiting=1 shared=1');
      await gives('sem_post', ['&shared->turn[1]'], 0);
      assert.equal(short(await waiting), 0);
      await gives('sem_init', ['&shared->turn', '0', '3'], 0);
      assert.equal(await seen('unnamed', 'turn'), 'value=3 waiting=0 shared=0');
      await gives('sem_destroy', ['&shared->turn'], 0);
      await gives('sem_destroy', ['&shared->count'], /^refused/);
      await gives('sem_init', ['&shared->count', '0', '3'], /^refused/);
    });

    it('a notice by a thread reaches the eventfd that it was given', async () => {
      await call('mq_open', ['"/a"', 'O_CREAT | O_RDWR', '0600', '2', '8'], 'queue');
      await call('eventfd', ['0', '0'], 'event');
      await gives('mq_notify_thread', ['queue', 'shout', 'event'], /^refused.*tell/);
      await gives('mq_notify_thread', ['queue', 'tell', 'event'], 0);
      await fork();
      const told = call('read_counter', ['event', 'count']);
      await run.waits('a');
      await gives('mq_send', ['queue', '"hello"', '5', '0'], 0, 'b');
      assert.equal(short(await told), 8);
    });

    it('a queue takes the size that its owner gives it, and a message the size that its sender says', async () => {
      await call('msgget', ['IPC_PRIVATE', '0600'], 'queue');
      await gives('msgctl', ['queue', 'IPC_SET', '16'], 0);
      const answer = await call('msgctl', ['queue', 'IPC_STAT']);
      assert.ok(answer.kind === 'reply' && answer.details.get('msg_qbytes') === '16');
      await gives('msgsnd', ['queue', '1', '"hello"', 'IPC_NOWAIT', '4'], /^refused.*smaller/);
      await gives('msgsnd', ['queue', '1', '"hello"', 'IPC_NOWAIT', '12'], 0);
      await gives('msgsnd', ['queue', '1', '"hello"', 'IPC_NOWAIT'], 'EAGAIN');
      await gives('msgrcv', ['queue', 'message', '5', '0', '0'], 'E2BIG');
      await gives('msgrcv', ['queue', 'message', '12', '0', '0'], 12);
    });

    it('a command that is put together is offered only as a whole', async () => {
      const compose = (name: string) => call('snprintf', ['command', '"echo hello "', `"${name}"`]);
      assert.equal(
        data(await compose('Ann; echo this was a command')),
        'echo hello Ann; echo this was a command',
      );
      assert.equal(typeof short(await call('popen', ['command', '"r"'], 'stream')), 'number');
      // Until all is read: a command that still writes when its reader has gone is killed.
      assert.equal(data(await call('fgets', ['line', '64', 'stream'])), 'hello Ann\n');
      assert.equal(data(await call('fgets', ['line', '64', 'stream'])), 'this was a command\n');
      await gives('pclose', ['stream'], 0);
      await compose('Ann; echo that was another');
      await gives('popen', ['command', '"r"'], /^refused/);
      assert.match(String(short(await compose('x'.repeat(60)))), /^refused.*64/);
    });
  });
}
