/** The objects of a workspace as the view shows them. */
import assert from 'node:assert/strict';
import { overview } from '../../../server/workspace/objects/overview';
import { project, within } from './support';

describe('the objects of the workspace', () => {
  it('are shown by facility, who creates them first', () => {
    within(project, (workspace) => {
      const [group, ...others] = overview(workspace.uses(), ['/p']);
      assert.deepEqual(others, []);
      assert.equal(group?.facility, 'posix-mq');
      const [object, ...rest] = group?.objects ?? [];
      assert.deepEqual(rest, []);
      assert.equal(object?.label, '/jobs');
      assert.deepEqual(object?.kernel, { tables: ['posix-mq'], labels: ['/jobs'] });
      assert.deepEqual(
        object?.uses.map(({ does, within, detail }) => [does, within, detail ?? '']),
        [
          ['creates', 'main', 'mode 0600, only if there is none, 64 bytes a message'],
          ['opens to write', 'open_jobs', ''],
          ['receives', 'take', '64 bytes'],
          ['removes', 'main', ''],
        ],
      );
    });
  });

  it('say which names come only when the program runs', () => {
    const text = `#include <sys/stat.h>
#include <stdio.h>
int main(int argc, char **argv) {
  char own[32];
  snprintf(own, sizeof own, "/tmp/own.%d", argc);
  return mkfifo(argv[1], 0600) + mkfifo(own, 0600);
}
`;
    within({ '/p/main.c': text }, (workspace) => {
      const [group] = overview(workspace.uses(), ['/p']);
      assert.deepEqual(
        group?.objects.map(({ label, note, kernel }) => [label, note !== undefined, kernel]),
        [
          ['/tmp/own.%d', true, undefined],
          ['argv[1]', true, undefined],
        ],
      );
    });
  });
});
