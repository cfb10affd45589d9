import type { PathEndEvent } from '../../analysis/events';
import type { Location } from '../../analysis/path';
import type { CallSite } from '../../analysis/values';
import type { RuleContext } from '../rule';
import { spanOfSite } from '../shared/loops';
import { type PipeUses, processOf } from '../subjects/pipe-uses';
import { endHeld, forksOf, nameOfOpenEnd, original, pipesOf } from '../subjects/pipes';

/** A process on one path, at its end: of a pipe it has closed one end and still holds the other. */
interface Half {
  pipe: CallSite;
  process: string;
  event: PathEndEvent;
  context: RuleContext;
  /** Where it closed an end. */
  closings: ReadonlySet<number>;
  /** The end that it still holds, under the name by which it knows that; undefined where it holds both or none. */
  kept?: { end: 'read' | 'write'; name: string; closed: Location };
}

/** Processes that have to do with neither end of a pipe of others, and close one of the two only. */
export class IdleEnds {
  private readonly halves: Half[] = [];

  constructor(private readonly uses: PipeUses) {}

  /** `sure`: whether the path knows what is open. */
  hearEnd(event: PathEndEvent, sure: boolean, context: RuleContext): void {
    const { path, how, inMain } = event;
    for (const pipe of pipesOf(path)) {
      const kept = sure && how !== 'exec' && (how !== 'return' || inMain) ? keptOf(pipe, event) : undefined;
      const closings = new Set(closedEnds(pipe, event).map(({ at }) => at.start));
      const process = processOf(path.role);
      this.halves.push({ pipe, process, event, context, closings, ...(kept ? { kept } : {}) });
    }
  }

  report(): void {
    const told = new Set<string>();
    for (const half of this.halves) {
      const key = `${half.pipe.id} ${half.process}`;
      if (told.has(key) || !half.kept || !this.isIdle(half)) continue;
      told.add(key);
      tell(half, half.kept);
    }
  }

  /** The process never uses the pipe, two others do, and it is the same however the process ends behind that close. */
  private isIdle({ pipe, process, kept }: Half): boolean {
    const [readers, writers] = [this.uses.processesAt(pipe, 'read'), this.uses.processesAt(pipe, 'write')];
    return (
      this.uses.shared.has(pipe) &&
      kept !== undefined &&
      this.uses.closes(pipe, kept.end === 'read' ? 'write' : 'read', process) &&
      !readers.includes(process) &&
      !writers.includes(process) &&
      readers.length > 0 &&
      writers.some((writer) => !readers.includes(writer)) &&
      this.halves
        .filter((other) => other.pipe === pipe && other.process === process)
        .filter(({ closings }) => kept !== undefined && closings.has(kept.closed.start))
        .every((other) => other.kept?.end === kept?.end)
    );
  }
}

function keptOf(pipe: CallSite, event: PathEndEvent): Half['kept'] {
  const { path } = event;
  for (const end of ['read', 'write'] as const) {
    const other = end === 'read' ? 'write' : 'read';
    const name = endHeld(path, pipe, end) === 'open' ? nameOfOpenEnd(path, pipe, end) : undefined;
    if (name === undefined || endHeld(path, pipe, other) !== 'closed') continue;
    const closed = closedEnds(pipe, event).find((one) => one.end === other);
    if (closed) return { end, name, closed: closed.at };
  }
  return undefined;
}

/** The ends of a pipe that were closed on a path, and where. */
function closedEnds(pipe: CallSite, { path }: PathEndEvent): { end: string | undefined; at: Location }[] {
  return [...path.holdings()].flatMap(([resource, { state, at }]) =>
    resource.kind === 'pipe' && original(resource).site === pipe && state === 'closed' && at
      ? [{ end: resource.end, at }]
      : [],
  );
}

function tell({ pipe, event, context }: Half, { end, name, closed }: NonNullable<Half['kept']>): void {
  const { role } = event.path;
  const fork = forksOf(role, role.kind === 'child' ? 'child' : 'parent')[0];
  const who = role.kind === 'child' ? 'this child' : 'the parent';
  const harm =
    end === 'write'
      ? 'while it lives, the reader of this pipe never sees end-of-file, not even when the writer is gone'
      : 'while it lives, the writer of this pipe gets no SIGPIPE when the reader is gone, and waits for ever once the pipe is full';
  context.report({
    span: closed,
    message: `Here ${who} closes one end of a pipe that it does not use, and \`${name}\`, the other, stays open: ${harm}. Close \`${name}\` as well.`,
    related: [
      { span: spanOfSite(pipe), message: 'The pipe is created here' },
      ...(fork ? [{ span: spanOfSite(fork), message: 'From here on both processes hold both ends' }] : []),
    ],
  });
}
