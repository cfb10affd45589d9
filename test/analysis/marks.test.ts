/** Notes that rules set while the walk goes on, and functions taken as values. */
import assert from 'node:assert/strict';
import { FileContext } from '../../server/analysis/context';
import { Interpreter } from '../../server/analysis/interpreter';
import { SourceFile } from '../../server/c/source-file';
import { Symbols } from '../../server/c/symbols';
import { useToolbox } from './support';

let toolbox: Awaited<ReturnType<typeof useToolbox>>;
before(async () => {
  toolbox = await useToolbox();
});

/** What the note says at each call of `probe`, when calls of `set` and `unset` write it down. */
function notesAt(text: string): { notes: string[]; targets: (string | undefined)[] } {
  const file = new SourceFile(toolbox.parser, text);
  const context = new FileContext(toolbox, Symbols.of(file.items));
  const item = file.items.at(-1)?.item;
  assert.ok(item?.kind === 'function');
  const notes = new Set<string>();
  const targets: (string | undefined)[] = [];
  new Interpreter(context.scopeOf(item), {
    neverReturns: () => false,
    scopeOf: (name) => context.callee(name),
    listener: {
      mark({ name, path }) {
        if (name === 'set' || name === 'unset') path.setNote('test/state', name);
      },
      call(event) {
        if (event.name !== 'probe') return;
        notes.add(String(event.path.note('test/state')));
        targets.push(event.targetOf(0));
      },
    },
  }).run();
  file.dispose();
  return { notes: [...notes].sort(), targets };
}

describe('marks of rules', () => {
  it('reach later blocks, each path with its own', () => {
    assert.deepEqual(notesAt('void f(int a) { if (a) set(); probe(0); }').notes, ['set', 'undefined']);
    assert.deepEqual(notesAt('void f(int a) { if (a) set(); else unset(); probe(0); }').notes, [
      'set',
      'unset',
    ]);
  });

  it('come back out of functions, and from the round before', () => {
    assert.deepEqual(notesAt('void lock(void) { set(); }\nvoid f(void) { lock(); probe(0); }').notes, [
      'set',
    ]);
    assert.deepEqual(notesAt('void f(int n) { while (n--) { probe(0); set(); } }').notes, [
      'set',
      'undefined',
    ]);
  });

  it('a function of the file stands for its address, through a parameter too', () => {
    const handler = 'void h(int s) { }\n';
    assert.deepEqual(notesAt(`${handler}void f(void) { probe(h); }`).targets, ['0:h']);
    assert.deepEqual(notesAt(`${handler}void f(void) { probe(&h); }`).targets, ['0:h']);
    const through = 'void w(void (*p)(int)) { probe(p); }\n';
    assert.deepEqual(notesAt(`${handler}${through}void f(void) { w(h); }`).targets, ['0:h']);
  });
});
