/** Loops, switch and goto: which of their statements are reached, and what is known there. */
import assert from 'node:assert/strict';
import { check } from './cases';
import { probes, useToolbox } from './support';

before(useToolbox);

describe('loops', () => {
  check([
    ['lose what changes in them', 'int a = 0; while (in) { probe(a); a = a + 1; } probe(a);', ['?', '?']],
    ['keep what does not', 'int a = 3; for (int i = 0; i < in; i++) probe(a); probe(a);', ['3', '3']],
    ['run at least once with do', 'int a = 0; do { a = 2; } while (in); probe(a);', ['2']],
    ['without end have nothing behind them', 'for (;;) g(); probe(1);', []],
    ['without end are left by break', 'int a = 1; while (1) { if (in) { a = 2; break; } } probe(a);', ['2']],
    [
      'go on at the update with continue',
      'int i; for (i = 0; i < 3; i++) { if (in) continue; g(); } probe(i);',
      ['?'],
    ],
    ['end with their condition false', 'while (in) g(); probe(in);', ['0']],
    ['nest', 'int a = 1; while (in) { for (;;) { if (p) break; a = 2; } } probe(a);', ['?']],
  ]);

  it('tell an object of this round from one of the round before', () => {
    assert.deepEqual(
      probes(
        'int old = -1; for (;;) { int a = open("x", 0); if (old != -1) probe(old); old = a; probe(old); }',
      ),
      ['?', 'open (descriptor)'],
    );
  });

  it('let a number that dup2 gives to a duplicate live on', () => {
    assert.deepEqual(probes('int a = open("x", 0), b = open("y", 0); dup2(a, b); probe(b);'), [
      'dup2 newfd (descriptor)',
    ]);
  });
});

describe('switch', () => {
  check([
    ['enters at each label', 'switch (in) { case 1: probe(1); break; case 2: probe(2); }', ['1', '2']],
    ['falls through', 'int a = 0; switch (in) { case 1: a = 1; case 2: probe(a); }', ['?']],
    ['does not run what stands before the first label', 'switch (in) { probe(0); case 1: probe(1); }', ['1']],
    ['may run nothing without default', 'int a = 1; switch (in) { case 1: a = 2; } probe(a);', ['?']],
    [
      'runs something with default',
      'int a = 1; switch (in) { case 1: a = 2; break; default: a = 2; } probe(a);',
      ['2'],
    ],
    [
      'enters in the middle of a loop',
      'int a = 1; switch (in) { case 0: a = 2; do { probe(a); case 1: g(); } while (g()); }',
      ['?'],
    ],
    [
      'enters inside conditional compilation',
      'switch (in) {\n#ifdef X\ncase 1: probe(1); break;\n#endif\ncase 2: probe(2); }',
      ['1', '2'],
    ],
    [
      'continues the loop around',
      'int a = 1; while (g()) { switch (in) { case 1: continue; } a = 2; } probe(a);',
      ['?'],
    ],
  ]);
});

describe('goto', () => {
  check([
    ['forward skips', 'int a = 1; goto out; a = 2; out: probe(a);', ['1']],
    ['forward joins', 'int a = 1; if (in) goto out; a = 2; out: probe(a);', ['?']],
    ['backward loops', 'int a = 1; again: probe(a); a = 2; if (in) goto again;', ['?']],
    ['to a place that is not there ends', 'goto nowhere; probe(1);', []],
    ['into a block works', 'goto in_block; if (in) { in_block: probe(1); }', ['1']],
  ]);
});
