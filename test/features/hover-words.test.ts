import assert from 'node:assert/strict';
import { constantGroups, errnos, types } from '../../catalog';
import { hover } from '../../server/features/hover';
import { Bench } from './support';

let bench: Bench;
before(async () => {
  bench = await Bench.create();
});
afterEach(() => bench.close());

describe('hover gives a literal its meaning', () => {
  const cases: [title: string, code: string, expected: RegExp][] = [
    [
      'permission bits',
      'chmod("a", 0660)',
      /`0660` = `rw-rw----` \(owner: read and write; group: read and write; others: nothing\)/,
    ],
    ['permission bits by their names', 'chmod("a", S_IRUSR | S_IWUSR | S_IRGRP)', /`0640` = `rw-r-----`/],
    ['a decimal number taken for a mode', 'chmod("a", 644)', /`01204` = `-w----r-T`/],
    ['set-user-ID and sticky bits', 'chmod("a", 05711)', /`05711` = `rws--x--t`/],
    [
      'open flags with a mode',
      'mq_open("/q", O_CREAT | O_EXCL | O_RDWR, 0600, NULL)',
      /`O_RDWR`: [\s\S]*`O_CREAT`: [\s\S]*`O_EXCL`: [\s\S]*`0600` = `rw-------`/,
    ],
    [
      'flags with the mode in one word',
      'msgget(7, IPC_CREAT | 0666)',
      /`IPC_CREAT`: [\s\S]*`0666` = `rw-rw-rw-`/,
    ],
    ['the access mode that is zero', 'open("a", O_RDONLY | O_CLOEXEC)', /`O_RDONLY`: [\s\S]*`O_CLOEXEC`: /],
    ['one of a group', 'socket(AF_UNIX, SOCK_STREAM, 0)', /`AF_UNIX`: [\s\S]*`SOCK_STREAM`: /],
    [
      'one of a group that is a bit beside flags',
      'socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)',
      /`SOCK_DGRAM`: [\s\S]*`SOCK_CLOEXEC`: /,
    ],
    ['a signal by name', 'kill(1, SIGTERM)', /`SIGTERM`: /],
    ['a signal by number', 'kill(1, 9)', /`SIGKILL`: /],
    ['a name', 'shm_open("/board", O_RDWR, 0)', /the object named `\/board`/],
    ['a constant that the program defines', 'chmod("a", MY_MODE)', /`0640` = `rw-r-----`/],
  ];
  for (const [title, code, expected] of cases) {
    it(title, () => {
      assert.match(bench.hover(`#define MY_MODE (0600 | 040)\nvoid f(void) { ‸${code}; }\n`) ?? '', expected);
    });
  }

  it('says nothing of values it does not know', () => {
    for (const code of [
      'kill(1, 999)',
      'kill(1, -3)',
      'socket(-1, 77, 0)',
      'chmod("a", -1)',
      'open("a", -1)',
    ]) {
      assert.doesNotMatch(bench.hover(`void f(void) { ‸${code}; }\n`) ?? '', /\n {2}- /, code);
    }
  });

  it('says nothing of a name whose text is not known', () => {
    assert.doesNotMatch(bench.hover('void f(char *n) { ‸shm_open(n, 0, 0); }\n') ?? '', /the object named/);
  });

  it('keeps a name with a back quote readable', () => {
    const found = bench.hover('void f(void) { ‸shm_open("/a`b", 0, 0); }\n') ?? '';
    assert.match(found, /the object named `` \/a`b ``/);
  });
});

describe('hover keeps silent on', () => {
  const silent: [title: string, text: string][] = [
    ['a local variable', 'void f(void) { int pipe = 3; use(‸pipe); }'],
    ['the declaration of a local variable', 'void f(void) { int ‸pipe = 3; }'],
    ['a parameter', 'void f(int signal) { use(‸signal); }'],
    ['the declaration of a parameter', 'void f(int ‸signal) { use(signal); }'],
    ['a local function pointer that is called', 'void f(int (*read)(int)) { ‸read(1); }'],
    [
      'a member of a structure of the program',
      'struct s { int pipe; }; void f(struct s *s) { s->‸pipe = 1; }',
    ],
    ['a member that is called', 'struct ops { int (*read)(int); }; void f(struct ops *o) { o->‸read(1); }'],
    ['the declaration of a member', 'struct s { int ‸pipe; };'],
    ['a designator of a structure of the program', 'struct ops { int (*read)(int); } o = { .‸read = 0 };'],
    ['a function of the program', 'int pipe(int a, int b) { return a; } void f(void) { ‸pipe(1, 2); }'],
    ['the heading of a function of the program', 'int ‸pipe(int a, int b) { return a; }'],
    ['a function of the program below', 'void f(void) { ‸send(1); } static int send(int a) { return a; }'],
    ['a function-like macro of the program', '#define send(a) put(a)\nvoid f(void) { ‸send(1); }'],
    ['an object-like macro of the program', '#define send my_send\nvoid f(void) { ‸send(1); }'],
    ['a constant of the program', '#define O_RDWR 7\nint f(void) { return ‸O_RDWR; }'],
    ['the definition of a macro', '#define ‸O_RDWR 7\n'],
    ['an enumerator of the program', 'enum e { SIGTERM = 4 };\nint f(void) { return ‸SIGTERM; }'],
    ['an enumerator where it is defined', 'enum e { ‸SIGTERM = 4 };\n'],
    ['a local enumerator', 'int f(void) { enum { EPIPE }; return ‸EPIPE; }'],
    ['a global variable', 'int signal; int f(void) { return ‸signal; }'],
    ['a global function pointer', 'static int (*send)(int); int f(void) { return ‸send(1); }'],
    ['the declaration of a global', 'int ‸signal;'],
    ['a label', 'void f(void) { goto ‸pipe; pipe: return; }'],
    ['a label where it stands', 'void f(void) { ‸pipe: return; }'],
    ['a type of the program', 'typedef struct { int a; } mqd_t; ‸mqd_t q;'],
    ['a structure of the program', 'struct msgbuf2 { long a; }; struct ‸msgbuf2 m;'],
    ['a line comment', 'void f(void) { // ‸pipe(p)\n }'],
    ['a block comment', '/* the ‸pipe */ int a;'],
    ['a string', 'char *s = "‸pipe";'],
    ['a character', "int c = '‸p';"],
    ['an include', '#include <sys/‸types.h>\n'],
    ['a number', 'int a = ‸42;'],
    ['a keyword', 'void f(void) { ‸return; }'],
    ['white space', 'void f(void) {   ‸   pipe(0); }'],
    ['an empty file', '‸'],
    ['the end of the file', 'int a;\n‸'],
    ['a constant of no group', 'int a = ‸MY_OWN_THING;'],
    ['a word that is a property of every object', 'int f(void) { return ‸constructor + toString(); }'],
    ['a call of such a name', 'int f(void) { return ‸__proto__(1); }'],
  ];
  for (const [title, text] of silent) {
    it(title, () => assert.equal(bench.hover(text), undefined));
  }

  it('a function that a header of the project defines', () => {
    const main = '#include "net.h"\nvoid f(void) { send(1); }\n';
    const document = bench.open(main, { '/project/net.h': 'static inline int send(int a) { return a; }\n' });
    assert.equal(hover(document, main.indexOf('send')), undefined);
  });

  it('a constant that a header of the project defines otherwise', () => {
    const main = '#include "net.h"\nint f(void) { return SIGTERM; }\n';
    const document = bench.open(main, { '/project/net.h': '#define SIGTERM 99\n' });
    assert.equal(hover(document, main.indexOf('SIGTERM')), undefined);
  });
});

describe('hover explains', () => {
  it('every constant with a value and those without', () => {
    // A constant of several groups has a meaning in each.
    const meanings = new Map<string, string[]>();
    for (const { name, meaning } of [...constantGroups.values()].flatMap(({ record }) => record.constants)) {
      meanings.set(name, [...(meanings.get(name) ?? []), meaning]);
    }
    for (const { record } of constantGroups.values()) {
      for (const { name } of record.constants) {
        const found = bench.hover(`int f(void) { return ‸${name}; }\n`);
        assert.ok(found, name);
        assert.match(found, new RegExp(`#define ${name}\\b`), name);
        assert.ok(
          meanings.get(name)?.some((meaning) => found.includes(meaning)) || /Error number/.test(found),
          name,
        );
        assert.doesNotMatch(found, /undefined(?! |\.)|NaN/);
        bench.close();
      }
    }
  });

  it('a constant that the program defines again with the same value', () => {
    const text =
      '#ifndef O_CLOEXEC\n#define O_CLOEXEC 02000000\n#endif\nint f(void) { return ‸O_CLOEXEC; }\n';
    assert.match(bench.hover(text) ?? '', /#define O_CLOEXEC/);
  });

  it('a constant outside functions and in a condition', () => {
    assert.match(bench.hover('int flags = ‸O_NONBLOCK;\n') ?? '', /O_NONBLOCK/);
    assert.match(bench.hover('#ifdef ‸O_CLOEXEC\nint a;\n#endif\n') ?? '', /O_CLOEXEC/);
  });

  it('every error number', () => {
    for (const { name, value, meaning } of errnos) {
      const found = bench.hover(`int f(void) { return errno == ‸${name}; }\n`);
      assert.equal(
        found,
        `\`\`\`c\n#define ${name} ${value}\n\`\`\`\n\nError number · \`<errno.h>\`\n\n${meaning}`,
      );
      bench.close();
    }
  });

  it('every type', () => {
    for (const { record } of types.values()) {
      const at = record.name.lastIndexOf(' ') + 1;
      const marked = `${record.name.slice(0, at)}‸${record.name.slice(at)}`;
      const found = bench.hover(`void f(void) { ${marked} *it; }\n`) ?? '';
      assert.ok(found.includes(record.meaning), record.name);
      assert.doesNotMatch(found, /undefined|NaN/, record.name);
      bench.close();
    }
  });

  it('every member of every type', () => {
    for (const { record } of types.values()) {
      for (const { declaration, meaning } of (record.declared === false ? [] : record.members) ?? []) {
        const name =
          /\(\s*\*\s*(\w+)\s*\)\s*\(/.exec(declaration)?.[1] ??
          /(\w+)\s*(?:\[[^\]]*\])*\s*(?::\s*\d+)?\s*;?\s*$/.exec(declaration)?.[1];
        assert.ok(name, declaration);
        const found = bench.hover(`void f(${record.name} *it) { (void) it->‸${name}; }\n`);
        assert.ok(found?.includes(meaning), `${record.name}.${name}: ${found}`);
        bench.close();
      }
    }
  });

  it('a member through values, pointers, arrays and other members', () => {
    for (const [declaration, use] of [
      ['struct sembuf op', 'op.‸sem_num = 0'],
      ['struct sembuf ops[3]', 'ops[1].‸sem_num = 0'],
      ['struct sembuf *op', '(*op).‸sem_num = 0'],
      ['struct msqid_ds d', 'd.msg_perm.‸mode = 0'],
      ['struct box { struct sembuf op; } *b', 'b->op.‸sem_num = 0'],
    ]) {
      const found = bench.hover(`void f(void) { ${declaration}; ${use}; }\n`);
      assert.match(found ?? '', /Member of `struct (sembuf|ipc_perm)`/, use);
    }
  });

  it('a member in an initialiser', () => {
    for (const text of [
      'void f(void) { struct sembuf op = { .‸sem_num = 0, .sem_op = -1 }; }',
      'void f(void) { struct sembuf op = { .sem_num = 0, .‸sem_op = -1 }; }',
      'void f(void) { use((struct sembuf){ .‸sem_num = 0 }); }',
      'void f(void) { struct sembuf ops[] = { { .‸sem_num = 0 } }; }',
      'static struct sembuf op = { .‸sem_num = 0 };',
    ]) {
      assert.match(bench.hover(text) ?? '', /Member of `struct sembuf`/, text);
    }
  });
});
