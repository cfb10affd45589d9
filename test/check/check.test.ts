import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const cli = path.join(root, 'dist', 'cli.js');

let folder: string;
before(() => {
  if (!existsSync(cli))
    execFileSync(process.execPath, [path.join(root, 'scripts/build.mjs'), '--no-native'], { cwd: root });
});
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ipcl-c-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string | Uint8Array): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

interface Outcome {
  status: number;
  out: string;
  err: string;
}

function ipcLens(args: string[], cwd = folder): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], { cwd, encoding: 'utf8', maxBuffer: 1e9 }, (error, out, err) =>
      resolve({ status: error ? Number(error.code) : 0, out, err }),
    );
  });
}

const rule = 'socket/byte-order';
const bad = (port = '8080') =>
  `#include <arpa/inet.h>\nvoid f(struct sockaddr_in *a) {\n  a->sin_port = ${port};\n}\n`;
const good = bad('htons(8080)');

describe('ipc-lens check', function () {
  this.timeout(30_000);

  it('ends with 0 and finds nothing in a good file', async () => {
    write('good.c', good);
    assert.deepEqual(await ipcLens(['check', 'good.c']), {
      status: 0,
      out: '0 findings in 1 file.\n',
      err: '',
    });
  });

  it('ends with 1 and shows each finding with its line', async () => {
    write('bad.c', bad());
    const { status, out, err } = await ipcLens(['check', 'bad.c']);
    assert.equal(status, 1);
    assert.equal(err, '');
    const [heading, line, ...rest] = out.split('\n');
    assert.match(heading ?? '', /^bad\.c:3:17: error: .* \[socket\/byte-order\]$/);
    assert.equal(line, '    a->sin_port = 8080;');
    assert.equal(rest.at(-2), '1 finding in 1 file.');
  });

  it('counts columns as editors do', async () => {
    for (const [name, text, column] of [
      ['emoji.c', bad().replace('  a->', '  /* 😀é */ a->'), 27],
      ['crlf.c', bad().replace(/\n/g, '\r\n'), 17],
      ['bom.c', `\ufeff${bad()}`, 17],
    ] as const) {
      write(name, text);
      const { out } = await ipcLens(['check', name]);
      assert.ok(out.startsWith(`${name}:3:${column}: `), out);
    }
    write('latin.c', Buffer.from(bad().replace('  a->', '  /* \xe9\xff */ a->'), 'latin1'));
    assert.match((await ipcLens(['check', 'latin.c'])).out, /^latin\.c:3:26: /);
  });

  it('finds the same in any number of threads', async () => {
    write('project.h', '#include <arpa/inet.h>\nvoid close_it(int fd);\n');
    write('project.c', '#include <unistd.h>\nvoid close_it(int fd) { close(fd); }\n');
    for (let i = 0; i < 30; i++) {
      const use = 'int g(char *b) {\n  int fd = socket(2, 1, 0);\n  if (fd < 0) return 1;\n  close_it(fd);\n';
      write(`f${i}.c`, `#include "project.h"\n${bad()}${use}  return read(fd, b, 1);\n}\n`);
    }
    const outcomes = await Promise.all(['1', '2', '5'].map((n) => ipcLens(['check', '.', '--jobs', n])));
    const [first] = outcomes;
    assert.match(first?.out ?? '', /^60 findings in 31 files\.$/m);
    for (const outcome of outcomes) assert.deepEqual(outcome, first);
  });

  it('says what was not understood in the same order in any number of threads', async () => {
    for (const [i, name] of ['a', 'b', 'c', 'd'].entries()) {
      write(`${name}/.ipc-lens.json`, `{ "preset": "loud", "rules": { "socket/none-${i}": "off" } }`);
      for (let file = 0; file < 8; file++) write(`${name}/f${file}.c`, good);
    }
    const outcomes = await Promise.all(['1', '2', '5'].map((n) => ipcLens(['check', '.', '--jobs', n])));
    const [first] = outcomes;
    assert.deepEqual(
      first?.err.match(/\/[a-d]\/|none-\d|must be/g)?.join(' '),
      ['a', 'b', 'c', 'd'].map((name, i) => `/${name}/ must be /${name}/ none-${i}`).join(' '),
    );
    for (const outcome of outcomes) assert.deepEqual(outcome, first);
  });

  it('says what a number of threads may be', async () => {
    for (const jobs of ['0', 'many', '-1', '1.5', '100']) {
      const { status, err } = await ipcLens(['check', '.', `--jobs=${jobs}`]);
      assert.equal(status, 2);
      assert.ok(err.startsWith(`The number of jobs must be a number from 1 to 99, not "${jobs}".\n`), err);
    }
  });

  it('gives JSON on request', async () => {
    const file = write('bad.c', bad());
    const { status, out } = await ipcLens(['check', '--format', 'json', 'bad.c']);
    assert.equal(status, 1);
    const { findings, files, problems } = JSON.parse(out) as {
      findings: Record<string, unknown>[];
      files: number;
      problems: string[];
    };
    assert.equal(files, 1);
    assert.deepEqual(problems, []);
    const [{ message, related, ...found } = {}] = findings;
    assert.deepEqual(found, {
      file,
      line: 3,
      column: 17,
      rule,
      severity: 'error',
      source: 'a->sin_port = 8080;',
    });
    assert.ok(typeof message === 'string' && message.length > 20 && Array.isArray(related));
  });

  it('gives SARIF on request', async () => {
    write('sarif.c', bad());
    const { status, out } = await ipcLens(['check', '--format', 'sarif', 'sarif.c']);
    assert.equal(status, 1);
    const [run] = JSON.parse(out).runs;
    const [result] = run.results;
    assert.equal(JSON.parse(out).version, '2.1.0');
    assert.equal(run.tool.driver.rules[result.ruleIndex].id, result.ruleId);
    assert.ok(['error', 'warning', 'note'].includes(result.level));
    const { artifactLocation, region } = result.locations[0].physicalLocation;
    assert.equal(artifactLocation.uri, 'sarif.c');
    assert.deepEqual(region, { startLine: 3, startColumn: 17 });
  });

  it('gives JSON of the whole with thousands of findings', async () => {
    write('many.c', Array.from({ length: 3000 }, (_, i) => bad().replace('void f', `void f${i}`)).join(''));
    const { status, out } = await ipcLens(['check', '--format=json', 'many.c']);
    assert.equal(status, 1);
    assert.equal((JSON.parse(out) as { findings: unknown[] }).findings.length, 3000);
  });

  it('goes through folders, each file once, without hidden ones and links', async () => {
    write('src/a.c', bad());
    write('src/deep/b.c', good);
    write('src/.hidden/c.c', bad());
    write('src/notes.txt', bad());
    symlinkSync('..', path.join(folder, 'src/deep/up'));
    const { status, out } = await ipcLens(['check', 'src', 'src/a.c', './src/../src/a.c']);
    assert.equal(status, 1);
    assert.match(out, /^src\/a\.c:3:17: /);
    assert.match(out, /\n1 finding in 2 files\.\n$/);
  });

  it('checks what headers define, and passes over those that only declare or are of another language', async () => {
    write('port.h', bad());
    write('named.h', 'struct port;\nint named(struct port *p);\n#define CALL(p) (named(p))\n');
    write('other.h', `class Port {\n};\n${bad('0x50')}`);
    write('main.c', '#include "port.h"\n#include "named.h"\nint main(void) { return 0; }\n');
    const { status, out } = await ipcLens(['check', '.']);
    assert.equal(status, 1);
    assert.match(out, /^port\.h:3:17: error: .* \[socket\/byte-order\]$/m);
    assert.match(out, /^1 finding in 2 files\.$/m);
  });

  it('checks any file that is named, and shows files elsewhere by their whole path', async () => {
    const file = write('elsewhere/bad.inc', bad());
    mkdirSync(path.join(folder, 'here'));
    const { out } = await ipcLens(['check', '../elsewhere/bad.inc'], path.join(folder, 'here'));
    assert.ok(out.startsWith(`${file}:3:17: `), out);
  });

  it('ends with 2 for what it cannot read, and checks the rest', async () => {
    write('bad.c', bad());
    mkdirSync(path.join(folder, 'empty'));
    execFileSync('mkfifo', [path.join(folder, 'fifo.c')]);
    for (const [name, reason] of [
      ['none.c', 'no such file or folder'],
      ['empty', 'no C files'],
      ['fifo.c', 'neither a file nor a folder'],
      ['/dev/null', 'neither a file nor a folder'],
      ['a'.repeat(5000), 'no such file or folder'],
    ] as const) {
      const { status, out, err } = await ipcLens(['check', name, 'bad.c']);
      assert.equal(status, 2, name);
      assert.ok(err.includes(reason) && err.split('\n').length === 2, err);
      assert.match(out, /1 finding in 1 file/);
    }
  });

  it('finds headers beside, by -I, by compile_commands.json and by name', async () => {
    const main =
      '#include "config.h"\n#include <arpa/inet.h>\nvoid f(struct sockaddr_in *a) { a->sin_port = PORT; }\n';
    write('src/main.c', main);
    const wrong = '#define PORT 8080\n';
    assert.equal((await ipcLens(['check', 'src'])).status, 0);
    write('inc/config.h', wrong);
    assert.equal((await ipcLens(['check', 'src'])).status, 0);
    for (const args of [
      ['-Iinc', 'src'],
      ['-I', 'inc', 'src/main.c'],
      ['-I', 'none', '-I', 'inc', 'src'],
      ['--include', 'inc', 'src'],
      ['.'],
    ]) {
      assert.equal((await ipcLens(['check', ...args])).status, 1, args.join(' '));
    }
    write(
      'compile_commands.json',
      JSON.stringify([{ directory: folder, file: 'src/main.c', command: 'cc -Iinc' }]),
    );
    assert.equal((await ipcLens(['check', 'src'])).status, 1);
    assert.equal((await ipcLens(['check', 'src/main.c'])).status, 1);
    write('src/config.h', '#define PORT htons(8080)\n');
    assert.equal((await ipcLens(['check', '-Iinc', 'src'])).status, 0, 'beside comes first');
  });

  it('finds headers of the whole working copy that a folder is a part of', async () => {
    write(
      'copy/src/main.c',
      '#include "port.h"\n#include <arpa/inet.h>\nvoid f(struct sockaddr_in *a) { a->sin_port = PORT; }\n',
    );
    write('copy/include/port.h', '#define PORT 8080\n');
    assert.equal((await ipcLens(['check', 'copy/src'])).status, 0);
    write('copy/.git/HEAD', 'ref: refs/heads/main\n');
    assert.equal((await ipcLens(['check', 'copy/src'])).status, 1);
    assert.equal((await ipcLens(['check', 'copy/src/main.c'])).status, 1);
  });

  it('knows which lock a function of a header takes', async () => {
    write(
      'locks/lock.h',
      '#include <semaphore.h>\nstatic inline int take(sem_t *sem) { return sem_trywait(sem) == 0; }\n',
    );
    const user = (name: string) =>
      `static void ${name}(struct table *table) {\n  if (take(table->sem)) {\n    table->count++;\n    sem_post(table->sem);\n  }\n}\n`;
    write(
      'locks/main.c',
      `#include "lock.h"\nstruct table { sem_t *sem; int count; };\n${user('one')}${user('two')}void all(struct table *t) { one(t); two(t); }\n`,
    );
    assert.equal((await ipcLens(['check', 'locks'])).status, 0);
  });

  it('takes the preset from the command line before that of the project', async () => {
    const { rules } = await import('../../server/rules/registry');
    const quiet = rules.find(({ meta }) => meta.preset !== 'recommended');
    for (const preset of ['recommended', 'strict', 'teaching']) {
      write('bad.c', bad());
      assert.equal((await ipcLens(['check', '--preset', preset, 'bad.c'])).status, 1, preset);
    }
    if (quiet) {
      write('bad.c', quiet.meta.example.bad);
      const found = async (args: string[]) =>
        (await ipcLens(['check', ...args])).out.includes(`[${quiet.meta.id}]`);
      assert.equal(await found(['bad.c']), false);
      assert.equal(await found(['--preset', 'teaching', 'bad.c']), true);
      write('.ipc-lens.json', '{ "preset": "teaching" }');
      assert.equal(await found(['bad.c']), true);
      assert.equal(await found(['--preset=recommended', 'bad.c']), false);
    }
  });

  it('reads the nearest .ipc-lens.json above each file', async () => {
    write('.ipc-lens.json', JSON.stringify({ rules: { 'socket/*': 'off' } }));
    write('src/a.c', bad());
    write('src/own/b.c', bad());
    write('src/own/.ipc-lens.json', JSON.stringify({ rules: { [rule]: 'hint' } }));
    const { status, out } = await ipcLens(['check', 'src']);
    assert.equal(status, 1);
    assert.match(out, /^src\/own\/b\.c:3:17: hint: /);
    assert.match(out, /\n1 finding in 2 files\.\n$/);
    assert.equal((await ipcLens(['check', 'src/a.c'])).status, 0);
    assert.equal((await ipcLens(['check', 'a.c'], path.join(folder, 'src'))).status, 0);
  });

  it('says once what is wrong in .ipc-lens.json, and ends with 2', async () => {
    write('.ipc-lens.json', '{ "preset": "loud" }');
    write('a.c', good);
    write('x/b.c', good);
    const { status, err } = await ipcLens(['check', '.']);
    assert.equal(status, 2);
    assert.match(err, /^\S*\/\.ipc-lens\.json: "preset" must be one of .*\.\n$/);
  });

  it('says which rules of .ipc-lens.json there are not, with the place, and counts the rest', async () => {
    write('.ipc-lens.json', '{\n  "rules": { "socket/byte-oder": "off", "handle/*": "hint" }\n}\n');
    write('bad.c', bad());
    const { status, out, err } = await ipcLens(['check', 'bad.c']);
    assert.equal(status, 2);
    assert.match(out, /\[socket\/byte-order\]/);
    assert.match(
      err,
      /^\S*\/\.ipc-lens\.json:2:15: There is no rule "socket\/byte-oder".*"socket\/byte-order"\?\n$/,
    );
  });

  it('says which rules of a comment there are not', async () => {
    write('bad.c', bad().replace('  a->', '  // ipc-lens-disable-next-line socket/byte-oder\n  a->'));
    const { status, out } = await ipcLens(['check', 'bad.c']);
    assert.equal(status, 1);
    assert.match(out, /bad\.c:3:33: warning: There is no rule "socket\/byte-oder"/);
    assert.match(out, /\n2 findings in 1 file\.\n$/);
  });

  it('obeys comments that silence', async () => {
    write('bad.c', bad().replace('  a->', `  // ipc-lens-disable-next-line ${rule} -- a test\n  a->`));
    assert.equal((await ipcLens(['check', 'bad.c'])).status, 0);
  });

  it('checks a file of any size', async () => {
    write('big.c', `${bad()}${'/* much text */\n'.repeat(200_000)}`);
    assert.equal((await ipcLens(['check', 'big.c'])).status, 1);
  });

  it('explains itself', async () => {
    for (const args of [['check', '--help'], ['check', '-h', 'none.c'], ['--help'], ['-h']]) {
      const { status, out, err } = await ipcLens(args);
      assert.equal(status, 0);
      assert.match(
        out,
        args[0] === 'check' ? /^Usage: ipc-lens check / : /^Usage: ipc-lens [\s\S]*\bcheck\b/,
      );
      assert.equal(err, '');
    }
  });

  it('ends with 2 and its usage when it is called wrongly', async () => {
    write('a.c', good);
    for (const [args, complaint] of [
      [[], /command is missing/],
      [['fix', 'a.c'], /no command "fix"/],
      [['check'], /at least one file/],
      [['check', '--format', 'xml', 'a.c'], /one of text, json, sarif, not "xml"/],
      [['check', '--preset', 'loud', 'a.c'], /recommended, strict, teaching, not "loud"/],
      [['check', '--no-such', 'a.c'], /--no-such/],
      [['check', 'a.c', '-I'], /-I/],
      [['check', '-x', 'a.c'], /-x/],
    ] as const) {
      const { status, out, err } = await ipcLens([...args]);
      assert.equal(status, 2, args.join(' '));
      assert.equal(out, '');
      assert.match(err, complaint);
      assert.match(err, /\n\nUsage: ipc-lens check /);
    }
  });

  it('ends quietly when nobody reads its output any more', async () => {
    write('many.c', Array.from({ length: 3000 }, (_, i) => bad().replace('void f', `void f${i}`)).join(''));
    const command = `"$0" "$1" check many.c | head -1; exit "\${PIPESTATUS[0]}"`;
    const outcome = await new Promise<Outcome>((resolve) => {
      execFile(
        'bash',
        ['-c', command, process.execPath, cli],
        { cwd: folder, encoding: 'utf8' },
        (error, out, err) => resolve({ status: error ? Number(error.code) : 0, out, err }),
      );
    });
    assert.equal(outcome.err, '');
    assert.equal(outcome.status, 1);
    assert.match(outcome.out, /^many\.c:3:/);
  });

  it('ends with 2 when its output cannot be written', async function () {
    if (!existsSync('/dev/full')) this.skip();
    write('good.c', good);
    const command = '"$0" "$1" check good.c > /dev/full';
    const outcome = await new Promise<Outcome>((resolve) => {
      execFile(
        'bash',
        ['-c', command, process.execPath, cli],
        { cwd: folder, encoding: 'utf8' },
        (error, out, err) => resolve({ status: error ? Number(error.code) : 0, out, err }),
      );
    });
    assert.equal(outcome.status, 2);
    assert.match(outcome.err, /^ipc-lens: the output cannot be written: .*\n$/);
  });
});
