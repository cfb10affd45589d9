import type { CallEvent } from '../../analysis/events';
import type { CallSite, Value } from '../../analysis/values';
import type { RuleContext } from '../rule';
import { Facts } from '../shared/facts';
import { argument, certainBits, constantNamed } from '../shared/support';

/** The size of messages in a queue made without attributes, unless the machine says otherwise: /proc/sys/fs/mqueue/msgsize_default. */
export const defaultSize = 8192n;

export interface MessageSize {
  /** The mq_open that made the queue. */
  site: CallSite;
  bytes: bigint;
  /** In words, where it comes from. */
  why: string;
}

/** How large the messages of queues are that a walk sees being made. */
export class Queues {
  private readonly sizes = new Facts<string>();

  learn(event: CallEvent, context: RuleContext): void {
    if (event.name === 'mq_open' && event.site) {
      this.sizes.add(event.site, sizeGiven(event, context));
    }
  }

  sizeOf(queue: Value): MessageSize | undefined {
    const known = this.sizes.of(queue);
    const [bytes, why] = known?.fact.split('|') ?? [];
    return known && bytes !== undefined && why !== undefined
      ? { site: known.site, bytes: BigInt(bytes), why }
      : undefined;
  }
}

/** True when a mq_open creates the queue if there is none. */
export function creates(event: CallEvent, context: RuleContext): boolean {
  const flags = argument(event, 'oflag');
  const bits = flags?.value.constant ?? (flags ? certainBits(flags.expr, context) : 0n);
  return (bits & constantNamed('O_CREAT')) !== 0n;
}

/** A member of the attributes given to mq_open. */
export function attribute(event: CallEvent, name: string): bigint | undefined {
  const index = event.site?.call.params.findIndex((param) => param.name === 'attr') ?? -1;
  const target = index < 0 ? undefined : event.targetOf(index);
  return target === undefined ? undefined : event.path.get(`${target}.${name}`)?.constant;
}

function sizeGiven(event: CallEvent, context: RuleContext): string | undefined {
  if (!creates(event, context)) {
    return undefined;
  }
  if (argument(event, 'attr')?.value.constant === 0n) {
    return `${defaultSize}|the default for a queue made without attributes`;
  }
  const size = attribute(event, 'mq_msgsize');
  return size !== undefined && size > 0n ? `${size}|its mq_msgsize` : undefined;
}
