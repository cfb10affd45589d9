import type { Effect } from '../../../catalog/schema';
import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { attribute } from '../posix-mq/queues';
import type { RuleContext } from '../rule';
import { accessIn, argument, certainBits, constantNamed } from '../shared/support';
import type { Doing, ObjectKind, UseDetails } from './object-use';

/** What a call says of its object beside the name: sizes, permissions, message types. */
export function detailsOf(
  effect: Effect,
  does: Doing,
  kind: ObjectKind,
  event: CallEvent,
  context: RuleContext,
): UseDetails {
  switch (does) {
    case 'create':
      return { ...creation(effect, kind, event, context), ...access(kind, event) };
    case 'open':
      return { ...sized(effect, kind, event), ...access(kind, event) };
    case 'map':
    case 'resize':
      return sized(effect, kind, event);
    case 'read':
      return { ...sized(effect, kind, event), ...received(event, context) };
    case 'write':
      return { ...sized(effect, kind, event), ...sent(event, context) };
    default:
      return {};
  }
}

function creation(effect: Effect, kind: ObjectKind, event: CallEvent, context: RuleContext): UseDetails {
  const given = effect.mode === undefined ? undefined : argument(event, effect.mode);
  const mode = given && (given.value.constant ?? bitsOf(given.expr, context));
  const flags = effect.flags === undefined ? undefined : argument(event, effect.flags);
  const bits = flags && (flags.value.constant ?? certainBits(flags.expr, context));
  const excl = constantNamed(kind.startsWith('sysv') ? 'IPC_EXCL' : 'O_EXCL');
  return {
    ...sized(effect, kind, event),
    ...(mode === undefined
      ? {}
      : { mode: Number(mode & 0o7777n & ~(kind.startsWith('sysv') ? 0o7000n : 0n)) }),
    ...(bits === undefined ? {} : { exclusive: (bits & excl) !== 0n }),
  };
}

/** All bits, when every operand is known. */
function bitsOf(expr: Parameters<typeof certainBits>[0], { scope }: RuleContext): bigint | undefined {
  return scope.evaluator.constant(expr, scope);
}

function sized(effect: Effect, kind: ObjectKind, event: CallEvent): UseDetails {
  const size = sizeIn(effect, kind, event);
  return size !== undefined && size >= 0n && size < 1n << 52n ? { size: Number(size) } : {};
}

function sizeIn(effect: Effect, kind: ObjectKind, event: CallEvent): bigint | undefined {
  if (kind === 'posix-mq' && effect.op === 'create') {
    const size = attribute(event, 'mq_msgsize');
    return size !== undefined && size > 0n ? size : undefined;
  }
  const param = kind === 'sysv-sem' && event.name === 'semget' ? 'nsems' : effect.size;
  return param === undefined ? undefined : argument(event, param)?.value.constant;
}

/** Which ways an opened descriptor goes, and whether opening it waits for another process. */
function access(kind: ObjectKind, event: CallEvent): UseDetails {
  if (kind.startsWith('sysv') || kind === 'posix-sem-named') {
    return {};
  }
  const param = argument(event, 'flags') ?? argument(event, 'oflag');
  const bits = param?.value.constant;
  const mode = bits === undefined ? undefined : accessIn(bits);
  if (bits === undefined || mode === undefined) {
    return {};
  }
  const waits = kind === 'file' && mode !== 'both' && (bits & constantNamed('O_NONBLOCK')) === 0n;
  return { access: mode, ...(kind === 'file' ? { waits } : {}) };
}

/** What stands in the first member of a System V message sent. */
function sent(event: CallEvent, { scope }: RuleContext): UseDetails {
  const expr = event.name === 'msgsnd' ? event.args[1]?.expr : undefined;
  const type = expr && scope.resolvedTypeOf(unwrap(expr));
  const struct = type?.k === 'pointer' ? scope.evaluator.types.resolve(type.to) : undefined;
  const first = struct?.k === 'struct' ? struct.members?.[0]?.name : undefined;
  if (first === undefined) {
    return {};
  }
  const [target, place] = [event.targetOf(1), event.placeOf(1)];
  const member =
    target === undefined ? (place === undefined ? undefined : `${place}->${first}`) : `${target}.${first}`;
  return typed(member === undefined ? undefined : event.path.get(member)?.constant);
}

function received(event: CallEvent, context: RuleContext): UseDetails {
  if (event.name !== 'msgrcv') {
    return {};
  }
  const flags = argument(event, 'msgflg');
  const bits = flags?.value.constant ?? (flags && bitsOf(flags.expr, context));
  if (bits === undefined) {
    return {};
  }
  const cuts = (bits & constantNamed('MSG_NOERROR')) !== 0n;
  const except = (bits & constantNamed('MSG_EXCEPT')) !== 0n;
  return { cuts, ...(except ? {} : typed(argument(event, 'msgtyp')?.value.constant)) };
}

function typed(type: bigint | undefined): UseDetails {
  return type === undefined ? {} : { messageType: Number(type) };
}
