/** A program of several files: functions of the others are found, walked into, and looked at again when they change. */
import assert from 'node:assert/strict';
import { Toolbox } from '../../server/analysis/context';
import { loadParser } from '../../server/c/parser';
import type { Configuration } from '../../server/rules/configuration';
import type { PlacedFinding } from '../../server/rules/placing';
import { Document } from '../../server/workspace/document';
import type { Files } from '../../server/workspace/files';
import { Headers } from '../../server/workspace/headers';
import { Project } from '../../server/workspace/project';

const strict: Configuration = { preset: 'strict', rules: {} };

let toolbox: Toolbox;
before(async () => {
  toolbox = new Toolbox(await loadParser());
});

/** A project in memory, with documents open in an editor. */
class Workspace {
  readonly read: string[] = [];
  private readonly documents = new Map<string, Document>();
  private readonly headers: Headers;
  private readonly project: Project;

  constructor(private readonly texts: Record<string, string>) {
    const files: Files = {
      mark: (path) => this.texts[path],
      read: (path) => {
        this.read.push(path);
        return this.texts[path];
      },
    };
    this.headers = new Headers(toolbox.parser, files);
    this.project = new Project(toolbox, this.headers, files, (path) => this.documents.get(path)?.source);
    this.project.changed(Object.keys(texts).filter((path) => path.endsWith('.c')));
  }

  open(path: string): Document {
    const text = this.texts[path] ?? '';
    const document = new Document(path, text, 1, toolbox, this.headers, this.project);
    this.documents.set(path, document);
    return document;
  }

  /** Lints a document; gives its findings and how many functions were looked at. */
  lint(document: Document): { findings: readonly PlacedFinding[]; looked: number } {
    const steps = document.lint(strict);
    for (let looked = 0; ; looked++) {
      const step = steps.next();
      if (step.done) return { findings: step.value, looked };
    }
  }

  /** Another text on disk. */
  write(path: string, text: string): void {
    this.texts[path] = text;
    this.headers.refresh();
    this.project.changed([path]);
  }

  edit(document: Document, piece: string, text: string): void {
    const start = document.source.text.indexOf(piece);
    assert.ok(start >= 0, piece);
    document.update([{ start, end: start + piece.length, text }], document.version + 1);
    this.project.changed([document.path]);
  }

  close(): void {
    for (const document of this.documents.values()) document.dispose();
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

/** What is found in /p/a.c: rule and line. */
function found(texts: Record<string, string>): string[] {
  return within(texts, (workspace) => {
    const document = workspace.open('/p/a.c');
    return shown(workspace.lint(document).findings, document);
  });
}

function shown(findings: readonly PlacedFinding[], { source, path }: Document): string[] {
  return findings.map(({ rule, span, file }) => {
    const { lines } = file ?? source;
    return `${file && file.path !== path ? file.path : ''}:${lines.position(span.start).line + 1} ${rule}`;
  });
}

const header = `void stop(const char *what);
void close_it(int fd);
int open_it(const char *path);
`;
const library = `#include "util.h"
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <unistd.h>
void stop(const char *what) { perror(what); exit(1); }
void close_it(int fd) { if (close(fd) == -1) perror("close"); }
int open_it(const char *path) { return open(path, O_RDONLY); }
`;
const user = `#include "util.h"
#include <fcntl.h>
#include <unistd.h>
int work(char *buffer) {
  int fd = open("a", O_RDONLY);
  if (fd == -1) stop("open");
  close_it(fd);
  return read(fd, buffer, 10) == 10;
}
`;
const afterClose = ':8 handle/use-after-close';
const checked = user.replace('  close_it(fd);\n', '');
const returning = library.replace('perror(what); exit(1);', 'perror(what);');
const failed = ':7 handle/use-unchecked-failed';
/** By a name that does not sound like an end. */
const telling = (text: string) => text.replaceAll('stop(', 'report(');
const opener = `#include "util.h"
#include <fcntl.h>
#include <unistd.h>
static int open_first(void) {
  int fd = open("a", O_RDONLY);
  if (fd == -1) report("open");
  return fd;
}
int work(char *buffer) {
  int fd = open_first();
  ssize_t got = read(fd, buffer, 10);
  close(fd);
  return got == 10;
}
`;
const unopened = ':11 handle/use-unchecked-failed';
const files = { '/p/a.c': user, '/p/util.h': header, '/p/util.c': library };

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

describe('when another file changes', () => {
  const more = `${user}int other(int fd) { return fsync(fd); }\n`;

  it('only what depends on it is looked at again', () => {
    within({ ...files, '/p/a.c': more }, (workspace) => {
      const [a, b] = [workspace.open('/p/a.c'), workspace.open('/p/util.c')];
      assert.equal(workspace.lint(a).looked, 2);
      assert.equal(workspace.lint(a).looked, 0);
      workspace.edit(b, 'perror("close")', 'perror("close it")');
      assert.equal(workspace.lint(a).looked, 1);
      assert.deepEqual(shown(workspace.lint(a).findings, a), [afterClose]);
      workspace.edit(b, 'return open(path, O_RDONLY)', 'return open(path, O_RDWR)');
      assert.equal(workspace.lint(a).looked, 0, 'nobody calls that one');
      workspace.edit(b, 'if (close(fd) == -1) perror("close it");', 'fsync(fd);');
      assert.deepEqual(shown(workspace.lint(a).findings, a), []);
      workspace.edit(b, 'fsync(fd);', 'close(fd);');
      assert.deepEqual(shown(workspace.lint(a).findings, a), [afterClose]);
    });
  });

  it('on disk, too', () => {
    within({ ...files }, (workspace) => {
      const a = workspace.open('/p/a.c');
      assert.deepEqual(shown(workspace.lint(a).findings, a), [afterClose]);
      workspace.write('/p/util.c', library.replace('close(fd)', 'fsync(fd)'));
      assert.deepEqual(shown(workspace.lint(a).findings, a), []);
      workspace.write('/p/util.c', '');
      assert.deepEqual(shown(workspace.lint(a).findings, a), []);
      workspace.write('/p/util.c', library);
      assert.deepEqual(shown(workspace.lint(a).findings, a), [afterClose]);
    });
  });

  it('so that it returns now, callers know', () => {
    within({ ...files, '/p/a.c': checked }, (workspace) => {
      const [a, b] = [workspace.open('/p/a.c'), workspace.open('/p/util.c')];
      assert.deepEqual(shown(workspace.lint(a).findings, a), []);
      workspace.edit(b, ' exit(1);', '');
      assert.deepEqual(shown(workspace.lint(a).findings, a), [failed]);
      workspace.edit(b, 'perror(what);', 'perror(what); exit(1);');
      assert.deepEqual(shown(workspace.lint(a).findings, a), []);
    });
  });

  it('that has one of several functions of a name, callers know', () => {
    const texts = {
      '/p/a.c': opener,
      '/p/util.h': telling(header),
      '/p/util.c': telling(returning),
      '/p/other.c': telling(library),
    };
    within(texts, (workspace) => {
      const [a, b] = [workspace.open('/p/a.c'), workspace.open('/p/other.c')];
      assert.deepEqual(shown(workspace.lint(a).findings, a), []);
      workspace.edit(b, ' exit(1);', '');
      assert.deepEqual(shown(workspace.lint(a).findings, a), [unopened]);
      workspace.edit(b, 'perror(what);', 'perror(what); exit(1);');
      assert.deepEqual(shown(workspace.lint(a).findings, a), []);
    });
  });

  it('in a macro, its callers are looked at again', () => {
    within({ ...files, '/p/util.c': `#define NAME "close"\n${library}` }, (workspace) => {
      const [a, b] = [workspace.open('/p/a.c'), workspace.open('/p/util.c')];
      workspace.lint(a);
      workspace.edit(b, '#define NAME "close"', '#define NAME "other"');
      assert.equal(workspace.lint(a).looked, 1);
    });
  });
});
