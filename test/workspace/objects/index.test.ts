/** The index of objects: who creates, opens, removes and uses what, as the sources tell, without running anything. */
import assert from 'node:assert/strict';
import { jobs, library, project, server, within } from './support';

describe('the index of objects', () => {
  it('tells who creates, opens, uses and removes an object, through headers and helpers', () => {
    within(project, (workspace) => {
      assert.deepEqual(workspace.told().sort(), [
        'library.c:4 open_jobs open /jobs',
        'server.c:11 main create /jobs',
        'server.c:14 main remove /jobs',
        'server.c:7 take read /jobs',
      ]);
      const [made] = workspace.uses().filter(({ does }) => does === 'create');
      assert.ok(made);
      const { mode, exclusive, size, access, kind, call, character } = made;
      assert.deepEqual(
        { mode, exclusive, size, access, kind, call, character },
        {
          mode: 0o600,
          exclusive: true,
          size: 64,
          access: 'read',
          kind: 'posix-mq',
          call: 'mq_open',
          character: 10,
        },
      );
    });
  });

  it('knows names of all kinds', () => {
    const text = `#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <semaphore.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <netinet/in.h>
#define KEY 0x1234
enum { PROJECT = 'x' };
void all(char **argv) {
  msgget(KEY, IPC_CREAT | 0600);
  semget(ftok("/etc/hosts", PROJECT), 2, IPC_CREAT | 0600);
  int segment = shmget(IPC_PRIVATE, 4096, 0600);
  shmctl(segment, IPC_RMID, 0);
  sem_open("/gate", O_CREAT, 0600, 1);
  mkfifo("/tmp/line", 0600);
  char mine[64];
  snprintf(mine, sizeof mine, "/tmp/line.%d", (int) getpid());
  mkfifo(mine, 0600);
  mkfifo(argv[1], 0600);
  struct sockaddr_un address;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  strncpy(address.sun_path, "/tmp/door", sizeof address.sun_path - 1);
  bind(socket(AF_UNIX, SOCK_DGRAM, 0), (struct sockaddr *) &address, sizeof address);
  struct sockaddr_un hidden;
  memset(&hidden, 0, sizeof hidden);
  strcpy(&hidden.sun_path[1], "secret");
  connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *) &hidden, sizeof hidden);
  struct sockaddr_in port = { .sin_family = AF_INET, .sin_port = htons(5000) };
  bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *) &port, sizeof port);
}
`;
    within({ '/p/all.c': text }, (workspace) => {
      const told = workspace
        .uses()
        .map(({ does, kind, name, transport }) =>
          [
            does,
            kind,
            name?.by ?? 'nothing',
            name?.by === 'private' ? '' : (name?.text ?? ''),
            transport ?? '',
          ]
            .join(' ')
            .trim(),
        );
      assert.deepEqual(told, [
        'create sysv-msg key 0x1234',
        'create sysv-sem ftok ftok("/etc/hosts", \'x\')',
        'create sysv-shm private',
        'remove sysv-shm private',
        'create posix-sem-named name /gate',
        'create fifo path /tmp/line',
        'create fifo path /tmp/line.%d',
        'create fifo nothing',
        'bind unix-socket path /tmp/door dgram',
        'connect unix-socket abstract @secret stream',
        'bind inet-socket port 5000 stream',
      ]);
    });
  });

  it('follows an object out of the variables that hold its handle or its name', () => {
    const text = `#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/msg.h>
#include <sys/stat.h>
static int requests, answers;
static char fifo[64];
static void leave(void) {
  unlink(fifo);
  msgctl(requests, IPC_RMID, NULL);
  msgctl(answers, IPC_RMID, NULL);
}
int main(void) {
  requests = msgget(1, IPC_CREAT | 0600);
  answers = msgget(2, IPC_CREAT | 0600);
  snprintf(fifo, sizeof fifo, "/tmp/of.%ld", (long) getpid());
  mkfifo(fifo, 0600);
  return atexit(leave);
}
`;
    within({ '/p/main.c': text }, (workspace) => {
      const removed = workspace.uses().flatMap(({ does, name }) => (does === 'remove' ? [name?.text] : []));
      assert.deepEqual(removed, ['/tmp/of.%ld', '0x1', '0x2']);
    });
  });

  it('does not take a queue out of a message for the only one that it knows', () => {
    const text = `#include <sys/msg.h>
struct request { long type; int answer; };
static void serve(struct request *request) {
  msgsnd(request->answer, request, sizeof(int), 0);
}
int main(void) {
  int queue = msgget(1, IPC_CREAT | 0600);
  struct request request;
  msgrcv(queue, &request, sizeof(int), 0, 0);
  serve(&request);
  return msgctl(queue, IPC_RMID, 0);
}
`;
    within({ '/p/main.c': text }, (workspace) => {
      const sent = workspace.uses().find(({ does }) => does === 'write');
      assert.ok(sent && !sent.name);
    });
  });

  it('tells of a wrapper at the place where it is called', () => {
    const text = `#include <fcntl.h>
#include <semaphore.h>
#include <stdlib.h>
static sem_t *Open(const char *name, int flags, mode_t mode, unsigned value) {
  sem_t *gate = sem_open(name, flags, mode, value);
  if (gate == SEM_FAILED) exit(1);
  return gate;
}
int main(void) {
  Open("/one", O_CREAT, 0600, 1);
  Open("/two", O_CREAT, 0600, 1);
  return 0;
}
`;
    within({ '/p/main.c': text }, (workspace) => {
      assert.deepEqual(workspace.told(), ['main.c:10 main create /one', 'main.c:11 main create /two']);
    });
  });

  it('looks again only at what changed, and at what depends on it', () => {
    within(
      { ...project, '/other/other.c': server.replace('#include "jobs.h"', '#define JOBS "/other"') },
      (workspace) => {
        workspace.uses();
        workspace.steps = 0;
        workspace.read.length = 0;
        workspace.write('/p/server.c', server.replace('0600', '0640'));
        assert.ok(workspace.uses().some(({ mode }) => mode === 0o640));
        assert.deepEqual([...new Set(workspace.read)], ['/p/server.c']);
        workspace.steps = 0;
        workspace.uses();
        assert.equal(workspace.steps, 0, 'nothing changed');
        workspace.write('/p/jobs.h', jobs.replace('/jobs', '/tasks'));
        assert.ok(workspace.told().includes('server.c:14 main remove /tasks'));
        assert.ok(workspace.told().includes('library.c:4 open_jobs open /tasks'));
        workspace.write('/p/library.c', library.replace('name, O_WRONLY', '"/fixed", O_WRONLY'));
        assert.ok(workspace.told().includes('library.c:4 open_jobs open /fixed'));
        workspace.write('/p/server.c', undefined);
        const left = workspace.told().filter((use) => !use.endsWith('/other'));
        assert.deepEqual(left, ['library.c:4 open_jobs open /fixed']);
      },
    );
  });

  it('walks one function again after an edit in the editor', () => {
    within(project, (workspace) => {
      workspace.openFile('/p/server.c');
      workspace.uses();
      workspace.steps = 0;
      workspace.edit('/p/server.c', 'static mqd_t queue;', 'static mqd_t queue;\n');
      assert.ok(workspace.told().includes('server.c:12 main create /jobs'));
      const moved = workspace.steps;
      workspace.steps = 0;
      workspace.edit('/p/server.c', 'JOBS, O_CREAT', '"/mine", O_CREAT');
      assert.ok(workspace.told().includes('server.c:12 main create /mine'));
      assert.ok(workspace.steps > moved, `${workspace.steps} steps instead of ${moved}`);
    });
  });

  it('parses nothing that has nothing to do with objects', () => {
    const filler = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [`/p/f${i}.c`, `int f${i}(int a) { return a + ${i}; }\n`]),
    );
    within({ ...project, ...filler }, (workspace) => {
      workspace.uses();
      // The index of functions, the quick look, and whether they call a helper of the others.
      assert.ok(workspace.read.filter((file) => file === '/p/f7.c').length <= 3);
      assert.ok(workspace.steps < 60, `${workspace.steps}`);
    });
  });

  it('knows of a file whether it has to do with objects without a look into its neighbours', () => {
    const caller = '#include "jobs.h"\nint ours(void) { return open_jobs(JOBS); }\n';
    const texts = { ...project, '/p/caller.c': caller, '/p/plain.c': 'int plain(void) { return 1; }\n' };
    within(texts, (workspace) => {
      workspace.groups();
      workspace.steps = 0;
      assert.deepEqual(
        ['/p/server.c', '/p/caller.c', '/p/plain.c'].map((file) => workspace.mayAct(file)),
        [true, true, false],
      );
      assert.ok(workspace.steps < 5, `${workspace.steps}`);
    });
  });

  it('puts together what lies in one folder, or shares a header that few include', () => {
    const texts: Record<string, string> = { '/a/rare.h': '', '/a/common.h': '' };
    for (let i = 0; i < 20; i++)
      texts[`/d${i}/main.c`] = '#include "common.h"\nint main(void) { return 0; }\n';
    texts['/x/one.c'] = '#include "rare.h"\n';
    texts['/y/two.c'] = '#include "rare.h"\n';
    texts['/y/three.c'] = '';
    within(texts, (workspace) => {
      const groups = workspace.groups().map((group) => group.join(' '));
      assert.equal(groups.length, 21);
      assert.ok(groups.some((group) => /one/.test(group) && /two/.test(group) && /three/.test(group)));
    });
  });
});
