/** Which functions are walked for what they do with objects that others can find. */
import assert from 'node:assert/strict';
import { Toolbox } from '../../../server/analysis/context';
import { loadParser } from '../../../server/c/parser';
import { SourceFile } from '../../../server/c/source-file';
import { FileLinter } from '../../../server/rules/lint';
import { interestIn } from '../../../server/rules/project/wanted';

/** Each calls the one above it, and the first comes to a queue. */
const text = `
int far(void) { return mq_open("/far", O_RDONLY); }
int one(void) { return far(); }
int two(void) { return one(); }
int three(void) { return two(); }
int circle(void) { return round() + one(); }
int round(void) { return circle(); }
int nothing(void) { return puts("nothing"); }
`;

describe('what is walked for objects', () => {
  let toolbox: Toolbox;
  before(async () => {
    toolbox = new Toolbox(await loadParser());
  });

  function wanted(order: readonly string[]): string[] {
    const source = new SourceFile(toolbox.parser, text);
    const context = FileLinter.contextOf(toolbox, { items: source.items, headers: [] });
    const { looksAt } = interestIn(false);
    return order
      .filter((name) => {
        const definition = context.symbols.function(name)?.definition;
        assert.ok(definition, name);
        return looksAt(definition, context);
      })
      .sort();
  }

  const names = ['far', 'one', 'two', 'three', 'circle', 'round', 'nothing'];

  it('are functions that come to one within two calls', () => {
    assert.deepEqual(wanted(names), ['circle', 'far', 'one', 'two']);
  });

  it('are the same in whatever order they are asked for', () => {
    for (const [at] of names.entries()) {
      const turned = [...names.slice(at), ...names.slice(0, at)];
      assert.deepEqual(wanted(turned), wanted(names));
      assert.deepEqual(wanted(turned.reverse()), wanted(names));
    }
  });
});
