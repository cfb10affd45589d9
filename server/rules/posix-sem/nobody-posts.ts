import type { PlacedLock, PlaceInFile } from '../project/facts';
import { LockSteps } from '../project/lock-steps';
import {
  type Act,
  actsByObject,
  actsOf,
  fileName,
  type Neighbourhood,
  type ProgramView,
  type ProjectRule,
} from '../project/project-rule';

interface Step {
  step: PlacedLock;
  program: ProgramView;
}

const memory = new Set(['posix-shm', 'sysv-shm']);

/** Programs that open one object of the kinds that are meant: at least two, or there is nobody else who could post. */
function sharers(acts: readonly Act[]): Set<ProgramView> {
  const openers = acts.filter(({ use: { does } }) => does === 'create' || does === 'open');
  return new Set(openers.flatMap(({ program }) => (program.main === undefined ? [] : [program])));
}

/** What the programs do with semaphores; undefined where one is posted of which nobody knows which it is. */
function stepsOf({ programs }: Neighbourhood): Step[] | undefined {
  const all = programs.map((program) => ({ program, own: new LockSteps(program) }));
  return all.some(({ own }) => own.postsUnknown)
    ? undefined
    : all.flatMap(({ program, own }) =>
        own.steps.flatMap((step) => (step.kind === 'semaphore' ? [{ step, program }] : [])),
      );
}

/** Waits for a semaphore in memory that several programs map, by the name that its structure has for it. */
function waitsInMemory(steps: readonly Step[], together: ReadonlySet<ProgramView>): PlacedLock[] {
  const posted = new Set(steps.flatMap(({ step: { does, lock } }) => (does === 'give' ? [lock] : [])));
  return steps.flatMap(({ step, program }) =>
    together.has(program) && step.does === 'take' && isMember(step) && !posted.has(step.lock) ? [step] : [],
  );
}

const isMember = ({ lock }: PlacedLock) => /^struct .*\.\w+$/.test(lock);

/** Every post is one of a semaphore whose name is known. */
function postsAreNamed(steps: readonly Step[], acts: readonly Act[]): boolean {
  const named = new Set(acts.flatMap(({ use }) => (use.does === 'post' && use.name ? [placeOf(use)] : [])));
  return steps.every(({ step }) => step.does === 'take' || isMember(step) || named.has(placeOf(step)));
}

const placeOf = ({ file, start }: PlaceInFile) => `${file} ${start}`;

const program = (name: string, call: string) => `// file: ${name}.c
#include <fcntl.h>
#include <semaphore.h>
#include <stddef.h>
#include <sys/mman.h>
#include "board.h"

int main(void) {
  int fd = shm_open("/board", O_RDWR, 0);
  if (fd == -1) return 1;
  struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (board == MAP_FAILED) return 1;
  ${call}
  return 0;
}
`;
const board = `// file: board.h
struct board { sem_t filled; int value; };
`;
const reader = program('reader', 'if (sem_wait(&board->filled) == -1) return 1;');

export const nobodyPosts: ProjectRule = {
  meta: {
    id: 'posix-sem/nobody-posts',
    severity: 'warning',
    preset: 'recommended',
    title: 'None of the programs that share a semaphore posts it',
    explanation:
      'A semaphore that lies in memory of several programs, or is found by its name, is posted by one of them for another that waits. When none of them does, the first wait after the initial value is used up never returns.',
    silence:
      'Reported only where at least two programs of the project open the object, and every post of the project is of a semaphore that is known.',
    references: [
      { page: 'sem_post', section: 3 },
      { page: 'sem_overview', section: 7 },
    ],
    example: {
      bad: `${board}${program('writer', 'board->value = 7;')}${reader}`,
      good: `${board}${program('writer', 'board->value = 7;\n  if (sem_post(&board->filled) == -1) return 1;')}${reader}`,
    },
  },
  checkProject(neighbourhood, report) {
    const acts = actsOf(neighbourhood);
    const steps = stepsOf(neighbourhood);
    const told = new Set<string>();
    const tell = (use: PlaceInFile, shown: string, together: ReadonlySet<ProgramView>) => {
      if (told.has(placeOf(use))) return;
      told.add(placeOf(use));
      const others = [...together].flatMap(({ main = use.file }) => (main === use.file ? [] : [main]));
      const who = others.map((file) => `\`${fileName({ file })}\``).slice(0, 3);
      report({
        use,
        message: `\`${shown}\` is waited for here, and none of the programs that share it posts it, neither this one nor ${who.join(' or ')}: when its first value is used up, the wait never returns. Post it where what is waited for has happened.`,
      });
    };
    for (const same of steps ? actsByObject(acts).values() : []) {
      const together = sharers(same);
      const kind = same[0]?.use.kind ?? 'file';
      if (together.size < 2) continue;
      const isNamed = kind === 'posix-sem-named' && postsAreNamed(steps!, acts);
      if (isNamed && !same.some(({ use }) => use.does === 'post')) {
        for (const { use } of same) if (use.does === 'wait') tell(use, use.name?.text ?? '', together);
      }
      if (!memory.has(kind)) continue;
      for (const wait of waitsInMemory(steps!, together)) tell(wait, wait.shown, together);
    }
  },
};
