/** The supervisor: bad input, private places, and nothing left whoever dies. */
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { stateLetter } from '../../server/demos/procfs';
import { type Build, eventually, linux, objectsWith, Place } from '../demos/support';

/** A supervisor spoken to in raw lines. */
class RawStage {
  readonly child: ChildProcessWithoutNullStreams;
  lines: string[] = [];
  status?: number | null;

  constructor(place: Place) {
    this.child = spawn(place.actorPath, ['stage', place.base]);
    let rest = '';
    this.child.stdout.on('data', (data: Buffer) => {
      const parts = (rest + data.toString('latin1')).split('\n');
      rest = parts.pop()!;
      this.lines.push(...parts);
    });
    this.child.stdin.on('error', () => {});
    this.child.on('close', (code) => {
      this.status = code;
    });
  }

  send(line: string): void {
    this.child.stdin.write(line + '\n');
  }

  async says(pattern: RegExp): Promise<string> {
    const found = () => this.lines.find((line) => pattern.test(line));
    await eventually(
      () => found() !== undefined,
      () => `no line ${pattern} in ${JSON.stringify(this.lines)}`,
    );
    return found()!;
  }

  async ends(): Promise<void> {
    await eventually(
      () => this.status !== undefined,
      () => 'the supervisor runs',
    );
  }
}

for (const build of ['plain', 'sanitized'] as Build[]) {
  (linux ? describe : describe.skip)(`supervisor, ${build} build`, function () {
    this.timeout(30_000);
    let place: Place;

    beforeEach(() => {
      place = new Place(build);
    });
    afterEach(() => place.remove());

    it('kills, stops and continues a process from outside, with no other signal', async () => {
      const stage = new RawStage(place);
      stage.send('start a');
      const pid = Number((await stage.says(/^started a /)).split(' ')[2]);
      const letter = () => stateLetter(pid);
      stage.send(`signal a ${constants.signals.SIGSTOP}`);
      await eventually(
        () => letter() === 'T',
        () => `it is ${letter()}`,
      );
      stage.send(`signal a ${constants.signals.SIGCONT}`);
      await eventually(
        () => letter() === 'S',
        () => `it is ${letter()}`,
      );
      stage.send(`signal a ${constants.signals.SIGUSR1}`);
      await stage.says(/^error This%20signal/);
      assert.equal(letter(), 'S');
      stage.send('signal nobody 9');
      stage.send(`signal a ${constants.signals.SIGKILL}`);
      await stage.says(/^ended a \d+ killed=9 gone/);
      stage.send('end');
      await stage.ends();
    });

    it('tells its calls and constants', async () => {
      const stage = new RawStage(place);
      stage.send('peek-calls c - x');
      assert.match(await stage.says(/^seen c /), / write=db\?l .* fork=n /);
      stage.send('peek-constants k - x');
      assert.match(await stage.says(/^seen k /), / O_NONBLOCK=2048 .* SIGKILL=9 /);
      stage.send('end');
      await stage.ends();
    });

    it('makes a directory for this user alone and removes it at the end', async () => {
      const stage = new RawStage(place);
      await stage.says(/^ready /);
      const [run] = place.runs();
      assert.equal(statSync(join(place.base, run!)).mode & 0o777, 0o700);
      assert.equal(statSync(join(place.base, run!, 'ledger')).mode & 0o777, 0o600);
      stage.send('end');
      await stage.ends();
      assert.equal(stage.status, 0);
      assert.deepEqual(place.runs(), []);
    });

    it('says what is wrong with a request and goes on', async () => {
      const stage = new RawStage(place);
      for (const line of [
        'bogus',
        'call',
        'call x',
        'peek-pipe',
        'start',
        'start a/b',
        'start a b c',
        ' ',
        '',
      ])
        stage.send(line);
      stage.send('a '.repeat(100));
      stage.send('x'.repeat(200_000));
      stage.send('start a');
      await stage.says(/^started a \d+$/);
      stage.send('call a 7 - write 1 %zz');
      await stage.says(/^refused a 7 this%20request%20cannot%20be%20read$/);
      stage.send('call a 8 - getpid 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17');
      await stage.says(/^refused a \d+ this%20request/);
      stage.send(`call a 9 - write 1 "${'y'.repeat(100_000)}"`);
      await stage.says(/^refused a 9 /);
      stage.send('end');
      await stage.ends();
      assert.equal(stage.status, 0);
    });

    it('ends a process for which it has no room', async () => {
      const stage = new RawStage(place);
      const most = 32;
      for (let number = 0; number < most; number++) stage.send(`start a${number}`);
      const [, , pid] = (await stage.says(/^started a31 \d+$/)).split(' ');
      stage.send('start b');
      await stage.says(/^error A%20process%20could%20not%20be%20started/);
      // It was forked all the same, and is reaped without having been asked for anything.
      await stage.says(/^reaped \d+$/);
      stage.send('call a31 1 - getpid');
      await stage.says(new RegExp(`^reply a31 1 ${pid} 0 `));
      stage.send('end');
      await stage.ends();
      assert.equal(stage.status, 0);
    });

    it('survives any lines', async () => {
      const stage = new RawStage(place);
      stage.send('start a');
      await stage.says(/^started/);
      const word = fc.oneof(
        fc.constantFrom(
          'call',
          'a',
          'peek-pipe',
          'peek-queue',
          '1',
          '-',
          'value',
          'write',
          '%',
          '%_',
          '%00',
          '"x"',
        ),
        fc.string().map((text) => text.replaceAll('\n', ' ')),
      );
      for (const words of fc.sample(fc.array(word, { maxLength: 8 }), 500)) {
        const line = words.join(' ');
        if (!/^end\b|^start\b|exit|pause|read|waitpid/.test(line)) stage.send(line);
      }
      stage.send('call a 77 - getpid');
      await stage.says(/^reply a 77 \d+ 0 /);
      stage.send('end');
      await stage.ends();
      assert.equal(stage.status, 0);
    });

    it('ends all and sweeps when its server is gone (end-of-file)', async () => {
      const stage = new RawStage(place);
      stage.send('start a');
      stage.send('call a 1 q msgget run_key[0] IPC_CREAT|0600');
      stage.send('call a 2 - pause');
      await stage.says(/^reply a 1/);
      const keys = place.keys();
      assert.equal(objectsWith(keys), 1);
      stage.child.stdin.end();
      await stage.ends();
      await place.becomesEmpty(keys);
    });

    it('takes every process with it when killed, even one that has all signals blocked or is stopped', async () => {
      const stage = new RawStage(place);
      for (const name of ['a', 'b', 'c']) stage.send(`start ${name}`);
      stage.send('call a 1 - pipe fd');
      stage.send('call a 2 - fork d');
      stage.send('call a 3 - read fd[0] buf 1');
      stage.send('call b 4 - raise SIGSTOP');
      stage.send('call c 5 - sigaction SIGTERM SIG_IGN');
      await stage.says(/^reply c 5/);
      await stage.says(/^forked a d/);
      const keys = place.keys();
      stage.child.kill('SIGKILL');
      await stage.ends();
      await eventually(
        () => place.processes().length === 0,
        () => `left: ${place.processes()}`,
      );
      assert.equal(place.runs().length, 1, 'the directory is left for a sweep');
      const swept = spawnSync(place.actorPath, ['sweep', join(place.base, place.runs()[0]!)]);
      assert.equal(swept.status, 0);
      await place.becomesEmpty(keys);
    });

    it('takes every process with it when killed at any moment', async () => {
      for (let round = 0; round < 60; round++) {
        const stage = new RawStage(place);
        stage.send('start a');
        stage.send('start b');
        stage.send('call a 1 - pipe fd');
        stage.send('call a 2 - fork c');
        stage.send('call b 3 q msgget run_key[0] IPC_CREAT|0600');
        stage.send('call c 4 - fork d');
        stage.send('call a 5 - read fd[0] buf 1');
        stage.send('call c 6 - fork e');
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
        if (round % 2 === 0) stage.child.kill('SIGKILL');
        else stage.child.stdin.end();
        await stage.ends();
        await eventually(
          () => place.processes().length === 0 && place.processes().length === 0,
          () => `left: ${place.processes()}`,
        );
      }
      const keys = place.keys();
      for (const run of place.runs())
        assert.equal(spawnSync(place.actorPath, ['sweep', join(place.base, run)]).status, 0);
      await place.becomesEmpty(keys);
    });

    it('sweeps runs of dead servers at the next start, and no living one', async () => {
      const dead = new RawStage(place);
      dead.send('start a');
      dead.send('call a 1 q msgget run_key[1] IPC_CREAT|0600');
      dead.send('call a 2 p msgget IPC_PRIVATE 0600');
      await dead.says(/^reply a 2/);
      const living = new RawStage(place);
      await living.says(/^ready/);
      const keys = place.keys();
      assert.equal(place.runs().length, 2);
      dead.child.kill('SIGKILL');
      await dead.ends();
      await eventually(
        () => place.processes().length === 1,
        () => 'the actor lives',
      );
      const next = new RawStage(place);
      await next.says(/^ready/);
      assert.equal(place.runs().length, 2, 'the living and the next');
      assert.equal(objectsWith(keys), 0);
      for (const stage of [living, next]) {
        stage.send('end');
        await stage.ends();
      }
      await place.becomesEmpty(keys);
    });

    it('sweeps nothing but runs', async () => {
      const precious = join(place.base, 'precious');
      mkdirSync(precious);
      writeFileSync(join(precious, 'ledger'), 'key 1\n');
      assert.notEqual(spawnSync(place.actorPath, ['sweep', precious]).status, 0);
      const link = join(place.base, `ipc-lens-${process.getuid!()}-abcdef`);
      symlinkSync(precious, link);
      assert.notEqual(spawnSync(place.actorPath, ['sweep', link]).status, 0);
      const open = join(place.base, `ipc-lens-${process.getuid!()}-uvwxyz`);
      mkdirSync(open, { mode: 0o755 });
      assert.notEqual(spawnSync(place.actorPath, ['sweep', open]).status, 0);
      assert.ok(existsSync(join(precious, 'ledger')));
      // What stands behind the last dash begins the names that a sweep removes.
      const nameless = join(place.base, `ipc-lens-${process.getuid!()}-`);
      mkdirSync(nameless, { mode: 0o700 });
      assert.notEqual(spawnSync(place.actorPath, ['sweep', nameless]).status, 0);
      assert.ok(existsSync(nameless));
    });

    it('tells a person who starts it by hand what it is', () => {
      for (const args of [[], ['stage'], ['stage', 'relative'], ['dance', '/tmp']]) {
        const result = spawnSync(place.actorPath, args, { encoding: 'utf8' });
        assert.equal(result.status, 1);
        assert.match(result.stderr, /part of IPC Lens/);
      }
    });

    it('says when it cannot make its directory', async () => {
      const stage = new RawStage({ actorPath: place.actorPath, base: '/proc' } as Place);
      await stage.says(/^error Cannot%20make%20a%20directory%20under%20\/proc/);
      await stage.ends();
      assert.equal(stage.status, 1);
    });
  });
}
