import assert from 'node:assert/strict';
import { session } from './harness/hooks';

const file = 'unchecked-pipe.c';

describe('a C file with a mistake', () => {
  before(async () => {
    await session().workbench.openFile(file);
  });

  it('has a squiggle on the line of the mistake and on no other', async () => {
    const { workbench } = session();
    await workbench.waitForSquiggle(file, 8, 'warning');
    assert.deepEqual(await workbench.squiggles(file), [{ line: 8, severity: 'warning' }]);
    await workbench.screenshot('squiggle');
  });

  it('explains a call on hover', async () => {
    const { workbench } = session();
    await workbench.hoverText(8, 4, /pipe/);
    await workbench.screenshot('hover');
  });
});
