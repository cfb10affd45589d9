import assert from 'node:assert/strict';
import { unsplit } from '../../server/c/split-branches';

/** Lines, without those that are blank, after the text has been shown to be as long as before. */
function read(text: string): string[] {
  const result = unsplit(text);
  assert.equal(result.length, text.length);
  assert.deepEqual(result.match(/\n/g), text.match(/\n/g));
  return result
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

describe('statements that conditional compilation cuts', () => {
  it('leaves whole statements alone', () => {
    const text = '#ifdef A\n  if (a())\n    b();\n#else\n  while (c()) {\n  }\n#endif\n  d();\n';
    assert.equal(unsplit(text), text);
  });

  it('leaves enumerators, members and values alone', () => {
    const text = 'enum e {\n  A,\n#ifdef X\n  B,\n#endif\n  C\n};\nint v[] = { 1,\n#if X\n  2,\n#endif\n};\n';
    assert.equal(unsplit(text), text);
  });

  it('takes one head of a statement', () => {
    const text = '#ifdef HAVE_A\n  if (a())\n#else\n  if (b())\n#endif\n  {\n    c();\n  }\n';
    assert.deepEqual(read(text), ['if (a())', '{', 'c();', '}']);
  });

  it('takes the one of Linux', () => {
    assert.deepEqual(read('#ifdef __APPLE__\n  if (a()) {\n#else\n  if (b()) {\n#endif\n  c(); }\n'), [
      'if (b()) {',
      'c(); }',
    ]);
    assert.deepEqual(
      read('#if 0\n  if (a()) {\n#elif defined(__linux__)\n  if (b()) {\n#else\n  {\n#endif\n }\n'),
      ['if (b()) {', '}'],
    );
    assert.deepEqual(read('#ifndef _WIN32\n  if (a())\n#endif\n  b();\n'), ['if (a())', 'b();']);
    assert.deepEqual(read('#ifdef _WIN32\n  if (a())\n#endif\n  b();\n'), ['b();']);
  });

  it('takes a further branch of a chain', () => {
    const text = '  if (a) {\n    b();\n#ifdef X\n  } else if (c) {\n    d();\n#endif\n  }\n';
    assert.deepEqual(read(text), ['if (a) {', 'b();', '} else if (c) {', 'd();', '}']);
    assert.deepEqual(read('  if (a)\n    b();\n#ifdef X\n  else if (c)\n    d();\n#endif\n'), [
      'if (a)',
      'b();',
      'else if (c)',
      'd();',
    ]);
  });

  it('takes a part of a condition', () => {
    assert.deepEqual(read('  if (a ||\n#ifdef X\n      b ||\n#endif\n      c)\n    d();\n'), [
      'if (a ||',
      'b ||',
      'c)',
      'd();',
    ]);
  });

  it('takes one head of a function', () => {
    assert.deepEqual(read('#ifdef __STDC__\nint f(int a)\n#else\nint f(a) int a;\n#endif\n{\n}\n'), [
      'int f(int a)',
      '{',
      '}',
    ]);
  });

  it('looks into blocks in blocks, and not into comments and quotes', () => {
    const inner = '#ifdef A\n#ifdef B\n  if (a()) {\n#else\n  if (b()) {\n#endif\n    c();\n  }\n#endif\n';
    assert.deepEqual(read(inner), ['#ifdef A', 'if (a()) {', 'c();', '}', '#endif']);
    const quoted = '#ifdef A\n  a("{"); /* if ( */\n#else\n  b(\'(\'); // }\n#endif\n';
    assert.equal(unsplit(quoted), quoted);
  });

  it('gives up where nothing fits', () => {
    for (const text of [
      '#endif\n',
      '#else\n#endif\n',
      '#ifdef A\nif (a) {\n',
      '#if\n{\n#elif\n#else\n#endif',
    ])
      assert.equal(unsplit(text).length, text.length);
  });
});
