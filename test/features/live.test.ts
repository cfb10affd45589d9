/** Hovers on calls with a constant name or key: which object they mean, and how it is told. */
import assert from 'node:assert/strict';
import { hover } from '../../server/features/hover';
import { liveText, withLive } from '../../server/features/live';
import type { KernelRow } from '../../server/protocol';
import { Bench } from './support';

let bench: Bench;
before(async () => {
  bench = await Bench.create();
});
after(() => bench.close());

const objectOf = (marked: string) => {
  const { document, offset } = bench.at(marked);
  return hover(document, offset)?.object;
};

describe('the object that a hovered call names', () => {
  const cases: [string, ReturnType<typeof objectOf>][] = [
    ['void f(void) { ‸mq_open("/jobs", O_RDONLY); }', { tables: ['posix-mq'], name: '/jobs' }],
    ['#define Q "/jobs"\nvoid f(void) { ‸mq_unlink(Q); }', { tables: ['posix-mq'], name: '/jobs' }],
    ['void f(void) { ‸shm_open("/board", O_RDWR, 0); }', { tables: ['posix-shm'], name: '/board' }],
    ['void f(void) { ‸sem_open("/turn", 0); }', { tables: ['posix-sem-named'], name: '/turn' }],
    ['void f(void) { key_t k = 0x2a; ‸msgget(k, 0600 | IPC_CREAT); }', { tables: ['sysv-msg'], key: 42 }],
    ['void f(void) { ‸mkfifo("/tmp/line", 0600); }', { tables: ['fifo'], name: '/tmp/line' }],
    ['void f(void) { ‸mkfifo("line", 0600); }', undefined],
    [
      'void f(void) { key_t k = ftok("/etc/passwd", \'J\'); if (k == -1) return; ‸shmget(k, 64, 0600); }',
      { tables: ['sysv-shm'], ftok: { path: '/etc/passwd', project: 74 } },
    ],
    [
      'void f(void) { const char *p = "/etc"; ‸ftok(p, 0x101); }',
      { tables: ['sysv-msg', 'sysv-shm', 'sysv-sem'], ftok: { path: '/etc', project: 1 } },
    ],
    ['void f(int which) { ‸msgget(ftok("/etc/passwd", which), 0600); }', undefined],
    ['void f(void) { ‸msgget(ftok("here.c", 1), 0600); }', undefined],
    ['void f(int x) { key_t k = x ? ftok("/a", 1) : ftok("/b", 1); ‸msgget(k, 0600); }', undefined],
    ['void f(void) { ‸msgget(IPC_PRIVATE, 0600); }', undefined],
    ['void f(const char *name) { ‸mq_open(name, O_RDONLY); }', undefined],
    ['void f(int fd, char *b) { ‸read(fd, b, 1); }', undefined],
  ];
  for (const [source, wanted] of cases) {
    it(`${source.replace('‸', '').replace(/\n/g, ' ')}`, () => {
      assert.deepEqual(objectOf(`${source}\n`), wanted);
    });
  }
});

describe('what is told of it', () => {
  const row: KernelRow = {
    ...{ id: 'posix-mq:/jobs', label: '/jobs', description: '3 messages', details: [], removable: true },
    owner: 'ana',
  };
  const name = { tables: ['posix-mq'], name: '/jobs' };

  it('that it exists, whose it is and who uses it', () => {
    const holders = [{ pid: 7, program: 'worker', role: 'has it open' }];
    assert.equal(
      liveText(name, { row: { ...row, holders } }),
      '**Now:** `/jobs` exists: 3 messages; owner ana; used by worker (7).',
    );
    assert.match(liveText(name, { row: { ...row, holders: [] } }), /nobody has it open now\.$/);
    assert.match(liveText(name, { row: { ...row, orphan: true } }), /created by nobody alive/);
  });

  it('that it does not exist', () => {
    assert.equal(liveText(name, {}), '**Now:** no object `/jobs` exists in the kernel.');
    assert.match(liveText({ tables: ['sysv-msg'], key: 42 }, {}), /`key 0x0000002a`/);
  });

  it('of a key that ftok makes: which it is, and that ftok fails without the file', () => {
    const made = { tables: ['sysv-msg'], ftok: { path: '/etc/passwd', project: 74 } };
    assert.equal(
      liveText(made, { key: 0x4afe1234 }),
      '**Now:** `ftok` gives `key 0x4afe1234`; no object `key 0x4afe1234` exists in the kernel.',
    );
    assert.equal(
      liveText(made, { key: 0x4afe1234, row: { ...row, holders: [] } }),
      '**Now:** `key 0x4afe1234`, which `ftok` makes of `/etc/passwd` and 74, exists: 3 messages; owner ana; nobody has it open now.',
    );
    assert.match(liveText(made, {}), /`\/etc\/passwd` does not exist .* `ftok` fails\.$/);
  });

  it('and nothing of it becomes Markdown', () => {
    const told = liveText(name, { row: { ...row, owner: '[x](command:evil)' } });
    assert.ok(told.includes('\\[x\\](command:evil)'), told);
  });

  it('stands below the prototype', () => {
    assert.equal(withLive('```c\nint f(void);\n```\n\nrest\n\nmore', 'LIVE').split('\n\n')[1], 'LIVE');
  });
});
