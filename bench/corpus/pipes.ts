/** Pipes, FIFOs, child processes and socket pairs. */
import { c, type Template } from './piece';

const workers: Template = (w) => ({
  includes: ['errno.h', 'stdio.h', 'stdlib.h', 'string.h', 'sys/wait.h', 'unistd.h'],
  entry: `${w.name}_run`,
  code: c`
/* Children take numbers from one pipe and give sums back through another. */
#define ${w.upper}_WORKERS ${w.number(2, 8)}

struct ${w.name}_sum {
  pid_t worker;
  long total;
  int count;
};

static int ${w.name}_read_all(int fd, void *${w.buffer}, size_t size)
{
  size_t done = 0;
  while (done < size) {
    ssize_t n = read(fd, (char *)${w.buffer} + done, size - done);
    if (n == 0)
      return done == 0 ? 0 : -1;
    if (n < 0) {
      if (errno == EINTR)
        continue;
      return -1;
    }
    done += (size_t)n;
  }
  return 1;
}

static void ${w.name}_worker(int in, int out)
{
  struct ${w.name}_sum sum = { .worker = getpid() };
  int number;
  int state;
  while ((state = ${w.name}_read_all(in, &number, sizeof number)) == 1) {
    sum.total += number;
    sum.count++;
    ${w.maybe(`if (number % ${w.number(3, 17)} == 0)\n      sum.total ^= number;`)}
  }
  if (state == -1)
    perror("read");
  if (write(out, &sum, sizeof sum) != (ssize_t)sizeof sum)
    perror("write");
  close(in);
  close(out);
  _exit(state == -1);
}

static int ${w.name}_feed(int fd, int count)
{
  for (int i = 0; i < count; i++) {
    int number = i * ${w.number(3, 99)};
    ssize_t n;
    do {
      n = write(fd, &number, sizeof number);
    } while (n == -1 && errno == EINTR);
    if (n != (ssize_t)sizeof number) {
      fprintf(stderr, "short write: %s\n", strerror(errno));
      return -1;
    }
  }
  return 0;
}

static int ${w.name}_run(int argc, char **argv)
{
  int numbers[2], sums[2];
  int count = argc > 1 ? atoi(argv[1]) : ${w.number(10, 500)};
  long total = 0;

  if (${w.failed('pipe(numbers)')}) {
    perror("pipe");
    return 1;
  }
  if (${w.failed('pipe(sums)')}) {
    perror("pipe");
    close(numbers[0]);
    close(numbers[1]);
    return 1;
  }
  for (int i = 0; i < ${w.upper}_WORKERS; i++) {
    pid_t pid = fork();
    switch (pid) {
    case -1:
      perror("fork");
      return 1;
    case 0:
      ${w.slip('close(numbers[1]);', '')}
      close(sums[0]);
      ${w.name}_worker(numbers[0], sums[1]);
      break;
    default:
      ${w.maybe('fprintf(stderr, "worker %ld\\n", (long)pid);')}
      break;
    }
  }
  close(numbers[0]);
  close(sums[1]);
  if (${w.name}_feed(numbers[1], count) == -1)
    fprintf(stderr, "%s: some numbers are lost\n", argv[0]);
  close(numbers[1]);

  struct ${w.name}_sum sum;
  while (${w.name}_read_all(sums[0], &sum, sizeof sum) == 1) {
    printf("%ld: %ld of %d\n", (long)sum.worker, sum.total, sum.count);
    total += sum.total;
  }
  close(sums[0]);
  while (wait(NULL) != -1 || errno == EINTR)
    ;
  printf("total %ld\n", total);
  return 0;
}
`,
});

const filter: Template = (w) => ({
  includes: ['fcntl.h', 'stdio.h', 'stdlib.h', 'sys/stat.h', 'sys/wait.h', 'unistd.h'],
  entry: `${w.name}_filter`,
  code: c`
/* Sends a file through a command and keeps what comes out of it. */
static pid_t ${w.name}_start(char *const command[], int in, int out)
{
  pid_t pid = fork();
  if (pid != 0)
    return pid;
  if (in != STDIN_FILENO) {
    if (dup2(in, STDIN_FILENO) == -1)
      _exit(126);
    close(in);
  }
  if (out != STDOUT_FILENO) {
    if (dup2(out, STDOUT_FILENO) == -1)
      _exit(126);
    close(out);
  }
  execvp(command[0], command);
  perror(command[0]);
  ${w.slip('_exit(127);', 'return -1;')}
}

static int ${w.name}_status(pid_t pid)
{
  int status;
  if (${w.failed('waitpid(pid, &status, 0)')}) {
    perror("waitpid");
    return -1;
  }
  if (WIFEXITED(status))
    return WEXITSTATUS(status);
  if (WIFSIGNALED(status))
    fprintf(stderr, "killed by signal %d\n", WTERMSIG(status));
  return 128;
}

static int ${w.name}_filter(int argc, char **argv)
{
  char *sort[] = { "sort", ${w.maybe('"-n", ')}NULL };
  char *unique[] = { "uniq", "-c", NULL };
  const char *target = argc > 2 ? argv[2] : "${w.name}.out";
  int between[2];

  int in = argc > 1 ? open(argv[1], O_RDONLY${w.maybe(' | O_CLOEXEC')}) : STDIN_FILENO;
  if (in == -1) {
    perror(argv[1]);
    return 1;
  }
  int out = open(target, O_WRONLY | O_CREAT | O_TRUNC, 0${w.random.pick(['600', '644', '640'])});
  if (out == -1) {
    perror(target);
    return 1;
  }
  if (pipe2(between, O_CLOEXEC) == -1) {
    perror("pipe2");
    return 1;
  }
  pid_t first = ${w.name}_start(sort, in, between[1]);
  pid_t second = first == -1 ? -1 : ${w.name}_start(unique, between[0], out);
  close(between[0]);
  close(between[1]);
  if (in != STDIN_FILENO)
    close(in);
  close(out);
  if (first == -1 || second == -1) {
    perror("fork");
    return 1;
  }
  int failed = ${w.name}_status(first) != 0;
  failed |= ${w.name}_status(second) != 0;
  return failed;
}
`,
});

const fifo: Template = (w) => ({
  includes: [
    'errno.h',
    'fcntl.h',
    'signal.h',
    'stdio.h',
    'stdlib.h',
    'string.h',
    'sys/stat.h',
    'sys/types.h',
    'unistd.h',
  ],
  entry: `${w.name}_fifo`,
  code: c`
#define ${w.upper}_FIFO "/tmp/${w.name}.requests"
#define ${w.upper}_REPLY "/tmp/${w.name}.%ld"

struct ${w.name}_request {
  pid_t client;
  int length;
};

static void ${w.name}_answer(const struct ${w.name}_request *request, int *sequence)
{
  char name[sizeof ${w.upper}_REPLY + 20];
  snprintf(name, sizeof name, ${w.upper}_REPLY, (long)request->client);
  int fd = open(name, O_WRONLY);
  if (${w.failed('fd')}) {
    fprintf(stderr, "%s: %s\n", name, strerror(errno));
    return;
  }
  if (write(fd, sequence, sizeof *sequence) != (ssize_t)sizeof *sequence)
    fprintf(stderr, "cannot answer %s\n", name);
  if (close(fd) == -1)
    perror("close");
  *sequence += request->length;
}

static int ${w.name}_fifo(int argc, char **argv)
{
  int sequence = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0;
  struct ${w.name}_request request;

  ${w.maybe('umask(0);')}
  if (mkfifo(${w.upper}_FIFO, S_IRUSR | S_IWUSR | S_IWGRP) == -1 && errno != EEXIST) {
    perror("mkfifo");
    return 1;
  }
  int server = open(${w.upper}_FIFO, O_RDONLY);
  if (server == -1) {
    perror("open");
    return 1;
  }
  /* A writer of our own, so that the end of the last client is not the end of the file. */
  int keeper = open(${w.upper}_FIFO, O_WRONLY);
  if (keeper == -1) {
    perror("open");
    close(server);
    return 1;
  }
  if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
    perror("signal");
  for (;;) {
    ssize_t n = read(server, &request, sizeof request);
    if (n == -1 && errno == EINTR)
      continue;
    if (n != (ssize_t)sizeof request) {
      fprintf(stderr, "a request of %zd bytes\n", n);
      ${w.random.pick(['continue;', 'break;'])}
    }
    ${w.name}_answer(&request, &sequence);
    if (sequence > ${w.number(1000, 90000)})
      break;
  }
  close(keeper);
  close(server);
  unlink(${w.upper}_FIFO);
  return 0;
}
`,
});

const descriptors: Template = (w) => ({
  includes: [
    'errno.h',
    'fcntl.h',
    'stdio.h',
    'string.h',
    'sys/socket.h',
    'sys/uio.h',
    'sys/wait.h',
    'unistd.h',
  ],
  entry: `${w.name}_pass`,
  code: c`
/* Passes an open file to a child over a socket pair. */
static int ${w.name}_send_fd(int to, int fd)
{
  char byte = 'f';
  struct iovec data = { .iov_base = &byte, .iov_len = 1 };
  union {
    char space[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  struct msghdr message = {
    .msg_iov = &data,
    .msg_iovlen = 1,
    .msg_control = control.space,
    .msg_controllen = sizeof control.space,
  };
  memset(&control, 0, sizeof control);
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &fd, sizeof fd);
  return sendmsg(to, &message, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

static int ${w.name}_receive_fd(int from)
{
  char byte;
  int fd = -1;
  struct iovec data = { &byte, 1 };
  union {
    char space[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  struct msghdr message = { 0 };
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.space;
  message.msg_controllen = sizeof control.space;
  if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) <= 0 || (message.msg_flags & MSG_CTRUNC))
    return -1;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
    memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

static int ${w.name}_pass(int argc, char **argv)
{
  int pair[2];
  if (argc < 2)
    return 2;
  if (${w.failed(`socketpair(AF_UNIX, ${w.random.pick(['SOCK_STREAM', 'SOCK_SEQPACKET', 'SOCK_DGRAM'])}, 0, pair)`)}) {
    perror("socketpair");
    return 1;
  }
  pid_t pid = fork();
  if (pid == -1) {
    perror("fork");
    return 1;
  }
  if (pid == 0) {
    char ${w.buffer}[${w.size()}];
    ssize_t n;
    close(pair[0]);
    int fd = ${w.name}_receive_fd(pair[1]);
    if (fd == -1)
      _exit(1);
    while ((n = read(fd, ${w.buffer}, sizeof ${w.buffer})) > 0)
      if (write(STDOUT_FILENO, ${w.buffer}, (size_t)n) != n)
        _exit(1);
    _exit(n != 0);
  }
  close(pair[1]);
  int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
  if (fd == -1 || ${w.name}_send_fd(pair[0], fd) == -1)
    fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
  if (fd != -1)
    close(fd);
  close(pair[0]);
  int status;
  while (waitpid(pid, &status, 0) == -1) {
    if (errno != EINTR)
      return 1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
`,
});

export const pipes: Template[] = [workers, filter, fifo, descriptors];
