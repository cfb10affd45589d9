/** The slips that `npm run bench -- recall` makes: each changes a program as its name says, and the program stays C. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operators } from '../../bench/mutants/operators';
import { type Edit, functionsOf } from '../../bench/mutants/view';
import { loadParser } from '../../server/c/parser';
import { SourceFile } from '../../server/c/source-file';
import { ruleById } from '../../server/rules/registry';

const headers = [
  'fcntl.h',
  'mqueue.h',
  'netinet/in.h',
  'pthread.h',
  'semaphore.h',
  'signal.h',
  'stdio.h',
  'stdlib.h',
  'string.h',
  'sys/ipc.h',
  'sys/mman.h',
  'sys/msg.h',
  'sys/select.h',
  'sys/sem.h',
  'sys/shm.h',
  'sys/socket.h',
  'sys/un.h',
  'sys/eventfd.h',
  'stdint.h',
  'time.h',
  'sys/wait.h',
  'unistd.h',
];

/** What stands around every example. */
const around = {
  before: `#define _GNU_SOURCE\n${headers.map((name) => `#include <${name}>\n`).join('')}
struct letter { long mtype; char text[8]; };
struct shared { int value; };
int go(int, char **, sem_t *, pthread_mutex_t *, pthread_cond_t *);
int go(int argc, char **argv, sem_t *sem, pthread_mutex_t *mutex, pthread_cond_t *cond) {
  int fd, other, fds[2] = {0, 1}, n, status, ready = argc; char buf[64]; void *p; pid_t pid; (void)argv;
  struct sockaddr_in in; struct sockaddr_un un; socklen_t len; struct timespec end; uint64_t u = 1; (void)end, (void)u; fd_set set; struct letter m; sigset_t signals; FILE *stream;
  (void)fd, (void)other, (void)fds, (void)n, (void)status, (void)buf, (void)p, (void)pid, (void)in, (void)un, (void)len;
  (void)set, (void)m, (void)signals, (void)stream, (void)sem, (void)mutex, (void)cond, (void)ready;
`,
  after: '\n  return 0;\n}\n',
};

/** Operator, what a line was, and what it becomes. */
const slips: [string, string, string][] = [
  ['maker-unchecked', 'if (pipe(fds) == -1) exit(1);', 'pipe(fds);'],
  [
    'maker-unchecked',
    'if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) < 0) exit(1);',
    'fd = socket(AF_UNIX, SOCK_STREAM, 0);',
  ],
  ['maker-unchecked', 'fd = open("x", O_RDONLY); if (fd == -1) { exit(1); }', 'fd = open("x", O_RDONLY);'],
  ['pointer-unchecked', 'stream = fopen("x", "r"); if (!stream) exit(1);', 'stream = fopen("x", "r");'],
  [
    'wrong-failure-number',
    'if ((fd = open("x", O_RDONLY)) == -1) exit(1);',
    'if ((fd = open("x", O_RDONLY)) == 0) exit(1);',
  ],
  [
    'map-failed-null',
    'p = mmap(NULL, 8, PROT_READ, MAP_SHARED, 3, 0); if (p == MAP_FAILED) exit(1);',
    'p = mmap(NULL, 8, PROT_READ, MAP_SHARED, 3, 0); if (p == NULL) exit(1);',
  ],
  [
    'stream-below-zero',
    'if ((stream = popen("ls", "r")) == NULL) exit(1);',
    'if ((stream = popen("ls", "r")) == (FILE *) -1) exit(1);',
  ],
  [
    'pthread-below-zero',
    'n = pthread_mutex_lock(mutex); if (n != 0) exit(1);',
    'n = pthread_mutex_lock(mutex); if (n == -1) exit(1);',
  ],
  [
    'comparison-stored',
    'if ((fd = open("x", O_RDONLY)) == -1) exit(1);',
    'if (fd = open("x", O_RDONLY) == -1) exit(1);',
  ],
  ['no-mode', 'fd = open("x", O_RDWR | O_CREAT, 0600);', 'fd = open("x", O_RDWR | O_CREAT);'],
  ['closed-twice', 'close(3);', 'close(3); close(3);'],
  ['not-closed', 'if (close(3) == -1) exit(1);', ';'],
  ['read-only', 'fd = open("x", O_WRONLY | O_CREAT, 0600);', 'fd = open("x", O_RDONLY | O_CREAT, 0600);'],
  ['ends-exchanged', 'n = read(fds[0], buf, 1);', 'n = read(fds[1], buf, 1);'],
  ['dup2-exchanged', 'dup2(fds[1], 1);', 'dup2(1, fds[1]);'],
  [
    'end-of-file-unseen',
    'while ((n = read(3, buf, 1)) > 0) ready++;',
    'while ((n = read(3, buf, 1)) >= 0) ready++;',
  ],
  ['not-terminated', "n = read(fd, buf, 9); buf[n] = '\\0';", 'n = read(fd, buf, 9); ;'],
  ['name-without-slash', 'sem_unlink("/one");', 'sem_unlink("one");'],
  ['wrong-close', 'stream = stdin; pclose(stream);', 'stream = stdin; fclose(stream);'],
  [
    'interrupted-once',
    'while (waitpid(-1, &status, WNOHANG) > 0) ;',
    'if (waitpid(-1, &status, WNOHANG) > 0) ;',
  ],
  ['fork-unchecked', 'pid = fork(); if (pid == -1) exit(1);', 'pid = fork();'],
  ['end-not-closed', 'close(fds[1]);', ';'],
  [
    'no-exit-after-exec',
    'if (argc == 0) { execvp(argv[0], argv); perror("x"); _exit(127); }',
    'if (argc == 0) { execvp(argv[0], argv); perror("x"); ; }',
  ],
  [
    'child-goes-on',
    'pid = fork(); if (pid == 0) { sleep(1); _exit(0); }',
    'pid = fork(); if (pid == 0) { sleep(1); ; }',
  ],
  [
    'children-block',
    'while (waitpid(-1, &status, WNOHANG) > 0) ready++;',
    'while (waitpid(-1, &status, 0) > 0) ready++;',
  ],
  [
    'not-blocked',
    'sigprocmask(SIG_BLOCK, &signals, NULL); sigwait(&signals, &n);',
    '; sigwait(&signals, &n);',
  ],
  ['pause-for-sigsuspend', 'sigsuspend(&signals);', 'pause();'],
  ['terminal-locked', 'if (grantpt(3) == -1) exit(1);', ';'],
  ['signal-uncatchable', 'signal(SIGTERM, SIG_IGN);', 'signal(SIGKILL, SIG_IGN);'],
  ['host-order', 'in.sin_port = htons(80);', 'in.sin_port = 80;'],
  [
    'address-host-order',
    'in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);',
    'in.sin_addr.s_addr = INADDR_LOOPBACK;',
  ],
  ['no-listen', 'if (listen(3, 5) == -1) exit(1);', ';'],
  [
    'bind-behind-listen',
    'bind(3, (void *)&in, sizeof in); listen(3, 5);',
    'listen(3, 5); bind(3, (void *)&in, sizeof in);',
  ],
  [
    'option-behind-bind',
    'setsockopt(3, SOL_SOCKET, SO_REUSEADDR, &n, sizeof n); bind(3, (void *)&in, sizeof in);',
    'bind(3, (void *)&in, sizeof in); setsockopt(3, SOL_SOCKET, SO_REUSEADDR, &n, sizeof n);',
  ],
  ['no-family', 'in.sin_family = AF_INET;', ';'],
  [
    'size-of-pointer',
    'connect(3, (void *)&in, sizeof in);',
    'connect(3, (void *)&in, sizeof(struct sockaddr *));',
  ],
  [
    'generic-size',
    'connect(3, (void *)&un, sizeof(struct sockaddr_un));',
    'connect(3, (void *)&un, sizeof(struct sockaddr));',
  ],
  ['path-stays', 'unlink("x"); bind(3, (void *)&un, sizeof un);', '; bind(3, (void *)&un, sizeof un);'],
  [
    'connection-open',
    'for (;;) { fd = accept(3, NULL, NULL); close(fd); }',
    'for (;;) { fd = accept(3, NULL, NULL); ; }',
  ],
  ['nfds-one-short', 'select(fd + 1, &set, NULL, NULL, NULL);', 'select(fd, &set, NULL, NULL, NULL);'],
  [
    'set-not-rebuilt',
    'for (;;) { FD_ZERO(&set); FD_SET(3, &set); select(4, &set, NULL, NULL, NULL); }',
    'for (;;) { ; ; select(4, &set, NULL, NULL, NULL); }',
  ],
  [
    'length-unset',
    'len = sizeof in; fd = accept(3, (void *)&in, &len);',
    '; fd = accept(3, (void *)&in, &len);',
  ],
  ['type-counted', 'msgsnd(3, &m, sizeof m.text, 0);', 'msgsnd(3, &m, sizeof(m), 0);'],
  ['type-counted', 'msgsnd(3, &m, sizeof m - sizeof(long), 0);', 'msgsnd(3, &m, sizeof m, 0);'],
  ['no-type', 'm.mtype = 1;', ';'],
  ['no-permissions', 'n = msgget(7, IPC_CREAT | 0600);', 'n = msgget(7, IPC_CREAT);'],
  ['no-creat', 'n = msgget(7, IPC_CREAT | IPC_EXCL | 0600);', 'n = msgget(7, IPC_EXCL | 0600);'],
  ['semctl-short', 'semctl(3, 0, SETVAL, 1);', 'semctl(3, 0, SETVAL);'],
  ['semaphore-beyond', 'n = semget(7, 2, 0600);', 'n = semget(7, 1, 0600);'],
  [
    'segment-of-pointer',
    'n = shmget(7, sizeof(struct shared), 0600);',
    'n = shmget(7, sizeof(struct shared *), 0600);',
  ],
  ['segment-read-only', 'p = shmat(3, NULL, 0);', 'p = shmat(3, NULL, SHM_RDONLY);'],
  ['semaphore-kept', 'semop(3, NULL, 1);', ';'],
  [
    'condition-once',
    'while (!ready) pthread_cond_wait(cond, mutex);',
    'if (!ready) pthread_cond_wait(cond, mutex);',
  ],
  ['not-unlocked', 'pthread_mutex_unlock(mutex);', ';'],
  ['not-locked', 'n = pthread_mutex_lock(mutex); if (n != 0) exit(1);', ';'],
  ['locked-twice', 'pthread_mutex_unlock(mutex);', 'pthread_mutex_lock(mutex);'],
  ['not-posted', 'if (sem_post(sem) == -1) exit(1);', ';'],
  ['one-process-only', 'sem_init(sem, 1, 0);', 'sem_init(sem, 0, 0);'],
  ['starts-at-zero', 'sem_init(sem, 0, 1);', 'sem_init(sem, 0, 0);'],
  ['destroyed-early', 'sem_destroy(sem);', 'sem_destroy(sem); sem_destroy(sem);'],
  ['no-length', 'if (ftruncate(3, 64) == -1) exit(1);', ';'],
  [
    'private-mapping',
    'p = mmap(NULL, 8, PROT_READ, MAP_SHARED, 3, 0);',
    'p = mmap(NULL, 8, PROT_READ, MAP_PRIVATE, 3, 0);',
  ],
  [
    'wrong-clock',
    'clock_gettime(CLOCK_REALTIME, &end); sem_timedwait(sem, &end);',
    'clock_gettime(CLOCK_MONOTONIC, &end); sem_timedwait(sem, &end);',
  ],
  [
    'mutex-one-process-only',
    'pthread_mutexattr_t a; pthread_mutexattr_setpshared(&a, 1);',
    'pthread_mutexattr_t a; ;',
  ],
  ['eventfd-short', 'n = write(3, &u, sizeof(uint64_t));', 'n = write(3, &u, sizeof(int));'],
];

describe('the slips that are made to measure recall', () => {
  let parse: (text: string) => SourceFile;
  let folder: string;

  before(async () => {
    const parser = await loadParser();
    parse = (text) => new SourceFile(parser, text);
    folder = mkdtempSync(join(tmpdir(), 'mutants-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const applied = (text: string, edits: readonly Edit[]) =>
    [...edits]
      .sort((a, b) => b.start - a.start)
      .reduce((now, { start, end, text: put }) => now.slice(0, start) + put + now.slice(end), text);

  const squeezed = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

  it('have names of their own, and rules that there are', () => {
    assert.equal(new Set(operators.map(({ id }) => id)).size, operators.length);
    for (const { id, rules } of operators)
      for (const rule of rules) assert.ok(ruleById.has(rule), `${id} names ${rule}`);
    assert.deepEqual(
      operators.map(({ id }) => id).filter((id) => !slips.some(([shown]) => shown === id)),
      [],
      'slips without an example',
    );
  });

  for (const [id, was, becomes] of slips) {
    it(`${id}: ${was}`, () => {
      const source = parse(around.before + was + around.after);
      const operator = operators.find((one) => one.id === id);
      assert.ok(operator, `there is no ${id}`);
      try {
        const [edits, ...more] = functionsOf(source.items, source.text).flatMap((view) =>
          operator.mutants(view),
        );
        assert.ok(edits && more.length === 0, `${more.length + (edits ? 1 : 0)} mutants`);
        const mutant = applied(source.text, edits);
        assert.equal(squeezed(mutant), squeezed(around.before + becomes + around.after));
        assert.equal(mutant.split('\n').length, source.text.split('\n').length, 'lines have moved');
      } finally {
        source.dispose();
      }
    });
  }

  it('leave programs that a compiler takes', function () {
    this.timeout(60_000);
    const file = join(folder, 'all.c');
    const body = slips.map(([, , becomes]) => `{ ${becomes} }`).join('\n');
    writeFileSync(file, around.before + body + around.after);
    const { stderr, status } = spawnSync('gcc', ['-fsyntax-only', '-w', file], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });
});
