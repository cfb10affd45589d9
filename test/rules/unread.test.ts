import assert from 'node:assert/strict';
import { type Bench, loadBench } from './support/linting';

/** A server that forgets `listen`; what its connections are for is somebody else's. */
const server = `#include <sys/socket.h>
#include <unistd.h>

struct service { int fd; };

void on_event(const struct service *service, void (*handler)(const struct service *));

static void serve(const struct service *service) {
  int connection = accept(service->fd, NULL, NULL);
  if (connection != -1)
    close(connection);
}

int main(void) {
  struct sockaddr_storage address = {0};
  struct service service = {socket(AF_UNIX, SOCK_STREAM, 0)};
  if (service.fd == -1 || bind(service.fd, (struct sockaddr *)&address, sizeof address) == -1)
    return 1;
  on_event(&service, serve);
  return 0;
}
`;

/** Half of something that somebody is writing. */
const unreadable = 'void begin(int *watcher) { int = = 3; }\n';

/** `cleanup_close` comes from a header that is not at hand: the parser cannot know the declarations behind it. */
const withAttributes = (attribute: string) => `#include <unistd.h>

void await_child(pid_t pid);

int count_in_child(int *count) {
  int ends[2];
  ${attribute} int reading = -1;
  ${attribute} int writing = -1;
  if (pipe(ends) == -1)
    return -1;
  reading = ends[0];
  writing = ends[1];
  pid_t pid = fork();
  if (pid == -1)
    return -1;
  if (pid == 0) {
    int number = 1;
    close(reading);
    _exit(write(writing, &number, sizeof number) == sizeof number ? 0 : 1);
  }
  close(writing);
  writing = -1;
  await_child(pid);
  if (read(reading, count, sizeof *count) != sizeof *count)
    return -1;
  return 0;
}

int main(void) {
  int count = 0;
  for (int i = 0; i < 100; i++)
    if (count_in_child(&count) == -1)
      return 1;
  return count;
}
`;

/** The program's own word for it stands for another one, which stands for the attribute. */
const ownWords = `#define with_end(end) __attribute__((__cleanup__(end##_of))) __attribute__((unused))
#define at_end_shut with_end(shut)

static inline void shut_of(int *fd) {
  if (*fd >= 0)
    close(*fd);
}
`;

/** The states of the turn are constants of a header that is not at hand. */
const withStates = (second: string) => `#include <fcntl.h>
#include <unistd.h>

int take_turn(int others) {
  int state;
  if (others > 1)
    state = TURN_IS_TAKEN;
  else
    state = TURN_IS_FREE;
  int fd = open("/run/turn", O_RDONLY);
  if (fd == -1)
    return -1;
  if (state == TURN_IS_FREE) {
    close(fd);
    return 0;
  }
  if (state == ${second})
    close(fd);
  return 1;
}
`;

/** Who cannot keep the connection says so by a constant of a header that is not at hand. */
const withFailure = (name: string) => `#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct link { int number; };
void link_begin(struct link *link, int fd);

static int keep(struct link **kept, int fd) {
  struct link *link = malloc(sizeof *link);
  if (link == NULL)
    return ${name};
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  link_begin(link, fd);
  *kept = link;
  return 0;
}

int join(struct link **kept) {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd == -1)
    return -1;
  if (keep(kept, fd) != 0) {
    close(fd);
    return -1;
  }
  return 0;
}
`;

describe('a file of which a part cannot be read', () => {
  let bench: Bench;
  before(async () => {
    bench = await loadBench();
  });
  const rulesOf = (text: string) => bench.lint(text).map(({ rule }) => rule);

  it('is not said to lack a call, which may stand in that part', () => {
    assert.ok(rulesOf(server).includes('socket/phase'));
    assert.deepEqual(rulesOf(server + unreadable), []);
  });

  it('may have variables there that the compiler closes', () => {
    assert.ok(rulesOf(withAttributes('')).includes('handle/leak'));
    assert.ok(!rulesOf(withAttributes('cleanup_close')).includes('handle/leak'));
    assert.ok(rulesOf(withAttributes('at_end_shut')).includes('handle/leak'));
    assert.ok(!rulesOf(ownWords + withAttributes('at_end_shut')).includes('handle/leak'));
  });

  it('may have the constants there that tell states apart', () => {
    assert.deepEqual(rulesOf(withStates('TURN_IS_TAKEN')), []);
    assert.deepEqual(rulesOf(withStates('TURN_IS_OTHER')), ['handle/leak']);
  });

  it('may have the error numbers there, which are not 0', () => {
    for (const name of ['LINK_ENOMEM', '-LINK_ENOMEM']) assert.deepEqual(rulesOf(withFailure(name)), []);
    assert.deepEqual(rulesOf(withFailure('LINK_FULL')), ['handle/leak']);
  });
});

describe('a file for another system', () => {
  let bench: Bench;
  before(async () => {
    bench = await loadBench();
  });
  const first = `#include <stdio.h>
int first(const char *path) {
  FILE *file = fopen(path, "r");
  int letter = fgetc(file);
  fclose(file);
  return letter;
}
`;
  const rulesOf = (includes: string) => bench.lint(includes + first).map(({ rule }) => rule);

  it('is told nothing, as no build for Linux has it', () => {
    assert.deepEqual(rulesOf('#include <winsock2.h>\n'), []);
    assert.deepEqual(rulesOf('#include <Windows.h>\n'), []);
  });

  it('is not one that has the header in some builds only, or a header of its own by that name', () => {
    const some = ['#ifdef FOR_DESKTOPS\n#include <windows.h>\n#endif\n', '#include "windows.h"\n'];
    for (const includes of ['', ...some]) assert.deepEqual(rulesOf(includes), ['handle/unchecked'], includes);
  });
});
