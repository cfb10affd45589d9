import type { ResourceKind } from '../../../catalog/schema';
import { resourcesOf } from '../../analysis/events';
import type { Path } from '../../analysis/path';
import { nameOf } from '../../analysis/places';
import type { CallSite, Resource } from '../../analysis/values';
import type { Rule, RuleContext } from '../rule';
import { argumentNamed, fixOf, withFlag } from '../shared/edits';
import { spanOfSite } from '../shared/loops';

export const closeOnExec: Rule = {
  meta: {
    id: 'handle/close-on-exec',
    severity: 'information',
    preset: 'recommended',
    title: 'A descriptor stays open in the program that is executed',
    explanation:
      '`exec` closes nothing that was not marked for it. The new program holds a socket or file it does not know of: a port stays taken, a disk stays busy, and secrets can be read.',
    silence: 'Pipes, descriptors that were given a number below 3, and handles of which not all is known.',
    references: [
      { page: 'open', section: 2 },
      { page: 'fcntl', section: 2 },
    ],
    example: {
      bad: `#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (fd == -1 || argc < 2)
    return 1;
  pid_t pid = fork();
  if (pid == 0) {
    execv(argv[1], argv + 1);
    _exit(127);
  }
  return pid == -1 || shutdown(fd, SHUT_RD) == -1;
}
`,
      good: `#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd == -1 || argc < 2)
    return 1;
  pid_t pid = fork();
  if (pid == 0) {
    execv(argv[1], argv + 1);
    _exit(127);
  }
  return pid == -1 || shutdown(fd, SHUT_RD) == -1;
}
`,
    },
  },
  check() {
    const marked = new Set<Resource>();
    const open: { resource: Resource; name: string; send: () => void }[] = [];
    return {
      call(event, context) {
        const { path, site } = event;
        if (/^(?:fcntl|ioctl)$/.test(event.name)) {
          for (const resource of resourcesOf(event.args[0]?.value ?? {})) marked.add(resource);
        }
        if (!site?.call.effects.some(({ op }) => op === 'exec') || path.role.kind !== 'child') return;
        const numbers = event.args.some(({ value }) => resourcesOf(value).length > 0);
        for (const [resource, { state }] of numbers ? [] : path.holdings()) {
          const passed = [...path.holdings()].some(([other]) => other.duplicateOf === resource);
          const own = state === 'open' && !passed && isPrivate(resource);
          const name = own ? nameIn(path, resource) : undefined;
          if (name === undefined) continue;
          const send = () =>
            context.report({
              span: spanOfSite(resource.site),
              message: `\`${name}\` is still open when \`${event.name}\` starts another program, which then holds it without knowing. Open it with ${flagOf(resource.site)}.`,
              related: [{ span: event.at, message: 'The other program is started here' }],
              ...markFix(resource.site, context),
            });
          open.push({ resource, name, send });
        }
      },
      end() {
        for (const { resource, send } of open) if (!marked.has(resource)) send();
      },
    };
  },
};

const kinds = new Set<ResourceKind | undefined>([
  'file',
  'descriptor',
  'socket',
  'memfd',
  'epoll',
  'eventfd',
]);

/** A descriptor that the child did not open itself, with no flag that closes it; never one that stands for a standard one. */
function isPrivate({ kind, site, duplicateOf }: Resource): boolean {
  const flagged = site.expr.args.some((arg) => JSON.stringify(arg).includes('CLOEXEC'));
  const plain = !/^(?:dup|fcntl|creat|mkstemp)/.test(site.call.name);
  return kinds.has(kind) && !flagged && plain && duplicateOf === undefined;
}

function nameIn(path: Path, resource: Resource): string | undefined {
  for (const [place, value] of path.entries()) {
    const [origin, ...others] = value.origins ?? [];
    if (origin?.resource === resource && others.length === 0 && !/[#=]/.test(place)) return nameOf(place);
  }
  return undefined;
}

/** Where a call takes flags, the one that closes what it makes. */
function markFix(site: CallSite, context: RuleContext) {
  const flag = flagOf(site);
  const flags = ['flags', 'type', 'oflag'].map((name) => argumentNamed(site, name)).find((arg) => arg);
  const fits = /^\w+$/.test(flag) && site.within === context.scope.definition;
  return fixOf(`Add ${flag}`, fits ? withFlag(flags, flag, context) : undefined);
}

function flagOf({ call }: CallSite): string {
  const flags: Record<string, string> = {
    socket: 'SOCK_CLOEXEC',
    accept: 'SOCK_CLOEXEC, by `accept4`',
    eventfd: 'EFD_CLOEXEC',
    epoll_create1: 'EPOLL_CLOEXEC',
    memfd_create: 'MFD_CLOEXEC',
  };
  return flags[call.name] ?? 'O_CLOEXEC';
}
