import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Toolbox } from '../../server/analysis/context';
import { loadParser } from '../../server/c/parser';
import { SourceFile } from '../../server/c/source-file';
import { decode, disk, type Files, readText } from '../../server/workspace/files';
import { Headers } from '../../server/workspace/headers';

let toolbox: Toolbox;
let folder: string;
before(async () => {
  toolbox = new Toolbox(await loadParser());
});
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ipcl-h-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string | Uint8Array): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** What the macro VALUE is in a file, seen through its includes. */
function valueIn(headers: Headers, text: string, file = path.join(folder, 'src/main.c')): string | undefined {
  const source = new SourceFile(toolbox.parser, text);
  try {
    return headers
      .of(file, source.items)
      .map((symbols) => symbols.macro('VALUE')?.body)
      .filter((body) => body !== undefined)
      .at(-1);
  } finally {
    source.dispose();
  }
}

const define = (value: string | number) => `#define VALUE ${value}\n`;
const include = '#include "x.h"\n';

describe('headers', () => {
  const made = (folders: string[] = []) =>
    new Headers(toolbox.parser, disk, () => folders.map((name) => path.join(folder, name)));

  it('are found beside the including file, before the include folders', () => {
    write('src/x.h', define('beside'));
    write('inc/x.h', define('folder'));
    assert.equal(valueIn(made(['inc']), include), 'beside');
  });

  it('are found in the include folders in their order', () => {
    write('one/x.h', define(1));
    write('two/x.h', define(2));
    assert.equal(valueIn(made(['two', 'one']), include), '2');
    assert.equal(valueIn(made(['none', 'one', 'two']), include), '1');
  });

  it('are found in angle brackets and by a path with folders and dots', () => {
    write('inc/net/x.h', define('deep'));
    assert.equal(valueIn(made(['inc']), '#include <net/x.h>\n'), 'deep');
    assert.equal(valueIn(made(), '#include "../inc/net/x.h"\n'), 'deep');
    assert.equal(valueIn(made(['inc/net']), '#include "../net/./x.h"\n'), 'deep');
  });

  it('are found beside the header that includes them', () => {
    write('src/a.h', '#include "sub/b.h"\n');
    write('src/sub/b.h', '#include "x.h"\n');
    write('src/sub/x.h', define('below'));
    assert.equal(valueIn(made(), '#include "a.h"\n'), 'below');
  });

  it('are found by name among those of the project, by as much of the path as the include says', () => {
    const headers = made();
    headers.know([write('a/net/x.h', define('net')), write('b/ipc/x.h', define('ipc'))]);
    assert.equal(valueIn(headers, '#include "net/x.h"\n'), 'net');
    assert.equal(valueIn(headers, '#include "ipc/x.h"\n'), 'ipc');
    assert.equal(valueIn(headers, '#include "pc/x.h"\n'), undefined, 'whole names only');
  });

  it('of the system are not found by name: what a project keeps is for systems without them', () => {
    const headers = made();
    headers.know([write('os/other/sys/mman.h', define('other')), write('os/other/own.h', define('own'))]);
    assert.equal(valueIn(headers, '#include <sys/mman.h>\n'), undefined);
    assert.equal(valueIn(headers, '#include "sys/mman.h"\n'), 'other', 'in quotes it is meant');
    assert.equal(valueIn(headers, '#include <own.h>\n'), 'own');
    assert.equal(valueIn(made(['os/other']), '#include <sys/mman.h>\n'), 'other', 'the folder says so');
  });

  it('of one name are ambiguous, until one is gone', () => {
    const headers = made();
    const first = write('a/x.h', define('a'));
    headers.know([first, write('b/x.h', define('b'))]);
    assert.equal(valueIn(headers, include), undefined);
    rmSync(first);
    headers.refresh();
    assert.equal(valueIn(headers, include), 'b');
  });

  it('of one name are taken where they are copies, or where one lies nearer', () => {
    const headers = made();
    headers.know([write('a/x.h', define('a')), write('b/x.h', define('a'))]);
    assert.equal(valueIn(headers, include), 'a', 'copies');
    headers.know([write('src/part/inner/y.h', define('near')), write('b/y.h', define('far'))]);
    assert.equal(valueIn(headers, '#include "y.h"\n'), 'near', 'below the same folder as the file');
    headers.know([write('c/z.h', define('c')), write('lib/z.h', define('lib')), write('d/z.h', define('d'))]);
    assert.equal(valueIn(headers, '#include "z.h"\n'), 'lib', 'a folder that is there for the others');
  });

  it('written from an include folder that nobody has named are found by what stands below it', () => {
    const headers = made();
    headers.know([write('include/net/w.h', define('w')), write('other/w.h', define('other'))]);
    assert.equal(valueIn(headers, '#include "../include/net/w.h"\n'), 'w');
  });

  it('that were forgotten are not found by name', () => {
    const headers = made();
    headers.know([write('a/x.h', define('a'))]);
    assert.equal(valueIn(headers, include), 'a');
    headers.forget();
    assert.equal(valueIn(headers, include), undefined);
  });

  it('have the last word in the order in which a compiler reads them', () => {
    write('src/x.h', `#include "y.h"\n${define('x')}`);
    write('src/y.h', define('y'));
    write('src/z.h', define('z'));
    assert.equal(valueIn(made(), include), 'x');
    assert.equal(valueIn(made(), '#include "y.h"\n#include "z.h"\n'), 'z');
    assert.equal(valueIn(made(), '#include "z.h"\n#include "y.h"\n'), 'y');
    assert.equal(valueIn(made(), '#include "y.h"\n#include "x.h"\n'), 'x');
  });

  it('may go round in circles', () => {
    write('src/x.h', `#include "y.h"\n#include "x.h"\n#include "main.c"\n${define('x')}`);
    write('src/y.h', '#include "x.h"\n');
    write('src/main.c', define('main'));
    assert.equal(valueIn(made(), include), 'x');
  });

  it('end after a depth', () => {
    for (let i = 0; i < 40; i++) write(`src/h${i}.h`, `#include "h${i + 1}.h"\n`);
    write('src/h40.h', define('far'));
    assert.equal(valueIn(made(), '#include "h30.h"\n'), 'far');
    assert.equal(valueIn(made(), '#include "h0.h"\n'), undefined);
  });

  it('are the same objects as long as nothing changed, and others after that', () => {
    const headers = made();
    const file = write('src/x.h', define(1));
    const source = new SourceFile(toolbox.parser, include);
    const main = path.join(folder, 'src/main.c');
    const [first] = headers.of(main, source.items);
    headers.refresh();
    assert.equal(headers.of(main, source.items)[0], first);
    writeFileSync(file, define(22));
    assert.equal(
      headers.of(main, source.items)[0],
      first,
      'until somebody says that a header may have changed',
    );
    headers.refresh();
    assert.notEqual(headers.of(main, source.items)[0], first);
    assert.equal(valueIn(headers, include), '22');
    source.dispose();
  });

  it('are read again when only their time changed', () => {
    const headers = made();
    const file = write('src/x.h', define(1));
    assert.equal(valueIn(headers, include), '1');
    writeFileSync(file, define(2));
    utimesSync(file, new Date(), new Date(Date.now() + 10_000));
    headers.refresh();
    assert.equal(valueIn(headers, include), '2');
  });

  it('in Latin-1 are read byte by byte', () => {
    write('src/x.h', Buffer.from(`/* caf\xe9 */\n${define('1')}`, 'latin1'));
    assert.equal(valueIn(made(), include), '1');
    assert.equal(decode(Buffer.from('caf\xe9', 'latin1')), 'caf\xe9');
    assert.equal(decode(Buffer.from('café 😀')), 'café 😀');
  });

  it('that are no files are passed over: folders, FIFOs, devices, dangling links', function () {
    this.timeout(5000);
    mkdirSync(path.join(folder, 'src/x.h'), { recursive: true });
    execFileSync('mkfifo', [path.join(folder, 'src/fifo.h')]);
    symlinkSync('/dev/zero', path.join(folder, 'src/zero.h'));
    symlinkSync('nowhere', path.join(folder, 'src/dangling.h'));
    write('inc/x.h', define('folder'));
    const text =
      '#include "fifo.h"\n#include "zero.h"\n#include "dangling.h"\n#include "."\n#include ""\n#include "x.h"\n';
    assert.equal(valueIn(made(['inc']), text), 'folder');
    assert.equal(disk.read(path.join(folder, 'src/fifo.h')), undefined);
    assert.equal(disk.read(path.join(folder, 'none')), undefined);
    assert.equal(readText(path.join(folder, 'src')), undefined);
  });

  it('whose names cannot be names are passed over', () => {
    write('src/x.h', define('x'));
    symlinkSync('loop.h', path.join(folder, 'src/loop.h'));
    for (const name of ['a'.repeat(300), 'a/'.repeat(3000), 'a\0b', 'loop.h', 'x.h/y.h']) {
      assert.equal(
        valueIn(made(['inc']), `${include}#include "${name}"\n`),
        'x',
        JSON.stringify(name.slice(0, 20)),
      );
    }
  });

  it('of two megabytes and more are nothing that anybody wrote', () => {
    write('src/x.h', define(1) + ' '.repeat(2_000_001));
    assert.equal(valueIn(made(), include), undefined);
  });

  it('of a document without a place on disk are looked for in the include folders only', () => {
    write('inc/x.h', define('folder'));
    assert.equal(valueIn(made(['inc']), include, 'untitled:Untitled-1'), 'folder');
  });

  it('may come from anywhere: open documents stand before the disk', () => {
    const file = write('src/x.h', define('disk'));
    const open = new Map([[file, define('open')]]);
    const files: Files = {
      mark: (name) => open.get(name) ?? disk.mark(name),
      read: (name) => open.get(name) ?? disk.read(name),
    };
    const headers = new Headers(toolbox.parser, files);
    assert.equal(valueIn(headers, include), 'open');
    open.delete(file);
    headers.refresh();
    assert.equal(valueIn(headers, include), 'disk');
  });
});
