/** POSIX message queues, shared memory with semaphores; file locks. */
import { c, type Template } from './piece';

const posixQueue: Template = (w) => ({
  includes: ['errno.h', 'fcntl.h', 'mqueue.h', 'stdio.h', 'stdlib.h', 'string.h', 'sys/stat.h', 'time.h'],
  entry: `${w.name}_mqueue`,
  code: c`
#define ${w.upper}_NAME "${w.slip(`/${w.name}`, w.name)}"

static int ${w.name}_post(mqd_t queue, const char *text, unsigned priority)
{
  struct timespec until;
  if (clock_gettime(CLOCK_REALTIME, &until) == -1)
    return -1;
  until.tv_sec += ${w.number(1, 10)};
  if (mq_timedsend(queue, text, strlen(text) + 1, priority, &until) == -1) {
    if (errno == ETIMEDOUT)
      fprintf(stderr, "the queue stays full\n");
    else
      perror("mq_timedsend");
    return -1;
  }
  return 0;
}

static int ${w.name}_mqueue(int argc, char **argv)
{
  struct mq_attr attributes = { .mq_maxmsg = ${w.number(1, 10)}, .mq_msgsize = ${w.size()} };
  mqd_t queue = mq_open(${w.upper}_NAME, O_RDWR | O_CREAT${w.maybe(' | O_NONBLOCK')}, 0600, &attributes);
  if (queue == (mqd_t)-1) {
    perror("mq_open");
    return 1;
  }
  if (mq_getattr(queue, &attributes) == -1) {
    perror("mq_getattr");
    mq_close(queue);
    return 1;
  }
  char *${w.buffer} = malloc((size_t)attributes.mq_msgsize + 1);
  if (!${w.buffer}) {
    mq_close(queue);
    return 1;
  }
  for (int i = 1; i < argc && i < attributes.mq_maxmsg; i++)
    if (${w.name}_post(queue, argv[i], (unsigned)i) == -1)
      break;
  while (attributes.mq_curmsgs > 0) {
    unsigned priority;
    ssize_t n = mq_receive(queue, ${w.buffer}, (size_t)attributes.mq_msgsize, &priority);
    if (n == -1) {
      perror("mq_receive");
      break;
    }
    ${w.buffer}[n] = '\0';
    printf("[%u] %s\n", priority, ${w.buffer});
    if (mq_getattr(queue, &attributes) == -1)
      break;
  }
  free(${w.buffer});
  mq_close(queue);
  if (mq_unlink(${w.upper}_NAME) == -1 && errno != ENOENT)
    perror("mq_unlink");
  return 0;
}
`,
});

const posixShared: Template = (w) => ({
  includes: [
    'errno.h',
    'fcntl.h',
    'semaphore.h',
    'stdio.h',
    'stdlib.h',
    'sys/mman.h',
    'sys/stat.h',
    'sys/wait.h',
    'unistd.h',
  ],
  entry: `${w.name}_counter`,
  code: c`
struct ${w.name}_page {
  sem_t guard;
  long hits;
  char last[${w.number(16, 200)}];
};

static struct ${w.name}_page *${w.name}_attach(const char *name, int create)
{
  int fd = shm_open(name, create ? O_RDWR | O_CREAT | O_EXCL : O_RDWR, 0600);
  if (${w.failed('fd')}) {
    perror("shm_open");
    return NULL;
  }
  if (create && ftruncate(fd, sizeof(struct ${w.name}_page)) == -1) {
    perror("ftruncate");
    close(fd);
    return NULL;
  }
  struct ${w.name}_page *page =
      mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (page == ${w.slip('MAP_FAILED', 'NULL')}) {
    perror("mmap");
    return NULL;
  }
  if (create && sem_init(&page->guard, ${w.slip('1', '0')}, 1) == -1) {
    perror("sem_init");
    munmap(page, sizeof *page);
    return NULL;
  }
  return page;
}

static void ${w.name}_hit(struct ${w.name}_page *page, const char *who)
{
  while (sem_wait(&page->guard) == -1) {
    if (errno != EINTR)
      return;
  }
  page->hits++;
  snprintf(page->last, sizeof page->last, "%s", who);
  if (sem_post(&page->guard) == -1)
    perror("sem_post");
}

static int ${w.name}_counter(int argc, char **argv)
{
  const char *name = "/${w.name}.page";
  (void)argc;
  if (shm_unlink(name) == -1 && errno != ENOENT)
    perror("shm_unlink");
  struct ${w.name}_page *page = ${w.name}_attach(name, 1);
  if (!page)
    return 1;
  for (int child = 0; child < ${w.number(2, 6)}; child++) {
    pid_t pid = fork();
    if (pid == -1)
      break;
    if (pid == 0) {
      for (int i = 0; i < ${w.number(100, 10000)}; i++)
        ${w.name}_hit(page, argv[0]);
      _exit(0);
    }
  }
  while (wait(NULL) > 0)
    continue;
  printf("%ld hits, the last by %s\n", page->hits, page->last);
  sem_destroy(&page->guard);
  munmap(page, sizeof *page);
  shm_unlink(name);
  return 0;
}
`,
});

const locks: Template = (w) => ({
  includes: ['errno.h', 'fcntl.h', 'stdio.h', 'stdlib.h', 'string.h', 'sys/file.h', 'sys/stat.h', 'unistd.h'],
  entry: `${w.name}_ledger`,
  code: c`
struct ${w.name}_record {
  int id;
  long amount;
};

static int ${w.name}_lock(int fd, short type, off_t start)
{
  struct flock lock = {
    .l_type = type,
    .l_whence = SEEK_SET,
    .l_start = start,
    .l_len = sizeof(struct ${w.name}_record),
  };
  while (fcntl(fd, ${w.random.pick(['F_SETLKW', 'F_OFD_SETLKW'])}, &lock) == -1) {
    if (errno == EINTR)
      continue;
    return -1;
  }
  return 0;
}

static int ${w.name}_add(int fd, int id, long amount)
{
  struct ${w.name}_record record;
  off_t start = (off_t)id * (off_t)sizeof record;
  int result = -1;
  if (${w.name}_lock(fd, F_WRLCK, start) == -1)
    return -1;
  ssize_t n = pread(fd, &record, sizeof record, start);
  if (n == 0)
    record = (struct ${w.name}_record){ .id = id };
  else if (n != (ssize_t)sizeof record)
    goto unlock;
  record.amount += amount;
  if (record.amount < 0) {
    errno = ERANGE;
    goto unlock;
  }
  if (pwrite(fd, &record, sizeof record, start) == (ssize_t)sizeof record)
    result = 0;
  ${w.maybe('if (result == 0 && fdatasync(fd) == -1)\n    result = -1;')}
unlock:
  if (${w.name}_lock(fd, F_UNLCK, start) == -1)
    result = -1;
  return result;
}

static int ${w.name}_single(const char *path)
{
  char text[32];
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, ${w.slip('0644', '0')});
  if (fd == -1)
    return -1;
  if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
  }
  int length = snprintf(text, sizeof text, "%ld\n", (long)getpid());
  if (ftruncate(fd, 0) == -1 || write(fd, text, (size_t)length) != length) {
    close(fd);
    return -1;
  }
  return fd;
}

static int ${w.name}_ledger(int argc, char **argv)
{
  int guard = ${w.name}_single("/tmp/${w.name}.pid");
  if (guard == -1) {
    fprintf(stderr, "%s: %s\n", argv[0], errno == EWOULDBLOCK ? "runs already" : strerror(errno));
    return 1;
  }
  int fd = open("${w.name}.ledger", O_RDWR | O_CREAT, 0600);
  if (fd == -1) {
    perror("open");
    return 1;
  }
  for (int i = 1; i + 1 < argc; i += 2)
    if (${w.name}_add(fd, atoi(argv[i]) % ${w.number(10, 200)}, atol(argv[i + 1])) == -1)
      fprintf(stderr, "%s %s: %s\n", argv[i], argv[i + 1], strerror(errno));
  close(fd);
  close(guard);
  return 0;
}
`,
});

export const posix: Template[] = [posixQueue, posixShared, locks];
