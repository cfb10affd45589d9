/** Comments and settings that silence findings or change their weight. */
import assert from 'node:assert/strict';
import {
  type Configuration,
  defaultConfiguration,
  mergeConfiguration,
  readConfiguration,
  severityOf,
} from '../../server/rules/configuration';
import type { Preset, RuleMeta } from '../../server/rules/rule';
import { type Bench, loadBench } from './support/linting';

let bench: Bench;
before(async () => {
  bench = await loadBench();
});

/** A program with one mistake, with comments around it. */
const program = ({ top = '', above = '', beside = '', below = '' }) =>
  [
    top,
    '#include <fcntl.h>',
    'int create(void) {',
    above,
    `  return open("log", O_CREAT); ${beside}`,
    below,
    '}',
  ].join('\n');

const isSilent = (parts: Parameters<typeof program>[0], newline = '\n') =>
  bench.lint(program(parts).replaceAll('\n', newline)).length === 0;

const id = 'handle/creat-args';

describe('a comment silences', () => {
  it('nothing, without the word', () => {
    assert.ok(!isSilent({}));
    assert.ok(!isSilent({ above: `// ${id}` }));
    assert.ok(!isSilent({ above: `// ipc-lens-disabled-next-line ${id}` }));
    assert.ok(!isSilent({ above: `// ipc-lens-disable-next-lines ${id}` }));
  });

  it('the next line', () => {
    for (const newline of ['\n', '\r\n', '\r']) {
      assert.ok(isSilent({ above: `  // ipc-lens-disable-next-line ${id}` }, newline));
    }
    assert.ok(isSilent({ above: `/* ipc-lens-disable-next-line ${id} */` }));
    assert.ok(!isSilent({ below: `// ipc-lens-disable-next-line ${id}` }));
    assert.ok(!isSilent({ above: `// ipc-lens-disable-next-line ${id}\n` }), 'only the next line');
  });

  it('its own line', () => {
    assert.ok(isSilent({ beside: `// ipc-lens-disable-line ${id}` }));
    assert.ok(isSilent({ beside: `/* ipc-lens-disable-line ${id} */ /* and this */` }));
    assert.ok(!isSilent({ above: `// ipc-lens-disable-line ${id}` }));
  });

  it('the file, wherever it stands', () => {
    assert.ok(isSilent({ top: `/* ipc-lens-disable ${id} */` }));
    assert.ok(isSilent({ below: `// ipc-lens-disable ${id}` }));
  });

  it('only the rules it names, separated by commas or blanks', () => {
    assert.ok(!isSilent({ beside: '// ipc-lens-disable-line handle/name' }));
    assert.ok(isSilent({ beside: `// ipc-lens-disable-line handle/name, ${id}` }));
    assert.ok(isSilent({ beside: `// ipc-lens-disable-line handle/name ${id},socket/byte-order` }));
  });

  it('every rule when it names none', () => {
    assert.ok(isSilent({ beside: '// ipc-lens-disable-line' }));
    assert.ok(isSilent({ above: '/* ipc-lens-disable-next-line */' }));
    assert.ok(isSilent({ top: '/*ipc-lens-disable*/' }));
  });

  it('and may say why', () => {
    assert.ok(isSilent({ beside: `// ipc-lens-disable-line ${id} -- the umask decides` }));
    assert.ok(isSilent({ beside: '// ipc-lens-disable-line -- the umask decides' }));
    assert.ok(!isSilent({ beside: `// ipc-lens-disable-line handle/name -- not ${id}` }));
  });
});

describe('configuration', () => {
  const meta = (preset: Preset) => ({ id: 'pipe/x', severity: 'warning', preset }) as RuleMeta;
  const weight = (preset: Preset, rules: Configuration['rules'] = {}, of: Preset = 'recommended') =>
    severityOf(meta(of), { preset, rules });

  it('has presets that include the quieter ones', () => {
    assert.equal(weight('recommended'), 'warning');
    assert.equal(weight('teaching'), 'warning');
    assert.equal(weight('recommended', {}, 'strict'), undefined);
    assert.equal(weight('strict', {}, 'strict'), 'warning');
    assert.equal(weight('strict', {}, 'teaching'), undefined);
  });

  it('gives single rules and groups a severity of their own', () => {
    assert.equal(weight('recommended', { 'pipe/x': 'error' }), 'error');
    assert.equal(weight('recommended', { 'pipe/x': 'off' }), undefined);
    assert.equal(weight('recommended', { 'pipe/*': 'hint' }), 'hint');
    assert.equal(weight('recommended', { 'pipe/*': 'off', 'pipe/x': 'error' }), 'error');
    assert.equal(weight('recommended', { 'fifo/*': 'off' }), 'warning');
    assert.equal(weight('recommended', { 'pipe/x': 'hint' }, 'teaching'), 'hint', 'asked for by name');
  });

  it('decides what a lint reports', () => {
    const text = program({});
    const severities = (rules: Configuration['rules']) =>
      bench.lint(text, { preset: 'recommended', rules }).map(({ severity }) => severity);
    assert.deepEqual(severities({}), ['error']);
    assert.deepEqual(severities({ [id]: 'hint' }), ['hint']);
    assert.deepEqual(severities({ 'handle/*': 'off' }), []);
  });

  it('keeps the severity that a rule gives one finding, unless the user chose', () => {
    const text = '#include <fcntl.h>\nint f(void) { return open("a", O_RDONLY, 0600); }';
    assert.deepEqual(
      bench.lint(text).map(({ severity }) => severity),
      ['information'],
    );
    const chosen: Configuration = { preset: 'strict', rules: { [id]: 'warning' } };
    assert.deepEqual(
      bench.lint(text, chosen).map(({ severity }) => severity),
      ['warning'],
    );
  });

  it('reads JSON, and says what it does not understand', () => {
    assert.deepEqual(readConfiguration({ preset: 'strict', rules: { 'a/b': 'off' } }), {
      configuration: { preset: 'strict', rules: { 'a/b': 'off' } },
      problems: [],
    });
    assert.deepEqual(readConfiguration({}), { configuration: {}, problems: [] });
    for (const value of [null, 3, 'strict', [], true, undefined]) {
      assert.deepEqual(readConfiguration(value), {
        configuration: {},
        problems: ['The configuration must be a JSON object.'],
      });
    }
    const { configuration, problems } = readConfiguration({
      preset: 'loud',
      rules: { 'a/b': 'off', 'c/d': 'fatal', 'e/f': 2, 'g/h': null },
    });
    assert.deepEqual(configuration, { rules: { 'a/b': 'off' } });
    assert.equal(problems.length, 4);
    for (const problem of problems) assert.match(problem, /^[A-Z"].*\.$/);
    assert.equal(readConfiguration({ rules: ['a/b'] }).problems.length, 1);
  });

  it('is not fooled by names that every object has', () => {
    const { configuration } = readConfiguration(
      JSON.parse('{"rules": {"__proto__": "off", "constructor": "off"}}'),
    );
    assert.equal(
      severityOf(meta('recommended'), mergeConfiguration(defaultConfiguration, configuration)),
      'warning',
    );
  });

  it('merges rule by rule', () => {
    const base: Configuration = { preset: 'strict', rules: { 'a/b': 'off', 'c/d': 'hint' } };
    assert.deepEqual(mergeConfiguration(base, { rules: { 'a/b': 'error' } }), {
      preset: 'strict',
      rules: { 'a/b': 'error', 'c/d': 'hint' },
    });
    assert.deepEqual(mergeConfiguration(base, {}), base);
  });
});
