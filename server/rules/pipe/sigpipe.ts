import type { CallEvent } from '../../analysis/events';
import type { CallSite } from '../../analysis/values';
import { type Expr, someExprIn } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { fixOf, withFlag } from '../shared/edits';
import { failureBranch, isLoop, isServing, spanOfSite } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { argument, constantNamed, excerpt, isDirect } from '../shared/support';
import { fileMentions, fileNames, isProgram } from '../shared/whole-file';
import { isFifo, openOf } from '../subjects/fifos';

export const sigpipe: Rule = {
  meta: {
    id: 'pipe/sigpipe',
    severity: 'information',
    preset: 'recommended',
    title: 'A server writes to a client that may be gone, and SIGPIPE would end it',
    explanation:
      'A write to a pipe, FIFO or stream socket whose reader has gone raises SIGPIPE, which ends the process unless it is ignored or caught. One client that leaves early then stops a server for all others.',
    silence:
      'Programs that mention SIGPIPE, sends with MSG_NOSIGNAL, children that serve one client each, and descriptors that are not surely a client of a server loop.',
    references: [
      { page: 'pipe', section: 7 },
      { page: 'send', section: 2 },
    ],
    demo: 'pipe/sigpipe',
    example: {
      bad: `#include <sys/socket.h>
#include <unistd.h>

void serve(int listening) {
  for (;;) {
    int client = accept(listening, NULL, NULL);
    if (client == -1)
      return;
    if (send(client, "hello\\n", 6, 0) == -1) {
      close(client);
      return;
    }
    close(client);
  }
}
`,
      good: `#include <sys/socket.h>
#include <unistd.h>

void serve(int listening) {
  for (;;) {
    int client = accept(listening, NULL, NULL);
    if (client == -1)
      return;
    if (send(client, "hello\\n", 6, MSG_NOSIGNAL) == -1) {
      close(client);
      return;
    }
    close(client);
  }
}
`,
    },
  },
  check() {
    const clients = new Set<CallSite>();
    const writes: { event: CallEvent; context: RuleContext }[] = [];
    const vain = new Map<Expr, { event: CallEvent; context: RuleContext }>();
    return {
      call(event, context) {
        const { site, path } = event;
        const sends = site !== undefined && /^(?:write|send|writev|sendto|sendmsg)$/.test(event.name);
        if (sends && expectsEpipe(event, context)) vain.set(event.expr, { event, context });
        if (!site || path.role.kind === 'child') return;
        const opened = openOf(event, context);
        const comes =
          site.call.effects.some(({ op }) => op === 'accept') ||
          /^accept4?$/.test(event.name) ||
          (opened?.access === 'write' && isFifo(event, context));
        if (comes && isInService(event, context)) clients.add(site);
        if (sends) writes.push({ event, context });
      },
      end() {
        for (const { event, context } of vain.values()) reportVain(event, context);
        const reported = new Set<CallSite>();
        for (const { event, context } of writes) {
          const fd = event.args[0];
          const [origin, ...others] = fd?.value.origins ?? [];
          if (!fd || !origin || others.length > 0 || !clients.has(origin.site) || reported.has(origin.site))
            continue;
          if (quiet(event) || fileNames(context, 'SIGPIPE')) continue;
          reported.add(origin.site);
          context.report({
            span: event.at,
            message: `When the client behind \`${excerpt(context, fd.expr)}\` has gone, \`${event.name}\` raises SIGPIPE, which ends this server for all clients. Ignore SIGPIPE${
              /^send/.test(event.name) ? ', or pass MSG_NOSIGNAL,' : ''
            } and treat EPIPE as the end of this client.`,
            related: [{ span: spanOfSite(origin.site), message: 'The client comes in here' }],
            ...fixOf(
              'Pass MSG_NOSIGNAL',
              isDirect(event.at, event.expr)
                ? withFlag(argument(event, 'flags')?.expr, 'MSG_NOSIGNAL', context)
                : undefined,
            ),
          });
        }
      },
    };
  },
};

/** In a loop that goes on with other clients. */
function isInService(event: CallEvent, context: RuleContext): boolean {
  return around(context.scope.definition, event.expr)
    .filter(isLoop)
    .some((loop) => isServing(loop, context) && contains(loop.body, event.expr));
}

function quiet(event: CallEvent): boolean {
  const flags = event.name === 'write' || event.name === 'writev' ? undefined : argument(event, 'flags');
  const bits = flags?.value.constant;
  return flags !== undefined && (bits === undefined || (bits & constantNamed('MSG_NOSIGNAL')) !== 0n);
}

/** EPIPE is looked for where the call fails, in a program that leaves SIGPIPE as it is. */
function expectsEpipe(event: CallEvent, context: RuleContext): boolean {
  if (quiet(event) || !isDirect(event.at, event.expr) || !isProgram(context)) return false;
  const branch = failureBranch(event.expr, context);
  const names =
    branch !== undefined && someExprIn(branch, (expr) => expr.kind === 'name' && expr.name === 'EPIPE');
  return (
    names &&
    !fileNames(context, /^(?:SIGPIPE|MSG_NOSIGNAL)$/) &&
    !fileMentions(context, /sig(?:nal|action|fillset)/)
  );
}

function reportVain(event: CallEvent, context: RuleContext): void {
  context.report({
    span: event.at,
    message: `The failure with EPIPE is looked for behind this \`${event.name}\`, but SIGPIPE ends the process before the call can fail with it. Ignore SIGPIPE with \`signal(SIGPIPE, SIG_IGN)\` first.`,
  });
}
