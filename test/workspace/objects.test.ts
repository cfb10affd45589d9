/** The index of objects: who creates, opens, removes and uses what, as the sources tell, without running anything. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Toolbox } from '../../server/analysis/context';
import { loadParser } from '../../server/c/parser';
import { SourceFile, type TextChange } from '../../server/c/source-file';
import type { PlacedUse } from '../../server/rules/project/facts';
import type { Files } from '../../server/workspace/files';
import { Headers } from '../../server/workspace/headers';
import { ObjectIndex } from '../../server/workspace/objects';
import { ftokKey } from '../../server/workspace/objects/keys';
import { overview } from '../../server/workspace/objects/overview';
import { together } from '../../server/workspace/objects/programs';
import { findSources } from '../../server/workspace/objects/sources';
import { Project } from '../../server/workspace/project';
import { gccVersion } from '../catalog/gcc';

let toolbox: Toolbox;
before(async () => {
  toolbox = new Toolbox(await loadParser());
});

/** A project in memory, with files open in an editor. */
class Workspace {
  readonly read: string[] = [];
  private readonly open = new Map<string, SourceFile>();
  private readonly headers: Headers;
  private readonly project: Project;
  private readonly index: ObjectIndex;
  /** Functions and files that were looked at. */
  steps = 0;

  constructor(readonly texts: Record<string, string>) {
    const files: Files = {
      mark: (file) => this.texts[file],
      read: (file) => {
        this.read.push(file);
        return this.texts[file];
      },
    };
    this.headers = new Headers(toolbox.parser, files);
    this.headers.know(Object.keys(texts).filter((file) => file.endsWith('.h')));
    this.project = new Project(toolbox, this.headers, files, (file) => this.open.get(file));
    this.project.changed(Object.keys(texts).filter((file) => file.endsWith('.c')));
    this.index = new ObjectIndex(toolbox, this.project, this.headers);
  }

  uses(): PlacedUse[] {
    return this.groups().flatMap((group) => {
      const facts = this.run(this.index.factsOf(group));
      return together(facts, (file) => this.project.index.isProgram(file)).uses;
    });
  }

  /** In short: `server.c:7 main creates /jobs`. */
  told(): string[] {
    return this.uses().map(
      ({ file, line, within, does, name, written, handle }) =>
        `${path.basename(file)}:${line + 1} ${within} ${does} ${name?.text ?? `? ${written ?? handle ?? ''}`}`,
    );
  }

  groups(): readonly string[][] {
    return this.run(this.index.allGroups());
  }

  write(file: string, text: string | undefined): void {
    if (text === undefined) delete this.texts[file];
    else this.texts[file] = text;
    this.headers.refresh();
    this.project.changed(file.endsWith('.c') ? [file] : []);
  }

  openFile(file: string): SourceFile {
    const source = new SourceFile(toolbox.parser, this.texts[file] ?? '');
    this.open.set(file, source);
    this.project.changed([file]);
    return source;
  }

  edit(file: string, piece: string, text: string): void {
    const source = this.open.get(file);
    const start = source?.text.indexOf(piece) ?? -1;
    assert.ok(source && start >= 0, piece);
    const change: TextChange = { start, end: start + piece.length, text };
    source.update([change]);
    this.project.changed([file]);
  }

  close(): void {
    for (const source of this.open.values()) source.dispose();
  }

  private run<T>(steps: Generator<void, T>): T {
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      this.steps++;
    }
  }
}

function within<T>(texts: Record<string, string>, use: (workspace: Workspace) => T): T {
  const workspace = new Workspace(texts);
  try {
    return use(workspace);
  } finally {
    workspace.close();
  }
}

const jobs = '#define JOBS "/jobs"\nint open_jobs(const char *name);\n';
const server = `#include <fcntl.h>
#include <mqueue.h>
#include "jobs.h"
static mqd_t queue;
static void take(void) {
  char job[64];
  mq_receive(queue, job, sizeof job, 0);
}
int main(void) {
  struct mq_attr attr = { .mq_maxmsg = 5, .mq_msgsize = 64 };
  queue = mq_open(JOBS, O_CREAT | O_EXCL | O_RDONLY, 0600, &attr);
  if (queue == (mqd_t) -1) return 1;
  take();
  return mq_unlink(JOBS) == -1;
}
`;
const client = `#include "jobs.h"
int main(void) {
  return open_jobs(JOBS) == -1;
}
`;
const library = `#include <fcntl.h>
#include <mqueue.h>
#include "jobs.h"
int open_jobs(const char *name) { return mq_open(name, O_WRONLY); }
`;
const project = { '/p/jobs.h': jobs, '/p/server.c': server, '/p/client.c': client, '/p/library.c': library };

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
});

describe('the source of an object of the kernel', () => {
  const find = (id: string, label: string, texts: Record<string, string> = project, roots = ['/p']) =>
    within(texts, (workspace) => findSources({ id, label }, workspace.uses(), roots));

  it('is the line that creates it', () => {
    const { uses, note } = find('posix-mq:/jobs', '/jobs');
    assert.equal(note, undefined);
    assert.deepEqual(
      uses.map(({ path: file, range, creates }) => [file, range.start.line, creates]),
      [['/p/server.c', 10, true]],
    );
  });

  it('is a line that uses it, where none creates it, and this is said', () => {
    const { '/p/server.c': _, ...rest } = project;
    const { uses, note } = find('posix-mq:/jobs', '/jobs', rest);
    assert.deepEqual(
      uses.map(({ call }) => call),
      ['mq_open'],
    );
    assert.match(note ?? '', /^No source of this workspace is known to create \/jobs/);
  });

  it('is nowhere, and this is said', () => {
    assert.deepEqual(find('posix-mq:/others', '/others'), {
      uses: [],
      note: 'No source of this workspace creates or uses /others.',
    });
    assert.match(find('pipe:77', 'pipe 77').note ?? '', /no name/);
  });

  it('is found by key, whatever way the key is written', () => {
    const text = (key: string) => `#include <sys/shm.h>
#define KEY ${key}
int main(void) { return shmget((key_t) KEY, 64, IPC_CREAT | 0600); }
`;
    for (const key of ['0x2a', '42', "'*'", '052', '(40 + 2)']) {
      const { uses } = find('sysv-shm:3', 'key 0x0000002a', { '/p/main.c': text(key) });
      assert.equal(uses.length, 1, key);
    }
    assert.equal(find('sysv-shm:3', 'key 0x0000002b', { '/p/main.c': text('42') }).uses.length, 0);
    assert.equal(find('sysv-sem:3', 'key 0x0000002a', { '/p/main.c': text('42') }).uses.length, 0);
  });

  it('is found by the key that ftok gives for a file as it is now', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'ipcl-ftok-'));
    try {
      const file = path.join(folder, 'token');
      writeFileSync(file, '');
      const key = ftokKey(file, 0x41);
      assert.ok(key !== undefined);
      const label = `key 0x${key.toString(16).padStart(8, '0')}`;
      const text = (named: string) => `#include <sys/ipc.h>
#include <sys/msg.h>
#define TOKEN "${named}"
int main(void) {
  key_t key = ftok(TOKEN, 'A');
  if (key == -1) return 1;
  return msgget(key, IPC_CREAT | 0600);
}
`;
      for (const named of [file, 'token', './token']) {
        const { uses } = find('sysv-msg:0', label, { [`${folder}/main.c`]: text(named) }, [folder]);
        assert.equal(uses.length, 1, named);
      }
      assert.equal(find('sysv-msg:0', label, { '/p/main.c': text('token') }, ['/p']).uses.length, 0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is found for a FIFO or a socket by its path, and for names made at run time by their shape', () => {
    const text = `#include <stdio.h>
#include <sys/stat.h>
int main(int argc, char **argv) {
  char own[32];
  snprintf(own, sizeof own, "/tmp/own.%d.fifo", argc);
  return mkfifo("/tmp/shared", 0600) + mkfifo(own, 0600);
}
`;
    const lines = (label: string) =>
      find('fifo:8:77', label, { '/p/main.c': text }).uses.map(({ range }) => range.start.character);
    assert.deepEqual(lines('/tmp/shared'), [9]);
    assert.equal(lines('/tmp/own.4711.fifo').length, 1);
    assert.deepEqual(lines('/tmp/own.fifo'), []);
  });

  it('is any that makes objects without a key, for one without', () => {
    const text = `#include <sys/sem.h>
int main(void) { return semget(IPC_PRIVATE, 1, 0600); }
`;
    const { uses, note } = find('sysv-sem:9', 'id 9', { '/p/main.c': text });
    assert.equal(uses.length, 1);
    assert.match(note ?? '', /no key/);
  });
});

describe('keys of files', () => {
  it('are those that ftok(3) makes', function () {
    this.timeout(30_000);
    if (!gccVersion()) this.skip();
    const folder = mkdtempSync(path.join(tmpdir(), 'ipcl-ftok-'));
    try {
      const source = path.join(folder, 'key.c');
      writeFileSync(
        source,
        '#include <stdio.h>\n#include <stdlib.h>\n#include <sys/ipc.h>\nint main(int c, char **v) { printf("%u", (unsigned) ftok(v[1], atoi(v[2]))); return c == 0; }\n',
      );
      const program = path.join(folder, 'key');
      execFileSync('gcc', ['-o', program, source]);
      for (const [file, id] of [
        [source, 1],
        [folder, 65],
        ['/proc', 255],
        ['/', 0x141],
      ] as const) {
        const told = Number(execFileSync(program, [file, String(id)], { encoding: 'utf8' }));
        assert.equal(ftokKey(file, id), told, `${file} ${id}`);
      }
      assert.equal(ftokKey(path.join(folder, 'none'), 1), undefined);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
