/** The slips of `npm run bench -- recall` by example: what a line was, and what it becomes. */

const headers = [
  'err.h',
  'errno.h',
  'fcntl.h',
  'mqueue.h',
  'netinet/in.h',
  'poll.h',
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
  'sys/epoll.h',
  'sys/eventfd.h',
  'sys/file.h',
  'stdint.h',
  'time.h',
  'sys/wait.h',
  'unistd.h',
];

const includes = `#define _GNU_SOURCE\n${headers.map((name) => `#include <${name}>\n`).join('')}`;

/** What stands around every example. */
export const around = {
  before: `${includes}
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
export const slips: [string, string, string][] = [
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
  ['no-type', 'm.mtype = 1; msgsnd(3, &m, 8, 0);', '; msgsnd(3, &m, 8, 0);'],
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
  [
    'no-length',
    'if (ftruncate(3, 64) == -1) exit(1); p = mmap(NULL, 64, PROT_READ, MAP_SHARED, 3, 0);',
    '; p = mmap(NULL, 64, PROT_READ, MAP_SHARED, 3, 0);',
  ],
  [
    'private-mapping',
    'p = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0);',
    'p = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_PRIVATE, 3, 0);',
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
  [
    'failure-goes-on',
    'if ((fd = open("x", O_RDONLY)) == -1) { perror("open"); exit(1); }',
    'if ((fd = open("x", O_RDONLY)) == -1) { perror("open"); ; }',
  ],
  [
    'failure-goes-on',
    'if ((fd = open("x", O_RDONLY)) == -1) err(1, "open");',
    'if ((fd = open("x", O_RDONLY)) == -1) perror("failed");',
  ],
  ['count-unchecked', 'if ((n = read(3, buf, 8)) < 8) exit(1);', 'n = read(3, buf, 8);'],
  [
    'closed-early',
    'p = mmap(NULL, 8, PROT_READ, MAP_SHARED, fd, 0); close(fd);',
    'close(fd); p = mmap(NULL, 8, PROT_READ, MAP_SHARED, fd, 0); ;',
  ],
  ['wrong-release', 'sem_close(sem);', 'sem_destroy(sem);'],
  [
    'errno-late',
    'if (pipe(fds) == -1) { if (errno == EMFILE) exit(1); }',
    'if (pipe(fds) == -1) { printf("failed\\n"); if (errno == EMFILE) exit(1); }',
  ],
  [
    'number-not-in-errno',
    'n = pthread_mutex_init(mutex, NULL); if (n != 0) errx(1, "%d", n);',
    'n = pthread_mutex_init(mutex, NULL); if (n != 0) { perror("failed"); exit(1); }',
  ],
  [
    'passed-on-at-exec',
    'fd = open("x", O_RDONLY | O_CLOEXEC); execvp(argv[0], argv);',
    'fd = open("x", O_RDONLY | 0); execvp(argv[0], argv);',
  ],
  [
    'lock-file-of-two',
    'fd = open("lock", O_CREAT | O_EXCL | O_WRONLY, 0600);',
    'fd = open("lock", O_CREAT | O_WRONLY, 0600);',
  ],
  ['file-not-locked', 'if (flock(3, LOCK_EX) == -1) exit(1);', ';'],
  ['not-written-out', 'fflush(stdout); flock(1, LOCK_UN);', '; flock(1, LOCK_UN);'],
  ['no-action-flags', 'struct sigaction s; s.sa_flags = 0;', 'struct sigaction s; ;'],
  ['set-not-emptied', 'sigemptyset(&signals);', ';'],
  ['lock-half-set', 'struct flock l; l.l_whence = SEEK_SET;', 'struct flock l; ;'],
  ['operation-half-set', 'struct sembuf s; s.sem_flg = 0;', 'struct sembuf s; ;'],
  ['attributes-half-set', 'struct mq_attr a; a.mq_msgsize = 64;', 'struct mq_attr a; ;'],
  [
    'no-siginfo',
    'struct sigaction s; s.sa_sigaction = NULL; s.sa_flags = SA_SIGINFO | SA_RESETHAND;',
    'struct sigaction s; s.sa_sigaction = NULL; s.sa_flags = 0 | SA_RESETHAND;',
  ],
  [
    'mask-not-restored',
    'sigprocmask(SIG_BLOCK, &signals, NULL); sigprocmask(SIG_UNBLOCK, &signals, NULL);',
    'sigprocmask(SIG_BLOCK, &signals, NULL); ;',
  ],
  [
    'one-standard-signal',
    'sigqueue(getppid(), SIGRTMIN, (union sigval){ .sival_int = 1 });',
    'sigqueue(getppid(), SIGUSR1, (union sigval){ .sival_int = 1 });',
  ],
  ['death-by-pipe', 'signal(SIGPIPE, SIG_IGN);', ';'],
  ['not-restarted', 'struct sigaction s; s.sa_flags = SA_RESTART;', 'struct sigaction s; s.sa_flags = 0;'],
  ['no-flush-before-fork', 'printf("x"); fflush(stdout); pid = fork();', 'printf("x"); ; pid = fork();'],
  [
    'waited-first',
    'n = pipe(fds); while ((n = read(3, buf, 1)) > 0) ready++; wait(&status);',
    'n = pipe(fds); wait(&status); while ((n = read(3, buf, 1)) > 0) ready++;',
  ],
  ['not-waited', 'for (;;) { pid = fork(); wait(&status); }', 'for (;;) { pid = fork(); ; }'],
  [
    'fifo-there-already',
    'if (mkfifo("x", 0600) == -1 && errno != EEXIST) exit(1);',
    'if (mkfifo("x", 0600) == -1) exit(1);',
  ],
  [
    'no-writer-of-its-own',
    'n = mkfifo("x", 0600); fd = open("x", O_RDONLY); other = open("x", O_WRONLY); if (other == -1) exit(1);',
    'n = mkfifo("x", 0600); fd = open("x", O_RDONLY); ; ',
  ],
  [
    'other-family',
    'struct sockaddr_in6 a; a.sin6_family = AF_INET6;',
    'struct sockaddr_in6 a; a.sin6_family = AF_INET;',
  ],
  ['path-copied', 'strncpy(un.sun_path, buf, sizeof(un.sun_path) - 1);', 'strcpy(un.sun_path, buf);'],
  [
    'client-unbound',
    'fd = socket(AF_UNIX, SOCK_DGRAM, 0); bind(fd, (void *)&un, sizeof un); send(fd, buf, 1, 0); recv(fd, buf, 1, 0);',
    'fd = socket(AF_UNIX, SOCK_DGRAM, 0); ; send(fd, buf, 1, 0); recv(fd, buf, 1, 0);',
  ],
  [
    'control-padded',
    'struct cmsghdr c; c.cmsg_len = CMSG_LEN(4);',
    'struct cmsghdr c; c.cmsg_len = CMSG_SPACE(4);',
  ],
  [
    'in-progress-fatal',
    'if (connect(3, (void *)&in, 16) == -1 && errno != EINPROGRESS) exit(1);',
    'if (connect(3, (void *)&in, 16) == -1) exit(1);',
  ],
  [
    'in-progress-fatal',
    'if ((n = connect(3, (void *)&in, 16)) == -1 && (errno != EINPROGRESS)) exit(1);',
    'if ((n = connect(3, (void *)&in, 16)) == -1) exit(1);',
  ],
  [
    'event-compared',
    'struct pollfd f = {0}; if (f.revents & POLLIN) exit(1);',
    'struct pollfd f = {0}; if (f.revents == POLLIN) exit(1);',
  ],
  [
    'asked-for-taken',
    'struct pollfd f = {0}; if (f.revents & POLLIN) exit(1);',
    'struct pollfd f = {0}; if (f.events & POLLIN) exit(1);',
  ],
  [
    'edge-triggered',
    'struct epoll_event e; e.events = EPOLLIN;',
    'struct epoll_event e; e.events = EPOLLIN | EPOLLET;',
  ],
  ['key-unchecked', 'key_t k = ftok("x", 1); if (k == -1) exit(1);', 'key_t k = ftok("x", 1);'],
  [
    'initialised-by-all',
    'n = semget(7, 1, IPC_CREAT | IPC_EXCL | 0600); semctl(n, 0, SETVAL, 1);',
    'n = semget(7, 1, IPC_CREAT | 0600); semctl(n, 0, SETVAL, 1);',
  ],
  ['segment-without-size', 'n = shmget(7, 64, IPC_CREAT | 0600);', 'n = shmget(7, 0, IPC_CREAT | 0600);'],
  [
    'unlocked-twice',
    'pthread_mutex_unlock(mutex);',
    'pthread_mutex_unlock(mutex); pthread_mutex_unlock(mutex);',
  ],
  [
    'never-signalled',
    'pthread_cond_wait(cond, mutex); pthread_cond_signal(cond);',
    'pthread_cond_wait(cond, mutex); ;',
  ],
  [
    'variable-for-threads',
    'pthread_t t; for (int i = 0; i < 3; i++) pthread_create(&t, NULL, NULL, (void *)(long)i);',
    'pthread_t t; for (int i = 0; i < 3; i++) pthread_create(&t, NULL, NULL, &i);',
  ],
  [
    'not-shared-at-all',
    'p = mmap(NULL, 8, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);',
    'p = mmap(NULL, 8, PROT_READ, MAP_ANONYMOUS, -1, 0);',
  ],
  ['unmapped-in-part', 'munmap(p, 4096);', 'munmap(p, sizeof(p));'],
  [
    'queue-buffer-short',
    'struct mq_attr a; mq_getattr(3, &a); n = mq_receive(3, buf, a.mq_msgsize, NULL);',
    'struct mq_attr a; mq_getattr(3, &a); n = mq_receive(3, buf, 64, NULL);',
  ],
  [
    'name-mistyped',
    'fd = shm_open("/one", O_RDWR, 0); shm_open("/one", O_RDWR | O_CREAT, 0);',
    'fd = shm_open("/ones", O_RDWR, 0); shm_open("/one", O_RDWR | O_CREAT, 0);',
  ],
  ['wait-unchecked', 'if (sem_wait(sem) == -1) exit(1);', 'sem_wait(sem);'],
  [
    'relative-time',
    'clock_gettime(CLOCK_REALTIME, &end); sem_timedwait(sem, &end);',
    'memset(&end, 0, sizeof(end)); sem_timedwait(sem, &end);',
  ],
];

/** Slips in functions of their own. */
export const functions: [string, string, string][] = [
  [
    'not-volatile',
    'static volatile sig_atomic_t seen; void on(int s); void on(int s) { (void)s; seen = 1; } void set(void) { signal(SIGINT, on); }',
    'static sig_atomic_t seen; void on(int s); void on(int s) { (void)s; seen = 1; } void set(void) { signal(SIGINT, on); }',
  ],
  [
    'prints-in-handler',
    'static void on(int s) { flag = s; } void set(void) { struct sigaction a = {0}; a.sa_handler = on; sigaction(SIGINT, &a, NULL); }',
    'static void on(int s) { printf("caught\\n"); flag = s; } void set(void) { struct sigaction a = {0}; a.sa_handler = on; sigaction(SIGINT, &a, NULL); }',
  ],
  [
    'exit-in-handler',
    'static void on(int s) { _exit(s); } void set(void) { signal(SIGINT, on); }',
    'static void on(int s) { exit(s); } void set(void) { signal(SIGINT, on); }',
  ],
  [
    'errno-not-kept',
    'static void on(int s) { int kept = errno; flag = s; errno = kept; } void set(void) { signal(SIGINT, on); }',
    'static void on(int s) { int kept = errno; flag = s; ; } void set(void) { signal(SIGINT, on); }',
  ],
  [
    'notice-once',
    'static void again(mqd_t q) { mq_notify(q, NULL); } void set(void) { mqd_t q = mq_open("/q", 0); again(q); mq_notify(q, NULL); }',
    'static void again(mqd_t q) { ; } void set(void) { mqd_t q = mq_open("/q", 0); again(q); mq_notify(q, NULL); }',
  ],
];

/** What stands in front of an example with functions of its own. */
export const outside = { before: `${includes}static volatile int flag;\n`, after: '' };

/** Each with what stands around it. */
export const shown = [
  ...slips.map((slip) => [...slip, around] as const),
  ...functions.map((slip) => [...slip, outside] as const),
];
