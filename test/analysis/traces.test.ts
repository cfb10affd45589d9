/** Functions that leave everything as they found it: after some walks they are passed over, and what they did keeps no paths apart. */
import assert from 'node:assert/strict';
import { bearingOf } from '../../server/analysis/bearing';
import { FileContext } from '../../server/analysis/context';
import { Interpreter } from '../../server/analysis/interpreter';
import { NeverReturns } from '../../server/analysis/never-returns';
import { SourceFile } from '../../server/c/source-file';
import { Symbols } from '../../server/c/symbols';
import { hear, probes, useToolbox } from './support';

let toolbox: Awaited<ReturnType<typeof useToolbox>>;
before(async () => {
  toolbox = await useToolbox();
});

/** How often a walk through the last function of a text tells of a call, wherever it stands. */
function told(text: string, name: string): number {
  const file = new SourceFile(toolbox.parser, text);
  const context = new FileContext(toolbox, Symbols.of(file.items));
  const item = file.items.at(-1)?.item;
  assert.ok(item?.kind === 'function');
  let count = 0;
  new Interpreter(context.scopeOf(item), {
    listener: {
      call: (event) => {
        if (event.name === name) count++;
      },
    },
    neverReturns: NeverReturns.in(context).test,
    scopeOf: (callee) => context.callee(callee),
    bearingOf,
  }).run();
  file.dispose();
  return count;
}

const log = 'void note(void) { int fd = open("log", 1); if (fd != -1) { write(fd, "x", 1); close(fd); } }';
const often = (call: string) => `${call} `.repeat(20);

describe('a walk into a function', () => {
  it('is told once, when control arrives again with nothing else known', () => {
    const waits = 'void pass(void) { sleep(1); kill(1, 15); }';
    const twoWays = 'int ask(void) { int fd = open("a", 0); if (fd == -1) return 1; close(fd); return 2; }';
    const calls = 'void f(void) { int answer = ask(); answer = 0; pass(); }';
    assert.equal(told(`${waits} ${twoWays} ${calls}`, 'kill'), 1);
  });
});

describe('a function that is called everywhere', () => {
  it('is walked into a few times when it leaves no trace', () => {
    assert.equal(told(`${log} void f(void) { ${often('note();')} }`, 'note'), 20);
    assert.equal(told(`${log} void f(void) { ${often('note();')} }`, 'open'), 5);
  });

  it('is walked into every time when it keeps something', () => {
    const keeps = 'int last; void note(void) { last = open("log", 1); }';
    assert.equal(told(`${keeps} void f(void) { ${often('note();')} }`, 'open'), 20);
  });

  it('is walked into every time when it gets something that is followed', () => {
    const writes = 'void note(int fd) { write(fd, "x", 1); int own = open("log", 1); close(own); }';
    const calls = told(`${writes} void f(void) { int fd = open("a", 1); ${often('note(fd);')} }`, 'write');
    assert.equal(calls, 20);
  });

  it('is walked into every time when it turns out late that it leaves a trace', () => {
    const late = `int last; void note(int n) { int fd = open("log", 1); close(fd); if (n == 7) last = open("b", 1); }`;
    const calls = `${often('note(1);')} note(7); probe(last);`;
    assert.deepEqual(probes(calls, late), ['open (descriptor)']);
  });

  it('is taken to change numbers that all functions see', () => {
    const text = `int n; ${log} void f(void) { n = 3; ${often('note();')} probe(n); }`;
    assert.deepEqual(hear(text, { bearingOf }).probes, ['?']);
  });
});

describe('what a helper did', () => {
  it('keeps no paths apart once it is over', () => {
    const before = `int fd; ${log}`;
    // Twelve calls would make more paths than are kept apart, and what is known of `a` and `b` together would be lost.
    const body = `int a = in ? 1 : 2; ${'note(); '.repeat(12)} if (a == 1) probe(a);`;
    assert.deepEqual(probes(body, before), ['1']);
  });

  it('is kept while the object lives', () => {
    const opens = 'int made(void) { int fd = open("a", 0); if (fd == -1) return -1; return fd; }';
    assert.deepEqual(probes('int fd = made(); if (fd == -1) return; probe(fd);', opens), [
      'open (descriptor)',
    ]);
  });
});
