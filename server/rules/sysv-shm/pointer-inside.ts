import { rootName } from '../../analysis/aliasing';
import type { CallEvent, StoreEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Location } from '../../analysis/path';
import type { Expr, FunctionDefinition } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { isEntry } from '../../c/entry';
import type { Rule, RuleContext } from '../rule';
import { spanOfSite } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { excerpt } from '../shared/support';
import { assignmentsTo } from '../shared/uses';
import { fileMakes } from '../shared/whole-file';
import { sourcesOf } from '../subjects/semaphores';
import { SharedMemories, type SharedMemory } from '../subjects/shared-memory';

export const pointerInside: Rule = {
  meta: {
    id: 'sysv-shm/pointer-inside',
    severity: 'warning',
    preset: 'recommended',
    title: 'A pointer is stored in shared memory',
    explanation:
      'An address means something in one process only. Another process has the shared memory at another address, and other memory behind the pointer, or none: following it gives garbage or SIGSEGV.',
    silence:
      'Memory that only this process and its children see at one address, unless the pointer leads to private memory; addresses asked for by the program; and pointers whose target is not known.',
    references: [
      { page: 'shmop', section: 2 },
      { page: 'mmap', section: 2 },
    ],
    example: {
      bad: `#include <stdlib.h>
#include <sys/shm.h>

struct entry { char *name; int value; };

int publish(int segment) {
  struct entry *entry = shmat(segment, NULL, 0);
  if (entry == (void *)-1)
    return -1;
  entry->name = malloc(32);
  entry->value = entry->name != NULL;
  return shmdt(entry);
}
`,
      good: `#include <string.h>
#include <sys/shm.h>

struct entry { char name[32]; int value; };

int publish(int segment) {
  struct entry *entry = shmat(segment, NULL, 0);
  if (entry == (void *)-1)
    return -1;
  strcpy(entry->name, "first");
  return shmdt(entry);
}
`,
    },
  },
  check() {
    const memories = new SharedMemories();
    return {
      mark: (event: CallEvent) => memories.learn(event),
      store(event, context) {
        const type = context.scope.resolvedTypeOf(event.target);
        const memory = memories.at(event.place, event.path)?.memory ?? memoryAround(event, memories, context);
        if (memory && type?.k === 'pointer') judge(event, memory, memories, context);
      },
    };
  },
};

/** The shared memory that an element lies in whose number is not known: `board->names[board->count]`. */
function memoryAround(
  { target, place, path }: StoreEvent,
  memories: SharedMemories,
  { scope }: RuleContext,
): SharedMemory | undefined {
  let expr = target;
  while (
    (expr.kind === 'index' && scope.resolvedTypeOf(expr.array)?.k === 'array') ||
    (expr.kind === 'member' && !expr.arrow)
  ) {
    expr = expr.kind === 'index' ? expr.array : expr.object;
  }
  const pointer = expr.kind === 'member' ? expr.object : expr.kind === 'index' ? expr.array : undefined;
  if (pointer?.kind !== 'name') {
    return undefined;
  }
  const depth = place === undefined ? '1' : /^\d+/.exec(place)?.[0];
  return memories.of(path.get(`${depth}:${pointer.name}`)) ?? memories.of(path.get(`0:${pointer.name}`));
}

function judge(
  event: StoreEvent,
  memory: SharedMemory,
  memories: SharedMemories,
  context: RuleContext,
): void {
  const { value } = event.value;
  const into = memories.of(value) ?? partOf(event, memories, context);
  const what = target(event.value.expr, into, memory, context);
  const own = memory.inherited || isTemporary(memory);
  const elsewhere = !own || fileMakes(context, /^[fF]ork$/);
  if (what === undefined || !elsewhere) {
    return;
  }
  context.report({
    span: event.at,
    message: `\`${excerpt(context, event.target)}\` lies in shared memory and gets the address of ${what}, which means nothing in another process: following it there gives garbage or SIGSEGV. Store the data itself, or its distance from the start of the shared memory.`,
    related: [
      {
        span: spanOfSite(memory.site),
        message: 'The shared memory is attached here',
      },
    ],
  });
}

/** A file that is made for this process alone, in place of memory: `fd = mkstemp(name)`. */
function isTemporary({ site: { expr, within } }: SharedMemory): boolean {
  const file = expr.args[4] && unwrap(expr.args[4]);
  return (
    file?.kind === 'name' &&
    assignmentsTo(within, file.name).some(({ value }) =>
      /(?:^|_)mko?s?temps?(?:$|_)/i.test(calledName(unwrap(value)) ?? ''),
    )
  );
}

/** How many variables are followed from a pointer to the memory that it leads into. */
const mostSteps = 3;

/** The shared memory whose part an address expression names: `ring->data`, `&ring->data[3]`, `base + 16`, or a variable that such an address is all that goes into. */
function partOf(
  { value, place, path, at }: StoreEvent,
  memories: SharedMemories,
  { scope }: RuleContext,
): SharedMemory | undefined {
  const depth = place === undefined ? '1' : /^\d+/.exec(place)?.[0];
  const within = (address: Expr, steps: number): SharedMemory | undefined => {
    const expr = address.kind === 'cast' ? address.value : address;
    const inner =
      expr.kind === 'unary' && expr.op === '&' ? expr.operand : expr.kind === 'binary' ? expr.left : expr;
    const name = rootName(inner);
    if (name === undefined) return undefined;
    const memory = memories.of(path.get(`${depth}:${name}`)) ?? memories.of(path.get(`0:${name}`));
    if (memory || steps === 0 || expr.kind !== 'name') return memory;
    const source = lastSource(name, at, scope.definition);
    return source && isAddress(source) ? within(source, steps - 1) : undefined;
  };
  return within(value.expr, mostSteps);
}

/** What went into a variable last on each way to a place: one block holds both, and everything else that goes into it stands in others. */
function lastSource(name: string, at: Location, definition: FunctionDefinition): Expr | undefined {
  const given = assignmentsTo(definition, name).filter((source) => {
    const block = around(definition, source.at).findLast(
      (stmt) => stmt.kind === 'block' || stmt.kind === 'for',
    );
    return source.at.start < at.start && block !== undefined && contains(block, at);
  });
  const [source, ...others] = given;
  return others.length === 0 ? source?.value : undefined;
}

/** What certainly is an address in the same memory as the variable that it starts from, and no pointer that lies there. */
function isAddress(expr: Expr): boolean {
  const inner = expr.kind === 'cast' ? expr.value : unwrap(expr);
  return inner.kind === 'name' || (inner.kind === 'unary' && inner.op === '&');
}

/** In words, what an address certainly leads to, if that is wrong in this memory. */
function target(
  value: Expr,
  into: SharedMemory | undefined,
  memory: SharedMemory,
  context: RuleContext,
): string | undefined {
  const expr = value.kind === 'cast' ? value.value : unwrap(value);
  const called = calledName(expr) ?? '';
  if (/^(?:malloc|calloc|realloc|strdup|strndup)$/.test(called)) {
    return `memory from \`${called}\``;
  }
  if (into === memory) {
    return memory.inherited || fileMakes(context, /^[fF]ork$/) ? undefined : 'another part of it';
  }
  if (expr.kind === 'unary' && expr.op === '&') {
    return variableOf(expr.operand, context);
  }
  if (expr.kind === 'string') {
    return memory.inherited ? undefined : 'a string of this program';
  }
  if (expr.kind === 'index' && isArguments(expr.array, context)) {
    return memory.inherited ? undefined : 'an argument of this process';
  }
  if (expr.kind !== 'name') {
    return undefined;
  }
  if (context.scope.resolvedTypeOf(expr)?.k === 'array') {
    return variableOf(expr, context);
  }
  const [source, ...others] = sourcesOf(expr.name, context.scope.definition);
  const from =
    source && others.length === 0
      ? calledName(source.expr.kind === 'cast' ? source.expr.value : source.expr)
      : undefined;
  return from !== undefined && /^(?:malloc|calloc|strdup)$/.test(from)
    ? `memory from \`${from}\``
    : undefined;
}

/** What main gets from who started the program. */
function isArguments(expr: Expr, { scope }: RuleContext): boolean {
  const { definition } = scope;
  return expr.kind === 'name' && isEntry(definition) && definition.type.params[1]?.name === expr.name;
}

function variableOf(expr: Expr, { scope }: RuleContext): string | undefined {
  if (expr.kind === 'index' || (expr.kind === 'member' && !expr.arrow)) {
    const inner = expr.kind === 'index' ? expr.array : expr.object;
    return scope.resolvedTypeOf(inner)?.k === 'pointer'
      ? undefined
      : variableOf(inner, { scope } as RuleContext);
  }
  if (expr.kind !== 'name') {
    return undefined;
  }
  const isVariable =
    scope.typeOf(expr.name) !== undefined || scope.file.symbols.global(expr.name) !== undefined;
  return isVariable ? `\`${expr.name}\` in private memory` : undefined;
}
