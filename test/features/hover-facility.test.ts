import assert from 'node:assert/strict';
import { facilities } from '../../catalog';
import type { FacilityId } from '../../catalog/schema';
import { Bench } from './support';

let bench: Bench;
before(async () => {
  bench = await Bench.create();
});
afterEach(() => bench.close());

/** What a program does with its handle, where the cursor is, and the facility that the hover must speak of. */
const programs: { title: string; body: string; call: string; facility: FacilityId }[] = [
  {
    title: 'the end of a pipe that is written',
    body: 'int p[2]; if (pipe(p) == -1) return; ‸write(p[1], "x", 1);',
    call: 'write',
    facility: 'pipe',
  },
  {
    title: 'the end of a pipe that is read in a child',
    body: 'int p[2]; char c; pipe(p); if (fork() == 0) { close(p[1]); ‸read(p[0], &c, 1); }',
    call: 'read',
    facility: 'pipe',
  },
  {
    title: 'a copied pipe end',
    body: 'int p[2]; pipe2(p, O_CLOEXEC); int copy = dup(p[0]); char c; ‸read(copy, &c, 1);',
    call: 'read',
    facility: 'pipe',
  },
  {
    title: 'an event counter',
    body: 'int e = eventfd(0, 0); uint64_t n; if (e < 0) return; ‸read(e, &n, sizeof n);',
    call: 'read',
    facility: 'eventfd',
  },
  {
    title: 'a stream socket of AF_UNIX',
    body: 'struct sockaddr_un a; int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); ‸bind(s, (struct sockaddr *) &a, sizeof a);',
    call: 'bind',
    facility: 'unix-stream',
  },
  {
    title: 'a datagram socket of AF_UNIX',
    body: 'int s = socket(AF_UNIX, SOCK_DGRAM, 0); ‸sendto(s, "x", 1, 0, NULL, 0);',
    call: 'sendto',
    facility: 'unix-dgram',
  },
  {
    title: 'a stream socket of AF_INET',
    body: 'int s = socket(AF_INET, SOCK_STREAM, 0); if (s == -1) return; ‸listen(s, 5);',
    call: 'listen',
    facility: 'inet-stream',
  },
  {
    title: 'a stream socket of AF_INET6',
    body: 'int s = socket(AF_INET6, SOCK_STREAM, 0); if (s == -1) return; ‸listen(s, 5);',
    call: 'listen',
    facility: 'inet-stream',
  },
  {
    title: 'a datagram socket of AF_INET',
    body: 'int s = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0); char b[9]; ‸recvfrom(s, b, 9, 0, 0, 0);',
    call: 'recvfrom',
    facility: 'inet-dgram',
  },
  {
    title: 'a shared memory object that gets its size',
    body: 'int fd = shm_open("/board", O_CREAT | O_RDWR, 0600); ‸ftruncate(fd, 4096);',
    call: 'ftruncate',
    facility: 'posix-shm',
  },
  {
    title: 'a shared memory object that is mapped',
    body: 'int fd = shm_open("/board", O_RDWR, 0); void *m = ‸mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);',
    call: 'mmap',
    facility: 'posix-shm',
  },
  {
    title: 'a message queue',
    body: 'mqd_t q = mq_open("/jobs", O_WRONLY); if (q == (mqd_t) -1) return; ‸mq_send(q, "x", 1, 0);',
    call: 'mq_send',
    facility: 'posix-mq',
  },
  {
    title: 'a named semaphore',
    body: 'sem_t *s = sem_open("/turn", O_CREAT, 0600, 1); if (s == SEM_FAILED) return; ‸sem_wait(s);',
    call: 'sem_wait',
    facility: 'posix-sem-named',
  },
  {
    title: 'one end of a socket pair',
    body: 'int s[2]; socketpair(AF_UNIX, SOCK_STREAM, 0, s); char c; ‸read(s[0], &c, 1);',
    call: 'read',
    facility: 'socketpair',
  },
  {
    title: 'a System V queue',
    body: 'int q = msgget(IPC_PRIVATE, 0600); struct { long t; char c; } m = { 1, 2 }; ‸msgsnd(q, &m, 1, 0);',
    call: 'msgsnd',
    facility: 'sysv-msg',
  },
  {
    title: 'a mutex, known by the call alone',
    body: '‸pthread_mutex_lock(&lock);',
    call: 'pthread_mutex_lock',
    facility: 'mutex',
  },
];

describe('hover on a call with a handle', () => {
  for (const { title, body, call, facility: id } of programs) {
    it(`speaks of ${title}`, () => {
      const markdown = bench.hover(`void f(void) { ${body} }\n`) ?? '';
      const facility = facilities.get(id);
      assert.ok(markdown.includes(`**${facility?.title}** · `), markdown);
      assert.ok(markdown.includes(facility?.persistence.detail ?? '?'), 'how long it lives');
      const role = facility?.uses[call];
      if (role) assert.ok(markdown.includes(`*In this facility:* ${role}`), markdown);
    });
  }

  it('names the facilities a call serves where the handle comes from elsewhere', () => {
    const markdown = bench.hover('void f(int fd, char *b) { ‸read(fd, b, 1); }\n') ?? '';
    assert.match(markdown, /\*Used with:\* .*Pipe.*/);
    assert.doesNotMatch(markdown, /How long it lives/);
  });

  it('takes no side where two kinds of handle may arrive', () => {
    const markdown =
      bench.hover(
        'void f(int c, char *b) { int p[2]; pipe(p); int fd = p[0]; if (c) fd = eventfd(0, 0); ‸read(fd, b, 8); }\n',
      ) ?? '';
    assert.match(markdown, /\*Used with:\*/);
  });

  it('is not misled by a handle that was given another object', () => {
    const markdown =
      bench.hover(
        'void f(char *b) { int p[2]; pipe(p); int fd = p[0]; fd = eventfd(0, 0); ‸read(fd, b, 8); }\n',
      ) ?? '';
    assert.match(markdown, /\*\*Eventfd|\*\*Event counter/i);
  });

  it('still explains a call in a function that cannot run to it', () => {
    const markdown = bench.hover('void f(int fd, char *b) { return; ‸read(fd, b, 8); }\n') ?? '';
    assert.match(markdown, /Used with/);
  });

  it('explains each of two equal calls where it stands', () => {
    const body = 'int p[2]; pipe(p); int e = eventfd(0, 0);';
    const first = bench.hover(`void f(char *b) { ${body} ‸read(p[0], b, 8); read(e, b, 8); }\n`) ?? '';
    const second = bench.hover(`void f(char *b) { ${body} read(p[0], b, 8); ‸read(e, b, 8); }\n`) ?? '';
    assert.ok(first.includes(`**${facilities.get('pipe')?.title}**`));
    assert.ok(second.includes(`**${facilities.get('eventfd')?.title}**`));
  });

  it('explains a call whose result is compared, cast, passed on or ignored', () => {
    for (const statement of [
      'if (‸pipe(p) == -1) return;',
      '(void) ‸pipe(p);',
      'use(‸pipe(p));',
      'int r = (‸pipe)(p);',
      'while (‸pipe(p) < 0 && errno == EINTR) continue;',
      'return c ? ‸pipe(p) : 0;',
      'int (*make)(int *) = ‸pipe;',
      'int (*make)(int *) = &‸pipe;',
    ]) {
      assert.match(bench.hover(`int f(int c, int p[2]) { ${statement} }\n`) ?? '', /int pipe\(/, statement);
    }
  });
});
