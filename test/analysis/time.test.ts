/** A walk that takes too long by the clock, whatever it is that takes the time, is done again more coarsely. */
import assert from 'node:assert/strict';
import { FileContext } from '../../server/analysis/context';
import { Interpreter } from '../../server/analysis/interpreter';
import { NeverReturns } from '../../server/analysis/never-returns';
import { SourceFile } from '../../server/c/source-file';
import { Symbols } from '../../server/c/symbols';
import { useToolbox } from './support';

/** A function that calls a helper and does enough for the clock to be looked at. */
const text = `
void inner(int fd) { close(fd); }
void f(int fd) { inner(fd); ${'fd = fd + 1; '.repeat(400)} sync(); }
`;

describe('a walk', () => {
  let toolbox: Awaited<ReturnType<typeof useToolbox>>;
  before(async () => {
    toolbox = await useToolbox();
  });

  /** The calls that a walk tells of, with a clock that gives these milliseconds one after the other, and the last for ever. */
  function called(...times: number[]): string[] {
    const file = new SourceFile(toolbox.parser, text);
    const context = new FileContext(toolbox, Symbols.of(file.items));
    const item = file.items.at(-1)?.item;
    assert.ok(item?.kind === 'function');
    const names: string[] = [];
    new Interpreter(context.scopeOf(item), {
      listener: { call: ({ name }) => names.push(name) },
      neverReturns: NeverReturns.in(context).test,
      scopeOf: (name) => context.callee(name),
      now: () => (times.length > 1 ? times.shift()! : (times[0] ?? 0)),
    }).run();
    file.dispose();
    return names;
  }

  it('goes into helpers while there is time', () => {
    assert.deepEqual(called(0), ['inner', 'close', 'sync']);
  });

  it('leaves out helpers when it has taken too long, and comes to its end', () => {
    const hour = 3_600_000;
    assert.deepEqual(called(0, hour, hour, 2 * hour, 2 * hour), ['inner', 'sync']);
  });

  it('comes to its end with a clock that runs away', () => {
    let now = 0;
    const times = Array.from({ length: 1000 }, () => (now += 60_000));
    assert.deepEqual(called(...times), ['inner', 'sync']);
  });
});
