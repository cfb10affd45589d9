/** The forms in which `npm run bench -- rewrites` writes programs: each is C, differs from what it was, and does the same. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rewrites } from '../../bench/forms';
import { applied } from '../../bench/forms/rewrite';
import { functionsOf } from '../../bench/mutants/view';
import { loadParser } from '../../server/c/parser';
import { SourceFile } from '../../server/c/source-file';

/** Has something for each form to change, and says what it came to. */
const program = `#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int counted(const char *text, char which) {
  int found = 0;
  while (*text) {
    if (*text++ == which)
      found++;
  }
  if (found < 0)
    return -1;
  return found;
}

static void announce(int number) {
  if (number == 0)
    return;
  printf("%d\\n", number);
  fflush(stdout);
}

int main(void) {
  int ends[2];
  char text[20];
  int status;
  ssize_t length;
  if (pipe(ends) == -1)
    return 1;
  announce(counted("banana", 'a'));
  pid_t pid = fork();
  if (pid == -1)
    return 1;
  if (pid == 0) {
    close(ends[0]);
    if (write(ends[1], "through", 7) != 7)
      _exit(1);
    _exit(3);
  }
  close(ends[1]);
  length = read(ends[0], text, sizeof(text));
  if (length == -1)
    return 1;
  printf("%.*s %zu\\n", (int)length, text, (size_t)length);
  close(ends[0]);
  if (waitpid(pid, &status, 0) == -1)
    return 1;
  return WEXITSTATUS(status);
}
`;

describe('the forms in which programs are written to measure what is understood', function () {
  this.timeout(60_000);
  let parse: (text: string) => SourceFile;
  let folder: string;

  before(async () => {
    const parser = await loadParser();
    parse = (text) => new SourceFile(parser, text);
    folder = mkdtempSync(join(tmpdir(), 'rewrites-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Compiles and runs a program. Resolves to what it printed and its exit status. */
  function outcome(name: string, text: string) {
    const [source, binary] = [join(folder, `${name}.c`), join(folder, name)];
    writeFileSync(source, text);
    // What stands for an unknown function does nothing.
    const options = ['-std=gnu17', '-D_GNU_SOURCE', '-Dtrace_step(...)=0', '-w', '-o', binary, source];
    const { status, stderr } = spawnSync('gcc', options, { encoding: 'utf8' });
    assert.equal(status, 0, `${stderr}\n${text}`);
    const run = spawnSync(binary, { encoding: 'utf8' });
    return { printed: run.stdout, status: run.status };
  }

  it('have names of their own', () => {
    assert.equal(new Set(rewrites.map(({ id }) => id)).size, rewrites.length);
  });

  for (const { id, form, edits } of rewrites) {
    it(`${form}: the program does the same (${id})`, () => {
      const file = parse(program);
      const text = applied(
        program,
        functionsOf(file.items, program).flatMap((view) => edits(view)),
      );
      file.dispose();
      assert.notEqual(text, program);
      assert.equal(text.split('\n').length, program.split('\n').length, 'lines stay where they are');
      const expected = { printed: '3\nthrough 7\n', status: 3 };
      assert.deepEqual(outcome(id, text.replace(/extern void trace_step\(const char \*\);/g, '')), expected);
    });
  }
});
