import type { CallEvent } from '../../analysis/events';
import type { Location } from '../../analysis/path';
import type { CallSite, Value } from '../../analysis/values';
import type { Expr } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { argumentNamed, fixOf, renamed, replaced } from '../shared/edits';
import { Facts, storedThrough, writtenThrough } from '../shared/facts';
import { resultName, spanOfSite } from '../shared/loops';
import { argument, bitsOf, constantNamed, isDirect, sharingIn, spotOf } from '../shared/support';
import { fileMakes } from '../shared/whole-file';
import { isUsedByBoth } from './used-by-both';
import { isUsedThroughHelpers } from './used-through-helpers';

export const privateMapping: Rule = {
  meta: {
    id: 'mmap-shared/private',
    severity: 'error',
    preset: 'recommended',
    title: 'A mapping is not shared as it should be',
    explanation:
      'A mapping is either shared or private, and mmap fails with EINVAL when its flags say neither. What is written to a private mapping of shared memory stays in this process: no other process ever sees it.',
    silence:
      'Flags that are not known, and private mappings that are only read or map something other than a shared memory object or a file that the program makes and sizes itself, or that it never hands to msync.',
    references: [
      { page: 'mmap', section: 2 },
      { page: 'shm_overview', section: 7 },
    ],
    example: {
      bad: `#include <sys/mman.h>

void *room(size_t size) {
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}
`,
      good: `#include <sys/mman.h>

void *room(size_t size) {
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}
`,
    },
  },
  check() {
    const objects = new Facts<boolean>();
    /** Files that are made here, empty, and what of them is mapped for this process alone. */
    const files = new Facts<boolean>();
    const mapped = new Facts<CallSite>();
    /** Mappings for this process alone, whatever they map, and what is to be brought into their files. */
    const kept = new Facts<boolean>();
    const synced: { event: CallEvent; context: RuleContext }[] = [];
    const sized = new Set<CallSite>();
    const written: Written[] = [];
    const locks: Written[] = [];
    return {
      call(event, context) {
        if (event.site && event.name === 'shm_open') objects.add(event.site, true);
        else if (event.site && event.name === 'open') files.add(event.site, makesFile(event) || undefined);
        else if (event.site && (sizing.test(event.name) || (event.name === 'write' && forks(context)))) {
          const file = files.of(event.args[0]?.value);
          if (file) sized.add(file.site);
        } else if (event.site && event.name === 'mmap') {
          judge(event, objects, context);
          kept.add(event.site, (isPrivate(event) && !objects.of(argument(event, 'fd')?.value)) || undefined);
          if (isPrivate(event)) mapped.add(event.site, files.of(argument(event, 'fd')?.value)?.site);
        } else if (event.site && event.name === 'msync') synced.push({ event, context });
        else if (making.test(event.name)) {
          for (const pointer of writtenThrough(event)) locks.push({ pointer, at: event.at, context });
        }
        for (const pointer of writtenThrough(event)) written.push({ pointer, at: event.at, context });
      },
      store(event, context) {
        const pointer = storedThrough(event);
        if (pointer) written.push({ pointer, at: event.at, context });
      },
      end() {
        const told = new Set<CallSite>();
        for (const { event, context } of synced) {
          const map = kept.of(event.args[0]?.value);
          if (!map || told.has(map.site)) continue;
          told.add(map.site);
          tellSynced(event, map.site, context);
        }
        for (const lock of locks) {
          const map = kept.of(lock.pointer);
          if (!map || told.has(map.site)) continue;
          told.add(map.site);
          tellLock(lock, map.site);
        }
        for (const { pointer, at, context } of written) {
          const map = mapped.of(pointer);
          if (!map || told.has(map.site) || !sized.has(map.fact)) continue;
          told.add(map.site);
          context.report({
            span: map.site.within === context.scope.definition ? spanOfSite(map.site) : at,
            severity: 'warning',
            message:
              'The new file is mapped with MAP_PRIVATE, so what is written into the mapping stays in this process, and neither the file nor another process gets it. Map it with MAP_SHARED.',
            related: [
              { span: spanOfSite(map.fact), message: 'The file is made here' },
              { span: at, message: 'This never gets into the file' },
            ],
          });
        }
      },
    };
  },
};

/** Something that a call or a store puts behind a pointer. */
interface Written {
  pointer: Value;
  at: Location;
  context: RuleContext;
}

/** Nobody needs a file for a lock between his own threads: whoever puts one into the mapping of a file wants others to take it. */
function tellLock({ at, context }: Written, map: CallSite): void {
  const isOwn = map.within === context.scope.definition;
  context.report({
    span: isOwn ? spanOfSite(map) : at,
    severity: 'warning',
    message:
      'The file is mapped with MAP_PRIVATE, so the lock that is made in the mapping is a copy of this process, and every other process takes one of its own. Map it with MAP_SHARED.',
    related: [
      isOwn
        ? { span: at, message: 'The lock is made here' }
        : { span: spanOfSite(map), message: 'The file is mapped here' },
    ],
  });
}

const making = /^(?:pthread_(?:mutex|cond|rwlock|barrier|spin)_init|sem_init)$/;

/** Who calls msync wants what he has written in the file. */
function tellSynced(event: CallEvent, map: CallSite, context: RuleContext): void {
  const isOwn = map.within === context.scope.definition;
  context.report({
    span: isOwn ? spanOfSite(map) : event.at,
    severity: 'warning',
    message:
      'The file is mapped with MAP_PRIVATE, so what is written into the mapping stays in this process, and `msync` brings none of it into the file. Map it with MAP_SHARED.',
    related: [
      isOwn
        ? { span: event.at, message: 'This writes nothing' }
        : { span: spanOfSite(map), message: 'The file is mapped here' },
    ],
    ...(isOwn
      ? fixOf(
          'Map it with MAP_SHARED',
          renamed(argumentNamed(map, 'flags'), 'MAP_PRIVATE', 'MAP_SHARED', context),
        )
      : {}),
  });
}

const sizing = /^(?:ftruncate|posix_fallocate)$/;

/** What is written into it before processes part is what they share. */
const forks = (context: RuleContext) => fileMakes(context, /^fork$/);

/** Opened to be written and made or emptied by that: there is nothing in it to read. */
function makesFile(event: CallEvent): boolean {
  const bits = argument(event, 'flags')?.value.constant;
  const has = (name: string) => bits !== undefined && (bits & constantNamed(name)) !== 0n;
  return has('O_RDWR') && (has('O_TRUNC') || (has('O_CREAT') && has('O_EXCL')));
}

function isPrivate(event: CallEvent): boolean {
  const bits = argument(event, 'flags')?.value.constant;
  const prot = argument(event, 'prot')?.value.constant;
  return (
    bits !== undefined &&
    prot !== undefined &&
    sharingIn(bits) === 'private' &&
    (bits & constantNamed('MAP_ANONYMOUS')) === 0n &&
    (prot & constantNamed('PROT_WRITE')) !== 0n
  );
}

function judge(event: CallEvent, objects: Facts<boolean>, context: RuleContext): void {
  const flags = argument(event, 'flags');
  const bits = flags?.value.constant;
  if (!flags || bits === undefined) {
    return;
  }
  const span = spotOf(event, flags.expr);
  if ((bits & 0xfn) === 0n) {
    context.report({
      span,
      message:
        'The flags say neither MAP_SHARED nor MAP_PRIVATE, so `mmap` fails with EINVAL. Add MAP_SHARED where other processes are to see what is written, else MAP_PRIVATE.',
    });
    return;
  }
  const writes = (bitsOf(argument(event, 'prot'), context) & constantNamed('PROT_WRITE')) !== 0n;
  const anonymous = (bits & constantNamed('MAP_ANONYMOUS')) !== 0n;
  const object = objects.of(argument(event, 'fd')?.value);
  if (anonymous && writes && sharingIn(bits) === 'private') tellMeantShared(event, flags.expr, context);
  if (!object || (!anonymous && (!writes || sharingIn(bits) !== 'private'))) {
    return;
  }
  context.report({
    span,
    severity: 'warning',
    message: anonymous
      ? 'With MAP_ANONYMOUS the descriptor is ignored, so this memory is not that of the shared memory object. Leave MAP_ANONYMOUS out to map the object.'
      : 'The shared memory object is mapped with MAP_PRIVATE, so no other process sees what is written here. Map it with MAP_SHARED.',
    related: [{ span: spanOfSite(object.site), message: 'The object is opened here' }],
    ...(isDirect(event.at, event.expr) ? sharingFix(flags.expr, anonymous, context) : {}),
  });
}

/** The program calls it shared or looks in the parent for what the child has stored, forks, and goes on in both processes with a copy each. */
function tellMeantShared(event: CallEvent, flags: Expr, context: RuleContext): void {
  const { definition } = context.scope;
  const names = [resultName(definition, event.expr), definition.name];
  const meant = names.find((name) => name !== undefined && /shared|shm|shmem/i.test(name));
  // Of a semaphore in private memory a rule of its own tells.
  const isProcess = fileMakes(context, /^fork$/) && !fileMakes(context, /^(?:exec|shm_open|shmat|sem_init$)/);
  if (
    !isProcess ||
    !isDirect(event.at, event.expr) ||
    (meant === undefined && !isUsedByBoth(event, context) && !isUsedThroughHelpers(event, context))
  ) {
    return;
  }
  const why = meant
    ? `\`${meant}\` says that this memory is shared, but with MAP_PRIVATE each process has its own copy from the fork on, and none sees what the other writes.`
    : 'With MAP_PRIVATE each process has its own copy of this memory from the fork on, so the parent never sees what its child writes here.';
  context.report({
    span: flags,
    severity: 'warning',
    message: `${why} Map it with MAP_SHARED.`,
    ...fixOf('Map it with MAP_SHARED', renamed(flags, 'MAP_PRIVATE', 'MAP_SHARED', context)),
  });
}

function sharingFix(flags: Expr, anonymous: boolean, context: RuleContext) {
  if (!anonymous) {
    return fixOf('Map it with MAP_SHARED', renamed(flags, 'MAP_PRIVATE', 'MAP_SHARED', context));
  }
  const isName = (expr: Expr) => expr.kind === 'name' && /^MAP_ANON(?:YMOUS)?$/.test(expr.name);
  const [left, right] = flags.kind === 'binary' && flags.op === '|' ? [flags.left, flags.right] : [];
  const other = left && right && (isName(right) ? left : isName(left) ? right : undefined);
  return fixOf('Map the object', other && replaced(flags, context.source(other)));
}
