import type { PlacedUse } from '../project/facts';
import { type Act, actsOf, areApart, fileName, type ProjectRule } from '../project/project-rule';

const opposite = { read: 'write', write: 'read' } as const;
const words = { read: 'reading', write: 'writing' } as const;
const flags = { read: 'O_RDONLY', write: 'O_WRONLY' } as const;

interface Opening extends Act {
  use: PlacedUse & { access: 'read' | 'write' };
}

function isWaiting(act: Act): act is Opening {
  const { does, waits, access, name } = act.use;
  return does === 'open' && waits === true && name !== undefined && (access === 'read' || access === 'write');
}

/** A process has opened an object in a certain way before this use. */
function comesAfter({ use }: Act, object: string | undefined, access: 'read' | 'write'): boolean {
  return (use.before ?? []).some((before) => before.object === object && before.access === access);
}

/** All who could end the wait of `one` have to pass `other` first, which is another process. */
function waitsForLater(one: Opening, other: Opening, acts: readonly Act[]): boolean {
  const { name, access } = one.use;
  const opens = acts.filter(
    ({ use }) => use.does === 'open' && use.name?.text === name?.text && use !== one.use,
  );
  const helpers = opens.filter(({ use }) => use.access !== access);
  return (
    helpers.length > 0 &&
    helpers.every(
      (helper) =>
        helper.use.access === opposite[access] &&
        helper.program === other.program &&
        comesAfter(helper, other.use.name?.text, other.use.access),
    )
  );
}

function areStuck(a: Opening, b: Opening, acts: readonly Act[]): boolean {
  const reachable =
    !comesAfter(a, b.use.name?.text, opposite[b.use.access]) &&
    !comesAfter(b, a.use.name?.text, opposite[a.use.access]);
  return reachable && waitsForLater(a, b, acts) && waitsForLater(b, a, acts);
}

const paths = `// file: paths.h
#define QUESTIONS "/tmp/questions"
#define ANSWERS "/tmp/answers"
`;
const programs = (first: string, second: string) => `${paths}// file: server.c
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "paths.h"

int main(void) {
  if (mkfifo(QUESTIONS, 0600) == -1 || mkfifo(ANSWERS, 0600) == -1) return 1;
  int in = open(QUESTIONS, O_RDONLY);
  int out = open(ANSWERS, O_WRONLY);
  unlink(QUESTIONS);
  unlink(ANSWERS);
  return in == -1 || out == -1;
}
// file: client.c
#include <fcntl.h>
#include "paths.h"

int main(void) {
  ${first}
  ${second}
  return in == -1 || out == -1;
}
`;
const [readAnswers, writeQuestions] = [
  'int in = open(ANSWERS, O_RDONLY);',
  'int out = open(QUESTIONS, O_WRONLY);',
];

export const openDeadlock: ProjectRule = {
  meta: {
    id: 'fifo/open-deadlock',
    severity: 'error',
    preset: 'recommended',
    title: 'Two programs open two FIFOs so that each waits for the other',
    explanation:
      'Opening a FIFO for reading waits until somebody opens it for writing, and the other way round. When two programs open two FIFOs in orders that do not fit, both wait in their first `open` for ever.',
    silence:
      'Openings with `O_NONBLOCK` or `O_RDWR` do not wait. Paths must be constants in both programs, and nobody else may open the FIFOs. Two processes of one program are judged by `fifo/open-order`.',
    references: [{ page: 'fifo', section: 7 }],
    demo: 'fifo/deadlock',
    example: { bad: programs(readAnswers, writeQuestions), good: programs(writeQuestions, readAnswers) },
  },
  checkProject(neighbourhood, report) {
    const acts = actsOf(neighbourhood).filter(({ use }) => use.kind === 'fifo');
    const waiting = acts.filter(isWaiting);
    const said = new Set<string>();
    waiting.forEach((a, index) => {
      for (const b of waiting.slice(index + 1)) {
        const [one, other] = [a.use.name?.text, b.use.name?.text];
        if (one === other || a.program === b.program || !areApart(a, b) || !areStuck(a, b, acts)) continue;
        const key = [one, other].sort().join();
        if (said.has(key)) continue;
        said.add(key);
        report({
          use: b.use,
          message: `This \`open\` of \`${other}\` for ${words[b.use.access]} waits for a process that opens it for ${words[opposite[b.use.access]]}, but that one waits itself, in its \`open\` of \`${one}\` for ${words[a.use.access]}: neither ever comes back. Open the two FIFOs in the same order in both, here with \`${flags[opposite[a.use.access]]}\` for \`${one}\` first.`,
          related: [
            { use: a.use, message: `Waits here, in ${fileName(a.use)}, for the other end of \`${one}\`` },
          ],
        });
      }
    });
  },
};
