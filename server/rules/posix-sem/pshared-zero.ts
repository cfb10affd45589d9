import type { CallEvent } from '../../analysis/events';
import type { Value } from '../../analysis/values';
import type { Rule, RuleContext } from '../rule';
import { Facts, pointerTo } from '../shared/facts';
import { spanOfSite } from '../shared/loops';
import { argument, excerpt, givenAt, sharingIn } from '../shared/support';
import { fileMakes } from '../shared/whole-file';

export const psharedZero: Rule = {
  meta: {
    id: 'posix-sem/pshared-zero',
    severity: 'error',
    preset: 'recommended',
    title: 'A semaphore in shared memory is initialised for one process only',
    explanation:
      'With pshared 0 a semaphore is for the threads of one process. Between processes a post may then wake nobody, so that the other process sleeps for ever although the value is there.',
    silence: 'Semaphores that are not certainly in a shared mapping or a System V segment.',
    references: [
      { page: 'sem_init', section: 3 },
      { page: 'sem_overview', section: 7 },
    ],
    example: {
      bad: `#include <semaphore.h>
#include <sys/mman.h>

sem_t *make_gate(void) {
  sem_t *gate = mmap(NULL, sizeof(sem_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (gate == MAP_FAILED)
    return NULL;
  if (sem_init(gate, 0, 1) == -1)
    return NULL;
  return gate;
}
`,
      good: `#include <semaphore.h>
#include <sys/mman.h>

sem_t *make_gate(void) {
  sem_t *gate = mmap(NULL, sizeof(sem_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (gate == MAP_FAILED)
    return NULL;
  if (sem_init(gate, 1, 1) == -1)
    return NULL;
  return gate;
}
`,
    },
  },
  check() {
    const shared = new Facts<boolean>();
    const made: { event: CallEvent; context: RuleContext; memory: Value | undefined }[] = [];
    return {
      call(event, context) {
        if (event.site && event.name === 'mmap') {
          shared.add(event.site, isShared(event) || undefined);
        } else if (event.site && event.name === 'shmat') {
          shared.add(event.site, true);
        } else if (event.site && event.name === 'sem_init') {
          made.push({ event, context, memory: memoryOf(event) });
        }
      },
      end() {
        for (const { event, context, memory } of made) judge(event, shared.of(memory), context, made);
      },
    };
  },
};

function isShared(event: CallEvent): boolean {
  const flags = argument(event, 'flags')?.value.constant;
  return flags !== undefined && sharingIn(flags) === 'shared';
}

/** The pointer by which the semaphore is reached, or the one to the structure it lies in. */
function memoryOf(event: CallEvent): Value | undefined {
  const value = argument(event, 'sem')?.value;
  return value?.origins ? value : pointerTo(event.targetOf(0), event.path, event.scope);
}

/** The structure behind a pointer that a semaphore is a member of: `1:sync` for `sync->free`. */
function ownerOf(event: CallEvent): string | undefined {
  return /^(\d+:\w+)->/.exec(event.targetOf(0) ?? '')?.[1];
}

/** One that lies in the same structure, and is made for several processes. */
function besideOf(event: CallEvent, made: readonly { event: CallEvent }[]): CallEvent | undefined {
  const owner = ownerOf(event);
  const constantOf = (other: CallEvent) => argument(other, 'pshared')?.value.constant;
  return owner === undefined
    ? undefined
    : made.find(
        ({ event: other }) =>
          ownerOf(other) === owner && (constantOf(other) ?? 0n) !== 0n && other.at.within === event.at.within,
      )?.event;
}

/** The function that initialises it hands on what its caller wants. */
function isCallersChoice(event: CallEvent): boolean {
  const given = argument(event, 'pshared')?.expr;
  return (
    given?.kind === 'name' && event.scope.definition.type.params.some((param) => param.name === given.name)
  );
}

function judge(
  event: CallEvent,
  memory: ReturnType<Facts<boolean>['of']>,
  context: RuleContext,
  made: readonly { event: CallEvent }[],
): void {
  const semaphore = argument(event, 'sem');
  const pshared = argument(event, 'pshared');
  if (!semaphore || !pshared || pshared.value.constant !== 0n) return;
  // Who makes the memory and asks its caller whether processes share it serves those, too, that have threads alone.
  const isOwnMemory = memory?.site.within === event.scope.definition;
  if (isOwnMemory && isCallersChoice(event) && !fileMakes(context, /^(?:_*v?fork|clone3?|posix_spawnp?)$/i))
    return;
  const beside = memory ? undefined : besideOf(event, made);
  if (!memory && !beside) return;
  const direct = event.at.start === event.expr.start;
  context.report({
    ...givenAt(event, pshared.expr),
    message: `\`${excerpt(context, semaphore.expr)}\` ${memory ? 'lies in shared memory' : 'lies in one structure with a semaphore for several processes'}, but with pshared 0 it works only among the threads of one process, and another process may wait for ever. Pass 1 as the second argument of \`sem_init\`.`,
    related: [
      ...(memory ? [{ span: spanOfSite(memory.site), message: 'The shared memory is attached here' }] : []),
      ...(beside ? [{ span: beside.at, message: 'This one is made for several processes' }] : []),
    ],
    ...(direct && pshared.expr.kind === 'number'
      ? { fix: { title: 'Share it between processes: pass 1', edits: [{ span: pshared.expr, text: '1' }] } }
      : {}),
  });
}
