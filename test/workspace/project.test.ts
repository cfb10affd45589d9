/** A program of several files: functions of the others are found and walked into. */
import assert from 'node:assert/strict';
import {
  afterClose,
  checked,
  failed,
  files,
  found,
  header,
  library,
  opener,
  prepareWorkspaces,
  returning,
  shown,
  telling,
  unopened,
  user,
  within,
} from './support/program';

before(prepareWorkspaces);

describe('functions of other files', () => {
  it('are walked into', () => {
    assert.deepEqual(found(files), [afterClose]);
    assert.deepEqual(found({ '/p/a.c': user, '/p/util.h': header }), [], 'nothing is known without them');
  });

  it('tell their places in the story, unless they merely wrap a call', () => {
    const busy = library.replace('{ if (close', '{ fsync(fd); if (close');
    within({ ...files, '/p/util.c': busy }, (workspace) => {
      const [finding] = workspace.lint(workspace.open('/p/a.c')).findings;
      const elsewhere = finding?.related.filter(({ file }) => file);
      assert.deepEqual(
        elsewhere?.map(({ file, span }) => `${file?.path}: ${file?.text.slice(span.start, span.end)}`),
        ['/p/util.c: close(fd)'],
      );
    });
  });

  it('are known never to return', () => {
    const careful = { ...files, '/p/a.c': checked };
    assert.deepEqual(found(careful), []);
    assert.deepEqual(found({ ...careful, '/p/util.c': returning }), [failed]);
  });

  it('stand for the calls that they wrap, whatever these act on', () => {
    const wrappers = `#include "util.h"
#include <sys/stat.h>
#include <unistd.h>
#include <stdio.h>
#include <stdlib.h>
void Make(const char *name) { if (mkfifo(name, 0600) == -1) exit(1); }
void Remove(const char *name) { if (unlink(name) == -1) { perror("unlink"); exit(1); } }
`;
    const text = `#include "util.h"
#include <fcntl.h>
int work(void) {
  Make("/tmp/fifo");
  Remove("/tmp/fifo");
  return open("/tmp/fifo", O_WRONLY);
}
`;
    assert.deepEqual(
      found({
        '/p/a.c': text,
        '/p/util.h': 'void Make(const char *name);\nvoid Remove(const char *name);\n',
        '/p/util.c': wrappers,
      }),
      [':5 handle/removed-too-early'],
    );
  });

  it('use sets of semaphores that their callers have made, whatever they make themselves', () => {
    const sets = `#include "util.h"
#include <sys/sem.h>
int take(int set, int number) {
  struct sembuf one = { .sem_num = number, .sem_op = -1 };
  if (semop(set, &one, 1) == -1) return -1;
  return 0;
}
int own_set(void) { return semget(IPC_PRIVATE, 1, IPC_CREAT | 0600); }
`;
    const text = '#include "util.h"\nint set;\nint work(void) { return take(set, 3); }\n';
    assert.deepEqual(
      found({
        '/p/a.c': text,
        '/p/util.h': 'int take(int set, int number);\nint own_set(void);\n',
        '/p/util.c': sets,
      }),
      [],
    );
  });

  it('return handles', () => {
    const text = `#include "util.h"
int work(char *b) {
  int fd = open_it("a");
  if (fd == -1) return read(fd, b, 1);
  close(fd);
  return 0;
}
`;
    assert.deepEqual(found({ ...files, '/p/a.c': text }), [':4 handle/use-unchecked-failed']);
  });

  it('are only those that other files can call', () => {
    const hidden = library.replace('void close_it', 'static void close_it');
    assert.deepEqual(found({ ...files, '/p/util.c': hidden }), []);
  });

  it('are only those that the file declares', () => {
    assert.deepEqual(found({ ...files, '/p/util.h': header.replace(/.*close_it.*\n/, '') }), []);
    assert.deepEqual(
      found({
        ...files,
        '/p/a.c': user.replace('#include "util.h"', 'extern void stop(const char *), close_it(int);'),
      }),
      [afterClose],
    );
  });

  it('may be declared by a header that is not at hand, when they stand in the same folder', () => {
    const { '/p/util.h': _, ...without } = files;
    assert.deepEqual(found(without), [afterClose]);
    assert.deepEqual(found({ '/p/a.c': user, '/q/util.c': library }), [], 'another folder');
    assert.deepEqual(found({ ...without, '/q/util.c': library }), [], 'another file defines them, too');
    const angle = user.replace('"util.h"', '<util.h>');
    assert.deepEqual(found({ ...without, '/p/a.c': angle }), [], 'a header of the system declares others');
  });

  it('mean what they meant before where a header comes or goes', () => {
    const { '/p/util.h': _, ...without } = files;
    within(without, (workspace) => {
      const document = workspace.open('/p/a.c');
      assert.deepEqual(shown(workspace.lint(document).findings, document), [afterClose]);
      workspace.write('/p/util.h', header.replace(/.*close_it.*\n/, ''));
      assert.deepEqual(shown(workspace.lint(document).findings, document), []);
    });
  });

  it('with other parameters are others', () => {
    assert.deepEqual(
      found({ ...files, '/p/util.c': library.replace('close_it(int fd)', 'close_it(int fd, int x)') }),
      [],
    );
  });

  it('of one name in several files mean the one in the same folder, or none', () => {
    assert.deepEqual(found({ ...files, '/q/util.c': library }), [afterClose]);
    assert.deepEqual(found({ ...files, '/p/other.c': library }), []);
  });

  it('may be any of several, of which one never returns', () => {
    const careful = { '/p/a.c': opener, '/p/util.h': telling(header) };
    const one = { ...careful, '/p/util.c': telling(returning) };
    assert.deepEqual(found({ ...one, '/p/other.c': telling(library) }), []);
    assert.deepEqual(found({ ...one, '/p/other.c': telling(returning) }), [unopened]);
  });

  it('may be any of several, of which one ends the process at this level', () => {
    const byLevel = (text: string) =>
      telling(text).replace('report(const char *what)', 'report(int level, const char *what)');
    const silent = byLevel(returning);
    const ending = byLevel(library).replace('exit(1);', 'if (level > 2) exit(1);');
    const calling = (level: number) => ({
      '/p/util.h': byLevel(header),
      '/p/a.c': opener.replace('report(', `report(${level}, `),
      '/p/util.c': silent,
    });
    assert.deepEqual(found({ ...calling(3), '/p/other.c': ending }), []);
    assert.deepEqual(found({ ...calling(2), '/p/other.c': ending }), [unopened], 'not at a lower one');
    assert.deepEqual(found({ ...calling(3), '/p/other.c': silent }), [unopened]);
  });

  it('of another program are not called', () => {
    const main = '\nint main(void) { return 0; }\n';
    assert.deepEqual(
      found({ ...files, '/p/util.c': library + main }),
      [afterClose],
      'this file may be part of it',
    );
    assert.deepEqual(found({ ...files, '/p/util.c': library + main, '/p/a.c': user + main }), []);
  });

  it('have variables of their own', () => {
    const set = 'void note(int fd);\nvoid stop(const char *);\n';
    const own = `#include "n.h"\nstatic int saved;\nvoid note(int fd) { saved = fd; getpid(); fsync(fd); }\n`;
    const text = `#include "n.h"\n#include <unistd.h>\n#include <fcntl.h>\nstatic int saved = 1;\nint work(void) {\n  int fd = open("a", O_RDONLY);\n  if (fd == -1) return 1;\n  saved = open("b", O_RDONLY);\n  note(fd);\n  close(fd);\n  fsync(saved);\n  return 0;\n}\n`;
    const result = found({ '/p/a.c': text, '/p/n.h': set, '/p/n.c': own });
    assert.ok(!result.some((line) => line.includes('use-after-close')), result.join());
  });

  it('may give back what others of their file take', () => {
    const workers = `#include <pthread.h>
#include "workers.h"
pthread_mutex_t gate[4];
void stop(void) { for (int i = 0; i < 4; i++) pthread_mutex_lock(&gate[i]); }
void resume(void) { for (int i = 0; i < 4; i++) pthread_mutex_unlock(&gate[i]); }
`;
    const header = 'void stop(void);\nvoid resume(void);\n';
    const program =
      '#include "workers.h"\nvoid start(void) {\n  stop();\n}\nint main(void) {\n  start();\n}\n';
    const idle = workers.replace(/void resume.*\n/, 'void resume(void) {}\n');
    const found = (text: string) =>
      within({ '/p/main.c': program, '/p/workers.c': text, '/p/workers.h': header }, (workspace) =>
        workspace.lint(workspace.open('/p/main.c')).findings.map(({ rule }) => rule),
      );
    assert.deepEqual(found(workers), []);
    assert.deepEqual(found(idle), ['lock/held-on-return']);
  });

  it('may give a lock back and take others in turn', () => {
    const header =
      'struct context { pthread_mutex_t lock; struct context *next; int waiting; };\nstruct socket { struct context context; int value; };\nvoid enter(struct context *context);\nvoid leave(struct context *context);\nvoid set(struct socket *socket, int value);\n';
    const context = `#include <pthread.h>
#include "context.h"
void enter(struct context *context) { pthread_mutex_lock(&context->lock); }
void leave(struct context *context) {
  struct context *next = context->next;
  pthread_mutex_unlock(&context->lock);
  while (next) {
    enter(next);
    next->waiting++;
    leave(next);
    next = next->next;
  }
}
`;
    const setting = '  enter(&socket->context);\n  socket->value = value;\n  leave(&socket->context);\n';
    const start =
      '#include <pthread.h>\n#include "context.h"\nstatic struct socket own;\nvoid start(void) {\n  set(&own, 1);\n}\nint main(void) {\n  start();\n}\n';
    const found = (body: string) =>
      within(
        {
          '/p/main.c': start,
          '/p/socket.c': `#include <pthread.h>\n#include "context.h"\nvoid set(struct socket *socket, int value) {\n${body}}\n`,
          '/p/context.c': context,
          '/p/context.h': header,
        },
        (workspace) => workspace.lint(workspace.open('/p/main.c')).findings.map(({ rule }) => rule),
      );
    assert.deepEqual(found(setting), []);
    assert.deepEqual(found(setting.replace(/ {2}leave.*\n/, '')), ['lock/held-on-return']);
  });

  it('may call each other in circles', () => {
    const circle = {
      '/p/a.c': '#include "c.h"\nvoid ping(int n) { if (n) pong(n - 1); close(n); }\n',
      '/p/b.c': '#include "c.h"\nvoid pong(int n) { if (n) ping(n - 1); close(n); }\n',
      '/p/c.h': '#include <unistd.h>\nvoid ping(int);\nvoid pong(int);\n',
    };
    within(circle, (workspace) => {
      const [a, b] = [workspace.open('/p/a.c'), workspace.open('/p/b.c')];
      for (const document of [a, b, a]) workspace.lint(document);
      workspace.edit(a, 'n - 1', 'n - 2');
      for (const document of [a, b]) workspace.lint(document);
    });
  });

  it('are read only when they are asked for', () => {
    within({ ...files, '/p/a.c': 'int f(void) { return 0; }\n' }, (workspace) => {
      workspace.lint(workspace.open('/p/a.c'));
      assert.deepEqual(workspace.read, []);
    });
  });

  it('have findings of their own, which depend on who calls them', () => {
    const late = {
      '/p/a.c': `#include "u.h"
int work(char *b) {
  int fd = open("a", O_WRONLY);
  if (fd == -1) return 1;
  take(fd, b);
  close(fd);
  return 0;
}
`,
      '/p/u.h': '#include <fcntl.h>\n#include <unistd.h>\nint take(int fd, char *b);\n',
      '/p/u.c': '#include "u.h"\n\nint take(int fd, char *b) {\n  return read(fd, b, 10) != 10;\n}\n',
    };
    assert.deepEqual(found(late), ['/p/u.c:4 handle/wrong-direction']);
    const comment = '// ipc-lens-disable-next-line handle/wrong-direction -- test';
    const quiet = late['/p/u.c'].replace(') {\n', `) {\n  ${comment}\n`);
    assert.deepEqual(found({ ...late, '/p/u.c': quiet }), []);
  });
});
