import { type CallEvent, type PathEndEvent, resourcesOf, type StoreEvent } from '../../analysis/events';
import type { Location, Path, Role } from '../../analysis/path';
import type { CallSite, Resource, Value } from '../../analysis/values';
import { printsText } from '../../c/library';
import type { RuleContext } from '../rule';
import { endsProcess } from '../shared/endings';
import { spanOfSite } from '../shared/loops';
import { argument, excerpt } from '../shared/support';
import { usesOf, variableIn } from '../shared/uses';
import { endMoved, forksOf, original, pipeEnd } from '../subjects/pipes';

/** One end of a pipe that parent and child both close without having done anything with it: nobody has it any more. */

interface Closing {
  pipe: CallSite;
  end: NonNullable<Resource['end']>;
  kind: 'parent' | 'child';
  fork: CallSite;
  name: string;
  at: Location;
  context: RuleContext;
}

interface OtherUse {
  kind: string;
  at: Location;
}

/** Calls that tell or set what a descriptor is, and do nothing with it. */
const idle = /^(?:pipe2?|fcntl|s?n?printf)$/;

export class ClosedByAll {
  private readonly closings: Closing[] = [];
  private readonly uses = new Map<string, OtherUse[]>();
  /** Processes that have done something before: closing their end then may tell the other side that they are done. */
  private readonly busy = new Set<Role>();
  /** The pipes from which a process has read. */
  private readonly readFrom = new Map<Role, Set<CallSite>>();

  /** Of this pipe something more certain is said. */
  pass(pipe: CallSite): void {
    for (const end of ['read', 'write'])
      this.uses.set(`${pipe.id} ${end}`, [{ kind: 'only', at: spanOfSite(pipe) }]);
  }

  hearCall(event: CallEvent, context: RuleContext): void {
    const { name, args, path, at } = event;
    if (isWork(event, context)) this.busy.add(path.role);
    const closed = name === 'close' ? pipeEnd(args[0]?.value) : undefined;
    if (closed && args[0]) {
      const certain = args[0].value.origins?.[0]?.resource;
      if (certain && path.holding(certain)?.state === 'open') {
        this.close(closed, excerpt(context, args[0].expr), event, context);
      } else this.use(args[0].value, path, at);
      return;
    }
    for (const op of ['read', 'write'] as const) {
      const moved = endMoved(event, op);
      if (moved) this.note(moved, path, at);
      if (moved && op === 'read' && isSignal(event, context)) {
        this.note({ site: moved.site, end: 'write' }, path, at);
      }
      if (moved && op === 'read')
        this.readFrom.set(path.role, new Set(this.readFrom.get(path.role)).add(moved.site));
    }
    if (!idle.test(name) && !printsText(name)) for (const { value } of args) this.use(value, path, at);
  }

  hearStore({ value, path, at }: StoreEvent): void {
    this.use(value.value, path, at);
  }

  hearEnd({ value, path, at }: PathEndEvent): void {
    if (value) this.use(value.value, path, at);
    for (const [resource, { state }] of path.holdings()) {
      if (resource.kind === 'pipe' && state !== 'closed') this.note(original(resource), path, at);
    }
  }

  private close({ site, end }: Resource, name: string, { path, at }: CallEvent, context: RuleContext): void {
    const { kind, fork } = path.role;
    if (end === undefined || kind === 'only' || !fork) return;
    // Waiting for what comes through another pipe is something done, too.
    const waited = [...(this.readFrom.get(path.role) ?? [])].some((other) => other !== site);
    if (end === 'write' && (waited || this.busy.has(path.role))) {
      this.note({ site, end }, path, at);
      return;
    }
    for (const each of forksOf(path.role, kind)) {
      this.closings.push({ pipe: site, end, kind, fork: each, name, at, context });
    }
  }

  private use(value: Value, path: Path, at: Location): void {
    for (const resource of resourcesOf(value)) {
      if (resource.kind === 'pipe') this.note(original(resource), path, at);
    }
  }

  private note({ site, end }: Pick<Resource, 'site' | 'end'>, { role }: Path, at: Location): void {
    const key = `${site.id} ${end}`;
    this.uses.set(key, [...(this.uses.get(key) ?? []), { kind: role.kind, at }]);
  }

  report(): void {
    const told = new Set<string>();
    for (const mine of this.closings) {
      const { pipe, end, fork } = mine;
      const key = `${pipe.id} ${end}`;
      const others = this.uses.get(`${pipe.id} ${end === 'read' ? 'write' : 'read'}`) ?? [];
      const theirs = this.closings.find(
        (other) =>
          other.pipe === pipe && other.end === end && other.fork === fork && other.kind !== mine.kind,
      );
      if (told.has(key) || !theirs || this.uses.has(key) || others.length === 0) continue;
      told.add(key);
      // Who works with the other end was right to close this one.
      const works = (kind: string) => others.some((use) => use.kind === kind);
      const wrong =
        mine.kind === 'parent' ? (works('child') ? mine : theirs) : works('child') ? theirs : mine;
      tell(wrong, wrong === mine ? theirs : mine, others);
    }
  }
}

function tell(wrong: Closing, right: Closing, others: readonly OtherUse[]): void {
  const { name, end, pipe, at, context } = wrong;
  const use = others.find(({ kind }) => kind === wrong.kind);
  const consequence =
    end === 'write'
      ? 'nobody can write into the pipe any more, and who reads from it gets end-of-file at once'
      : 'nobody can read from the pipe any more, and who writes into it gets SIGPIPE or EPIPE';
  context.report({
    span: at,
    severity: 'warning',
    message: `\`${name}\` is closed here and by the ${right.kind} as well, and neither has used it: ${consequence}. Close the other end here, or keep this one in the process that needs it.`,
    related: [
      { span: spanOfSite(pipe), message: 'The pipe is created here: element 0 reads, element 1 writes' },
      { span: right.at, message: `The ${right.kind} closes it here` },
      ...(use ? [{ span: use.at, message: 'The other end goes on here' }] : []),
    ],
  });
}

/** What is read lies where nobody looks: it is the end-of-file that is waited for, or that something comes at all. */
function isSignal(event: CallEvent, { scope }: RuleContext): boolean {
  const buffer = argument(event, 'buf')?.expr;
  const name = buffer && variableIn(buffer);
  return (
    name !== undefined &&
    scope.definition === event.scope.definition &&
    usesOf(scope.definition, name).length === 1
  );
}

/** A call that waits for something to happen, or of a function of which nothing is known but that it comes back. */
function isWork({ name, site, into }: CallEvent, context: RuleContext): boolean {
  if (!site) {
    return !into && !endsProcess(name, context);
  }
  // What others wait to see done of a process.
  if (/^(?:setsid|setpgid|setns|unshare|ptrace|chroot)$/.test(name)) return true;
  const { blocking, effects } = site.call;
  return (blocking.blocks && blocking.restarted === 'never') || effects.some(({ op }) => op === 'reap');
}
