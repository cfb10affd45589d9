/** The objects of a workspace as the view shows them. */
import assert from 'node:assert/strict';
import { overview } from '../../../server/workspace/objects/overview';
import { project, within } from './support';

describe('the objects of the workspace', () => {
  it('are shown by facility, who creates them first', () => {
    within(project, (workspace) => {
      const [group, ...others] = overview(workspace.uses(), ['/p']);
      assert.deepEqual(others, []);
      assert.equal(group?.facility, 'posix-mq');
      const [object, ...rest] = group?.objects ?? [];
      assert.deepEqual(rest, []);
      assert.equal(object?.label, '/jobs');
      assert.deepEqual(object?.kernel, { tables: ['posix-mq'], labels: ['/jobs'] });
      assert.deepEqual(
        object?.uses.map(({ does, within, detail }) => [does, within, detail ?? '']),
        [
          ['creates', 'main', 'mode 0600, only if there is none, 64 bytes a message'],
          ['opens to write', 'open_jobs', ''],
          ['receives', 'take', '64 bytes'],
          ['removes', 'main', ''],
        ],
      );
    });
  });

  it('say which names come only when the program runs', () => {
    const text = `#include <sys/stat.h>
#include <stdio.h>
int main(int argc, char **argv) {
  char own[32];
  snprintf(own, sizeof own, "/tmp/own.%d", argc);
  return mkfifo(argv[1], 0600) + mkfifo(own, 0600);
}
`;
    within({ '/p/main.c': text }, (workspace) => {
      const [group] = overview(workspace.uses(), ['/p']);
      assert.deepEqual(
        group?.objects.map(({ label, note, kernel }) => [label, note !== undefined, kernel]),
        [
          ['/tmp/own.%d', true, undefined],
          ['argv[1]', true, undefined],
        ],
      );
    });
  });

  it('say of a socket what its address is made of, or in which variable it lies', () => {
    const text = `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
static void local(int fd, const char *path) {
  struct sockaddr_un address;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  bind(fd, (struct sockaddr *) &address, sizeof address);
}
static void copied(int fd, char **argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, argv[2], sizeof address.sun_path - 1);
  connect(fd, (struct sockaddr *) &address, sizeof address);
}
static void remote(int fd, char **argv) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_port = htons(atoi(argv[1]));
  connect(fd, (struct sockaddr *) &address, sizeof address);
}
static void given(int fd) {
  struct sockaddr_in address;
  fill(&address);
  connect(fd, (struct sockaddr *) &address, sizeof address);
}
static void other(int fd) {
  struct sockaddr_in address;
  fill(&address);
  bind(fd, (const struct sockaddr *) &address, sizeof address);
}
int main(int argc, char **argv) {
  local(socket(AF_UNIX, SOCK_STREAM, 0), argv[3]);
  copied(socket(AF_UNIX, SOCK_STREAM, 0), argv);
  remote(socket(AF_INET, SOCK_STREAM, 0), argv);
  given(socket(AF_INET, SOCK_STREAM, 0));
  other(socket(AF_INET, SOCK_STREAM, 0));
  return argc;
}
`;
    within({ '/p/main.c': text }, (workspace) => {
      const objects = overview(workspace.uses(), ['/p']).flatMap((group) => group.objects);
      assert.deepEqual(
        objects.map(({ label, uses }) => `${label}: ${uses.map((use) => use.within)}`).sort(),
        [
          'argv[2]: copied',
          'path: local',
          'port atoi(argv[1]): remote',
          'variable address: given',
          'variable address: other',
        ],
      );
    });
  });
});
