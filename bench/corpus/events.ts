/** Readiness, threads, signals. */
import { c, type Template } from './piece';

const readiness: Template = (w) => ({
  includes: [
    'errno.h',
    'signal.h',
    'stdint.h',
    'stdio.h',
    'sys/epoll.h',
    'sys/eventfd.h',
    'sys/signalfd.h',
    'sys/timerfd.h',
    'unistd.h',
  ],
  entry: `${w.name}_loop`,
  code: c`
enum ${w.name}_source { ${w.name}_timer, ${w.name}_signal, ${w.name}_wake, ${w.name}_sources };

static int ${w.name}_watch(int poller, int fd, enum ${w.name}_source source)
{
  struct epoll_event event = { .events = EPOLLIN, .data.u32 = source };
  if (fd == -1)
    return -1;
  return epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
}

static int ${w.name}_make(int fds[${w.name}_sources])
{
  sigset_t signals;
  struct itimerspec often = { .it_interval = { ${w.number(0, 3)}, ${w.number(1, 900)}000000 }, .it_value = { 1, 0 } };
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  ${w.maybe('sigaddset(&signals, SIGTERM);')}
  if (sigprocmask(SIG_BLOCK, &signals, NULL) == -1)
    return -1;
  fds[${w.name}_signal] = signalfd(-1, &signals, SFD_CLOEXEC);
  fds[${w.name}_timer] = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  fds[${w.name}_wake] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fds[${w.name}_timer] == -1 || timerfd_settime(fds[${w.name}_timer], 0, &often, NULL) == -1)
    return -1;
  return 0;
}

static int ${w.name}_handle(enum ${w.name}_source source, const int *fds)
{
  uint64_t count;
  struct signalfd_siginfo info;
  ${w.slip('uint64_t', 'int')} one = 1;
  switch (source) {
  case ${w.name}_timer:
    if (read(fds[source], &count, sizeof count) != sizeof count)
      return -1;
    printf("%llu ticks\n", (unsigned long long)count);
    if (write(fds[${w.name}_wake], &one, sizeof one) == -1 && errno != EAGAIN)
      return -1;
    break;
  case ${w.name}_signal:
    if (read(fds[source], &info, sizeof info) != sizeof info)
      return -1;
    printf("signal %u from %u\n", info.ssi_signo, info.ssi_pid);
    return 1;
  case ${w.name}_wake:
    if (read(fds[source], &count, sizeof count) == -1 && errno != EAGAIN)
      return -1;
    break;
  default:
    return -1;
  }
  return 0;
}

static int ${w.name}_loop(int argc, char **argv)
{
  int fds[${w.name}_sources] = { -1, -1, -1 };
  struct epoll_event ready[${w.number(2, 16)}];
  int result = 0;
  (void)argc;
  (void)argv;

  int poller = epoll_create1(EPOLL_CLOEXEC);
  if (${w.failed('poller')}) {
    perror("epoll_create1");
    return 1;
  }
  if (${w.name}_make(fds) == -1) {
    perror("sources");
    result = -1;
  }
  for (int i = 0; result == 0 && i < ${w.name}_sources; i++)
    result = ${w.name}_watch(poller, fds[i], (enum ${w.name}_source)i);
  while (result == 0) {
    int n = epoll_wait(poller, ready, sizeof ready / sizeof ready[0], -1);
    if (n == -1) {
      if (errno == EINTR)
        continue;
      perror("epoll_wait");
      break;
    }
    for (int i = 0; i < n && result == 0; i++)
      result = ${w.name}_handle((enum ${w.name}_source)ready[i].data.u32, fds);
  }
  for (int i = 0; i < ${w.name}_sources; i++)
    if (fds[i] != -1)
      close(fds[i]);
  close(poller);
  return result < 0;
}
`,
});

const threads: Template = (w) => ({
  includes: ['errno.h', 'pthread.h', 'stdio.h', 'stdlib.h', 'string.h', 'time.h'],
  entry: `${w.name}_threads`,
  code: c`
struct ${w.name}_task {
  int number;
  struct ${w.name}_task *next;
};

static struct {
  pthread_mutex_t lock;
  pthread_cond_t filled;
  struct ${w.name}_task *first, **last;
  int closed;
  long done;
} ${w.name}_pool = { .lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER };

static struct ${w.name}_task *${w.name}_next(void)
{
  struct ${w.name}_task *task;
  pthread_mutex_lock(&${w.name}_pool.lock);
  ${w.slip('while', 'if')} (!${w.name}_pool.first && !${w.name}_pool.closed)
    pthread_cond_wait(&${w.name}_pool.filled, &${w.name}_pool.lock);
  task = ${w.name}_pool.first;
  if (task) {
    ${w.name}_pool.first = task->next;
    if (!task->next)
      ${w.name}_pool.last = &${w.name}_pool.first;
    ${w.name}_pool.done++;
  }
  pthread_mutex_unlock(&${w.name}_pool.lock);
  return task;
}

static void *${w.name}_thread(void *argument)
{
  long sum = 0;
  struct ${w.name}_task *task;
  (void)argument;
  while ((task = ${w.name}_next()) != NULL) {
    for (int i = 0; i < task->number; i++)
      sum += i % ${w.number(2, 30)};
    free(task);
  }
  return (void *)sum;
}

static int ${w.name}_add_task(int number)
{
  struct ${w.name}_task *task = malloc(sizeof *task);
  if (!task)
    return -1;
  task->number = number;
  task->next = NULL;
  pthread_mutex_lock(&${w.name}_pool.lock);
  *${w.name}_pool.last = task;
  ${w.name}_pool.last = &task->next;
  pthread_cond_signal(&${w.name}_pool.filled);
  pthread_mutex_unlock(&${w.name}_pool.lock);
  return 0;
}

static int ${w.name}_threads(int argc, char **argv)
{
  pthread_t threads[${w.number(2, 12)}];
  const int wanted = sizeof threads / sizeof threads[0];
  int started = 0;
  int error = 0;
  ${w.name}_pool.last = &${w.name}_pool.first;
  while (started < wanted) {
    error = pthread_create(&threads[started], NULL, ${w.name}_thread, NULL);
    if (error != 0) {
      fprintf(stderr, "pthread_create: %s\n", strerror(error));
      break;
    }
    started++;
  }
  for (int i = 1; i < argc; i++)
    if (${w.name}_add_task(atoi(argv[i])) == -1)
      break;
  pthread_mutex_lock(&${w.name}_pool.lock);
  ${w.name}_pool.closed = 1;
  pthread_cond_broadcast(&${w.name}_pool.filled);
  pthread_mutex_unlock(&${w.name}_pool.lock);
  for (int i = 0; i < started; i++) {
    void *sum;
    error = pthread_join(threads[i], &sum);
    if (error == 0)
      printf("%ld\n", (long)sum);
  }
  return error != 0;
}
`,
});

const signals: Template = (w) => ({
  includes: [
    'errno.h',
    'signal.h',
    'stdio.h',
    'stdlib.h',
    'string.h',
    'sys/types.h',
    'sys/wait.h',
    'unistd.h',
  ],
  entry: `${w.name}_supervise`,
  code: c`
static volatile sig_atomic_t ${w.name}_stop;
static volatile sig_atomic_t ${w.name}_ended;

static void ${w.name}_on_signal(int number)
{
  int saved = errno;
  if (number == SIGCHLD)
    ${w.name}_ended = 1;
  else
    ${w.name}_stop = number;
  ${w.slip('', 'printf("signal %d\\n", number);')}
  errno = saved;
}

static int ${w.name}_install(void)
{
  static const int numbers[] = { SIGINT, SIGTERM, ${w.maybe('SIGHUP, ')}SIGCHLD };
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = ${w.name}_on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = ${w.random.pick(['0', 'SA_RESTART', 'SA_NOCLDSTOP'])};
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
    if (sigaction(numbers[i], &action, NULL) == -1)
      return -1;
  return 0;
}

static pid_t ${w.name}_child(const char *program)
{
  pid_t pid = fork();
  if (pid == 0) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execl(program, program, (char *)NULL);
    _exit(127);
  }
  return pid;
}

static int ${w.name}_supervise(int argc, char **argv)
{
  sigset_t blocked, before;
  int restarts = 0;
  const char *program = argc > 1 ? argv[1] : "/bin/true";
  if (${w.name}_install() == -1) {
    perror("sigaction");
    return 1;
  }
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGCHLD);
  sigaddset(&blocked, SIGINT);
  sigaddset(&blocked, SIGTERM);
  if (sigprocmask(SIG_BLOCK, &blocked, &before) == -1) {
    perror("sigprocmask");
    return 1;
  }
  pid_t child = ${w.name}_child(program);
  while (child > 0 && !${w.name}_stop) {
    sigsuspend(&before);
    if (!${w.name}_ended)
      continue;
    ${w.name}_ended = 0;
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
      if (pid != child)
        continue;
      if (WIFSIGNALED(status))
        fprintf(stderr, "%s: killed by %s\n", program, strsignal(WTERMSIG(status)));
      child = restarts++ < ${w.number(1, 20)} ? ${w.name}_child(program) : -1;
    }
  }
  if (child > 0 && kill(child, SIGTERM) == 0)
    waitpid(child, NULL, 0);
  sigprocmask(SIG_SETMASK, &before, NULL);
  return ${w.name}_stop ? 128 + ${w.name}_stop : 0;
}
`,
});

export const events: Template[] = [readiness, threads, signals];
