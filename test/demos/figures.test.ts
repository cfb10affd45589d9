/** On a kernel with other limits the texts of the demos say its own. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { figuresIn, knownFigures, withFigures, withUsualFigures } from '../../server/demos/figures';
import { programsOf } from '../../server/demos/program';
import { findCall, findScenario, scenarios } from '../../server/demos/registry';
import { Playing } from './hand';
import { linux } from './support';

/** A kernel with pages of 64 KiB, and limits of its own. */
const other: Record<string, string> = {
  '/proc/self/smaps':
    '00400000-00410000 r-xp\nSize:  64 kB\nKernelPageSize:       64 kB\nMMUPageSize:  64 kB\n',
  '/proc/sys/fs/pipe-max-size': '4194304\n',
  '/proc/sys/fs/mqueue/msg_max': '20\n',
};
const read = (path: string): string => {
  const text = other[path];
  if (text === undefined) throw new Error('ENOENT');
  return text;
};

describe('figures in the texts of the demos', () => {
  it('are those of the kernel, or the usual ones where it does not say', () => {
    assert.equal(withFigures('{page|4096} and {pipe-size|65536}', read), '65536 and 1048576');
    assert.equal(withFigures('up to {pipe-max-size|1048576}', read), 'up to 4194304');
    assert.equal(withFigures('{mq-messages|10} of {mq-bytes|8192}', read), '20 of 8192');
    assert.equal(withUsualFigures('{mq-messages|10} of {mq-bytes|8192}'), '10 of 8192');
  });

  it('are known, wherever a text asks for one, and no brace is left over', () => {
    const asked = new Set<string>();
    for (const { id, conclusion, steps } of scenarios)
      for (const text of [conclusion, ...steps.flatMap(({ why, comment = '' }) => [why, comment])]) {
        for (const name of figuresIn(text)) {
          assert.ok(knownFigures.has(name), `${id}: ${name}`);
          asked.add(name);
        }
        assert.ok(!/\{[a-z-]+\|/.test(withFigures(text, read) + withUsualFigures(text)), text);
      }
    assert.ok(asked.size >= 5);
  });

  (linux ? it : it.skip)('agree with what the system tools and the calls themselves say', async () => {
    const page = execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }).trim();
    assert.equal(withFigures('{page|0}'), page);
    const most = readFileSync('/proc/sys/fs/pipe-max-size', 'latin1').trim();
    assert.equal(withFigures('{pipe-max-size|0}'), most);
    const playing = new Playing();
    const { session } = await playing.demos.open('pipe/resize');
    let view = await playing.demos.act(session, 'step');
    view = await playing.demos.act(session, 'step');
    const { explanation, outcome } = view.steps[1]!;
    assert.match(explanation, /^A pipe usually has \d+ bytes here/);
    assert.equal(outcome, `returned ${/\d+/.exec(explanation)![0]}`);
    await playing.end();
  });

  it('are the usual ones in a program, which may be read elsewhere', () => {
    const program = programsOf(findScenario('pipe/resize')!, findCall).get('program')!;
    assert.match(program.text, /A pipe usually has 65536 bytes here/);
  });
});
