import type { CallEvent } from '../../analysis/events';
import type { Path, Role } from '../../analysis/path';
import type { CallSite } from '../../analysis/values';
import type { RuleContext } from '../rule';
import { endHeld, endMoved, nameOfOpenEnd, pipeEnd, standardEnds } from './pipes';

/** Who reads and writes the pipes of a program, process by process. */

/** The process that a role belongs to: a parent is the process that it was before the fork. */
export function processOf(role: Role): string {
  return role.id.replace(/\/parent@[^/]*/g, '');
}

/** One place where one process reads from or writes to a pipe. */
export interface Use {
  pipe: CallSite;
  end: 'read' | 'write';
  process: string;
  role: Role;
  event: CallEvent;
  context: RuleContext;
  /** The name of the other end, where this process holds that for certain. */
  otherOpen?: string;
}

export class PipeUses {
  readonly all: Use[] = [];
  /** Pipes that were there when the process split. */
  readonly shared = new Set<CallSite>();
  /** Ends that a process closes itself; its children are born without them. */
  private readonly closings = new Set<string>();
  private readonly forkingRoles: Role[] = [];
  /** Ends that are standard input or output of programs that took over. */
  private readonly programs: { pipe: CallSite; end: string | undefined; process: string }[] = [];

  see(event: CallEvent, context: RuleContext): void {
    const { path } = event;
    if (event.site?.call.effects.some(({ op }) => op === 'fork')) {
      this.forkingRoles.push(path.role);
      for (const [resource, { state }] of path.holdings()) {
        if (resource.kind === 'pipe' && state === 'open') this.shared.add(resource.site);
      }
    }
    const closed = event.site && event.name === 'close' ? pipeEnd(event.args[0]?.value) : undefined;
    if (closed) this.closings.add(`${closed.site.id} ${closed.end} ${processOf(path.role)}`);
    for (const end of ['read', 'write'] as const) {
      const moved = endMoved(event, end);
      if (moved?.end !== end) continue;
      const other = end === 'read' ? 'write' : 'read';
      const otherOpen =
        endHeld(path, moved.site, other) === 'open' ? nameOfOpenEnd(path, moved.site, other) : undefined;
      this.all.push({
        pipe: moved.site,
        end,
        process: processOf(path.role),
        role: path.role,
        event,
        context,
        ...(otherOpen === undefined ? {} : { otherOpen }),
      });
    }
  }

  /** Another program takes over: its standard input and output are all that it knows of. */
  seeExec(path: Path): void {
    const process = processOf(path.role);
    for (const { site, end } of standardEnds(path)) this.programs.push({ pipe: site, end, process });
  }

  closes(pipe: CallSite, end: 'read' | 'write', process: string): boolean {
    return this.closings.has(`${pipe.id} ${end} ${process}`);
  }

  /** The processes that read or write, be it that another program does it for them. */
  processesAt(pipe: CallSite, end: 'read' | 'write'): string[] {
    return [...this.all, ...this.programs]
      .filter((use) => use.pipe === pipe && use.end === end)
      .map(({ process }) => process);
  }

  /** Whether the process makes more children from where the use stands on. */
  forksAfter({ role }: Use): boolean {
    return this.forkingRoles.some(({ id }) => id === role.id || id.startsWith(`${role.id}/parent@`));
  }

  of(pipe: CallSite, end: 'read' | 'write'): Use[] {
    return this.all.filter((use) => use.pipe === pipe && use.end === end);
  }
}
