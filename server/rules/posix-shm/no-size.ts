import type { FunctionScope } from '../../analysis/context';
import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Location } from '../../analysis/path';
import { depthOf, isIndirect, nameOf, type Place } from '../../analysis/places';
import type { CallSite, Value } from '../../analysis/values';
import type { FunctionDefinition } from '../../c/ast';
import { isEntry } from '../../c/entry';
import type { Rule, RuleContext } from '../rule';
import { Facts, storedThrough, writtenThrough } from '../shared/facts';
import { isLoop, resultName, spanOfSite } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { argument, bitsOf, constantNamed } from '../shared/support';
import { callsIn, usesOfWhole, variableIn } from '../shared/uses';
import { callsTo, fileCalls, fileMakes, isAllRead, isProgram, textOf } from '../shared/whole-file';

/** Calls that a new object passes through and has no bytes after. */
const harmless = new Set([
  'mmap',
  'close',
  'fstat',
  'fchmod',
  'fchown',
  'fcntl',
  'flock',
  'perror',
  'printf',
  'fprintf',
]);

export const noSize: Rule = {
  meta: {
    id: 'posix-shm/no-size',
    severity: 'error',
    preset: 'recommended',
    title: 'A new shared memory object or file is mapped and used without a size',
    explanation:
      'A shared memory object is created with no bytes at all, and so is a file, or one that O_TRUNC empties. Mapping it works whatever length is asked for, and the first access kills the process with SIGBUS, because there is no page behind the address.',
    silence:
      'Objects that may have been there before (no O_EXCL and no O_TRUNC), and descriptors that are handed to a function that may set the size.',
    references: [
      { page: 'shm_open', section: 3 },
      { page: 'ftruncate', section: 2 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

int *make_counter(void) {
  int fd = shm_open("/counter", O_CREAT | O_EXCL | O_RDWR, 0600);
  if (fd == -1)
    return NULL;
  int *counter = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (counter == MAP_FAILED)
    return NULL;
  *counter = 1;
  return counter;
}
`,
      good: `#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

int *make_counter(void) {
  int fd = shm_open("/counter", O_CREAT | O_EXCL | O_RDWR, 0600);
  if (fd == -1)
    return NULL;
  if (ftruncate(fd, sizeof(int)) == -1) {
    close(fd);
    return NULL;
  }
  int *counter = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (counter == MAP_FAILED)
    return NULL;
  *counter = 1;
  return counter;
}
`,
    },
  },
  check(root) {
    /** Objects that are empty when they are made. */
    const fresh = new Facts<boolean>();
    /** Mappings, with the shm_open of what they map. */
    const mapped = new Facts<CallSite>();
    /** Where objects got a size, or may have. */
    const sized = new Map<CallSite, Location[]>();
    const touches: Touch[] = [];
    const maps: Touch[] = [];
    const touch = (pointer: Value | undefined, at: CallEvent['at'], context: RuleContext) => {
      const known = mapped.of(pointer);
      if (known) touches.push({ map: known.site, made: known.fact, context, at });
    };
    return {
      call(event, context) {
        if (event.site && makers.has(event.name)) {
          fresh.add(event.site, isFresh(event, context) || undefined);
        } else if (event.site && event.name === 'mmap') {
          const fd = argument(event, 'fd');
          const made = fresh.of(fd?.value)?.site;
          if (isWritable(event)) mapped.add(event.site, made);
          // Whoever maps it to write writes, be it where the walk loses the pointer; callers tell of what a helper hands to them.
          const { definition } = root.scope;
          const isLast = made !== undefined && (isEntry(definition) || isClosedBehind(made, event, root));
          if (isWritable(event) && made && isLast)
            maps.push({ map: event.site, made, context, at: event.at });
        }
        // What happens in a function at hand is told of its own calls.
        if (!harmless.has(event.name) && !event.into) {
          for (const { value } of event.args) giveUp(value, event.at, sized);
          for (const index of event.args.keys()) giveUp(event.pointee(index), event.at, sized);
        }
        for (const pointer of writtenThrough(event)) touch(pointer, event.at, context);
      },
      store(event, context) {
        const { place } = event;
        const isKept =
          place === undefined || depthOf(place) === 0 || isIndirect(place) || isLent(place, event.scope);
        // Where nobody in the program gives a size, it does not matter who gets hold of the descriptor.
        if (isKept && !givesNoSize(root)) giveUp(event.value.value, event.at, sized);
        touch(storedThrough(event), event.at, context);
      },
      end() {
        const told = new Set<CallSite>();
        for (const { map, made, context, at } of [...touches, ...maps]) {
          const places = sized.get(made) ?? [];
          const isMapping = at.start === map.expr.start;
          const isLate = places.every((place) => !isMapping && comesBehind(place, at));
          if (!isLate || told.has(made)) continue;
          told.add(made);
          const state = places.length > 0 ? 'has no size yet' : 'was never given a size';
          const what = isMapping ? 'the first access to it' : 'this access';
          context.report({
            span: at,
            message: `The ${makers.get(made.call.name)} behind this mapping is empty and ${state}, so ${what} kills the process with SIGBUS. Call \`ftruncate\` on its descriptor before it is mapped.`,
            related: [
              { span: spanOfSite(made), message: 'Made here, with no bytes' },
              { span: spanOfSite(map), message: 'Mapped here' },
            ],
          });
        }
      },
    };
  },
};

/** The member of a structure that is used as a whole somewhere: who gets it may set the size. */
function isLent(place: Place, { definition }: FunctionScope): boolean {
  return place.includes('.') && usesOfWhole(definition, nameOf(place)).length > 0;
}

interface Touch {
  map: CallSite;
  made: CallSite;
  context: RuleContext;
  at: CallEvent['at'];
}

/**
 * A function that makes the object and maps it for others closes its descriptor: whoever gets the mapping has nothing left to give it a size by.
 * Of those who call it in the file it is told where they write.
 */
function isClosedBehind({ within, expr }: CallSite, map: CallEvent, context: RuleContext): boolean {
  const { scope } = context;
  const name = within === scope.definition && map.at.within === within && resultName(within, expr);
  return (
    name !== false &&
    name !== undefined &&
    scope.typeOf(name) !== undefined &&
    callsTo(context, within.name).length === 0 &&
    callsIn(within, /^close$/).some(
      ({ start, args: [closed] }) =>
        start > map.at.end && closed !== undefined && variableIn(closed) === name && isPlainly(within, start),
    )
  );
}

/** Not only where something has failed. */
function isPlainly(definition: FunctionDefinition, start: number): boolean {
  return around(definition, { start }).every(({ kind }) => kind === 'block' || kind === 'expr');
}

/** Without PROT_WRITE a write is refused before anybody asks what lies behind. */
function isWritable(map: CallEvent): boolean {
  const protection = argument(map, 'prot')?.value.constant;
  return protection === undefined || (protection & constantNamed('PROT_WRITE')) !== 0n;
}

/** Whoever gets the descriptor may set the size. */
function giveUp(value: Value | undefined, at: Location, sized: Map<CallSite, Location[]>): void {
  for (const { site } of value?.origins ?? []) sized.set(site, [...(sized.get(site) ?? []), at]);
}

/** The size is given further down, and no loop leads back from there. */
function comesBehind(size: Location, access: Location): boolean {
  const { within } = access;
  return (
    size.within === within &&
    size.start > access.end &&
    !around(within, access).some((stmt) => isLoop(stmt) && contains(stmt, size))
  );
}

/** Calls that may make an object without bytes, and what that is. */
const makers = new Map([
  ['shm_open', 'shared memory object'],
  ['open', 'file'],
]);

/** Calls that give an object bytes, or ask how many it has. */
const sizing =
  /^(?:f?truncate|(?:posix_)?fallocate|fstat(?:at)?|stat|p?write|writev|shm_create_largepage)(?:64)?$/;

/** Other ways to put bytes into a file, by other names for it too. */
const filling = /^(?:fdopen|sendfile|copy_file_range|splice|v?dprintf|system|popen|exec[lv]\w*)$/;

/**
 * Empty when it is made here for certain; or when it is made if it is not there, by a program that gives no object any size: then it is
 * empty unless another program was first.
 */
function isFresh(event: CallEvent, context: RuleContext): boolean {
  if (/^\/dev\/(?!shm\/)/.test(event.args[0]?.value.text ?? '')) {
    return false;
  }
  const bits = bitsOf(argument(event, 'oflag') ?? argument(event, 'flags'), context);
  const has = (name: string) => (bits & constantNamed(name)) !== 0n;
  const empties = has('O_TRUNC') && (has('O_CREAT') || event.name === 'open');
  const sizesNone = givesNoSize(context) && (event.name === 'shm_open' || !fileMakes(context, filling));
  return empties || (has('O_CREAT') && (has('O_EXCL') || sizesNone || sizesOthers(event, context)));
}

/** What gives bytes in the program, or asks for them, does so for other files than this one. */
function sizesOthers(event: CallEvent, context: RuleContext): boolean {
  if (event.name !== 'open' || !isProgram(context) || !isAllRead(context)) return false;
  const { definition } = context.scope;
  const own = resultName(definition, event.expr);
  const path = event.args[0] && textOf(event.args[0].expr, definition, context);
  const calls = fileCalls(context, sizing);
  return (
    own !== undefined &&
    calls.length > 0 &&
    calls.every(({ expr: { args }, within }) => {
      const [first] = args.map(unwrap);
      return within === definition && first?.kind === 'name' && first.name !== own && first.name !== path;
    })
  );
}

/** All of the program is here, and nothing in it gives an object bytes. */
function givesNoSize(context: RuleContext): boolean {
  return isProgram(context) && !fileMakes(context, sizing) && isAllRead(context);
}
