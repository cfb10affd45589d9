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
});
