import assert from 'node:assert/strict';
import { calls, constantGroups } from '../../catalog';
import type { Call, Param } from '../../catalog/schema';
import { parameterTexts } from '../../server/analysis/signature';
import { parsePrototype } from '../catalog/prototype';
import { Bench } from './support';

let bench: Bench;
before(async () => {
  bench = await Bench.create();
});
afterEach(() => bench.close());

/** A program with a function that hands its parameters on to the call. */
function wrapper(call: Call): string {
  const names = parsePrototype(call.prototype)?.params.map(({ name }) => name) ?? [];
  return [
    ...call.headers.map((header) => `#include <${header}>`),
    `void use(${parameterTexts(call.prototype).join(', ') || 'void'}) {`,
    `  ${call.name}(${names.join(', ')});`,
    '}',
    '',
  ].join('\n');
}

/** A call with one argument given and 0 for the others. */
function withArgument(call: Call, index: number, text: string): string {
  const args = call.params.map((_, i) => (i === index ? text : '0'));
  return `void use(void) { ${call.name}(${args.join(', ')}); }\n`;
}

function noBlanks(markdown: string, what: string): void {
  assert.ok(markdown.trim().length > 100, `${what}: hardly anything is said`);
  // "undefined" and "NaN" are words of the catalog too: there they stand in a sentence, not alone.
  for (const odd of [
    /(?:^|[`*:(]|: )undefined/m,
    /\[object/,
    /\bNaN\b/,
    /\n{3,}/,
    /(?<!\.)\.\.(?:\s|$)/,
    / {3,}/,
  ]) {
    assert.doesNotMatch(markdown, odd, what);
  }
  assert.equal((markdown.match(/```/g) ?? []).length, 2, `${what}: one code block`);
}

describe('hover on every call of the catalog', () => {
  it('explains it where a program uses it', () => {
    for (const { record } of calls.values()) {
      const source = wrapper(record);
      const offset = source.lastIndexOf(`  ${record.name}(`) + 2;
      const found = bench.hover(`${source.slice(0, offset)}‸${source.slice(offset)}`);
      assert.ok(found, `${record.name} has no hover in\n${source}`);
      noBlanks(found, record.name);
      assert.ok(found.includes(record.prototype), `${record.name}: its prototype`);
      assert.ok(found.includes(record.summary), `${record.name}: what it does`);
      for (const { name, role } of record.params) {
        assert.ok(found.includes(`**${name}**: ${role.slice(0, 20)}`), `${record.name}: parameter ${name}`);
      }
      bench.close();
    }
  });

  it('explains it where a program declares it', () => {
    for (const { record } of [...calls.values()].filter(({ record }) => !record.macro)) {
      const text = `extern ${record.prototype}\n`;
      const found = bench.hoverOf(text, `${record.name}(?=\\s*\\()`);
      assert.ok(found, `${record.name} has no hover in its own declaration: ${text}`);
      bench.close();
    }
  });

  it('covers the name of the call and nothing else', () => {
    const text = 'int f(int *p) { return pipe ( p ) ; }\n';
    const found = bench.hoverOf(text, 'pipe');
    assert.equal(text.slice(found?.start, found?.end), 'pipe');
  });
});

describe('hover on a constant argument', () => {
  const groupOf = ({ literal }: Param): string | undefined => {
    if (literal?.kind === 'flags' || literal?.kind === 'one-of') return literal.group;
    return literal?.kind === 'signal' ? 'signals' : undefined;
  };

  it('names every constant that a parameter takes, given as a number', () => {
    for (const { record: call } of calls.values()) {
      for (const [index, param] of call.params.entries()) {
        const group = groupOf(param);
        for (const constant of (group && constantGroups.get(group)?.record.constants) || []) {
          const { value, mask } = constant;
          const said = param.literal?.kind === 'flags' ? value !== 0 || mask !== undefined : true;
          if (value === undefined || !said || (param.literal?.kind === 'flags' && value < 0)) continue;
          const found = bench.hoverOf(withArgument(call, index, `${value}`), call.name)?.markdown ?? '';
          const names = constantGroups
            .get(group ?? '')
            ?.record.constants.filter((other) => other.value === value)
            .map(({ name }) => name);
          assert.ok(
            names?.some((name) => found.includes(`\n  - \`${name}\`: `)),
            `${call.name}(${param.name} = ${value}): none of ${names?.join(', ')} in\n${found}`,
          );
          bench.close();
        }
      }
    }
  });

  it('never throws, whatever the argument', () => {
    const odd = [
      '-1',
      '~0',
      '0xffffffff',
      '0x100000000',
      '1.5',
      '"text"',
      "'x'",
      '(void *) -1',
      'undeclared',
    ];
    for (const { record: call } of calls.values()) {
      for (const [index] of call.params.entries()) {
        for (const text of odd) {
          const found = bench.hoverOf(withArgument(call, index, text), call.name);
          assert.ok(found, `${call.name} with ${text}`);
          noBlanks(found.markdown, `${call.name} with ${text}`);
        }
      }
      bench.close();
    }
  }).timeout(120_000);
});
