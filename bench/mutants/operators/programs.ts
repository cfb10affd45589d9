/** Slips with programs that are started, what they are told, and what is waited for. */
import { argument, atCalls, exchanged, rewritten, withoutCall, withoutLastArgument } from '../edits';
import type { Operator } from '../operator';

export const programOperators: readonly Operator[] = [
  {
    id: 'arguments-open',
    slip: 'left out the end of the arguments of a program',
    rules: ['fork/exec-arguments'],
    mutants: atCalls(['execl', 'execlp'], (view, site) =>
      /NULL|\)\s*0$/.test(view.read(site.call.args.at(-1)!)) ? withoutLastArgument(view, site) : [],
    ),
  },
  {
    id: 'list-open',
    slip: 'left out the null pointer that ends a list of arguments',
    rules: ['fork/exec-arguments'],
    mutants: (view) =>
      view.callsOf(['execv', 'execvp', 'execve']).length === 0
        ? []
        : view.places
            .filter(
              ({ stmt }) =>
                stmt.kind === 'expr' &&
                /^\w+\[[^\]]+\]\s*=\s*(?:NULL|\(char \*\)\s*(?:0|NULL))$/.test(view.read(stmt.expr)),
            )
            .map(({ stmt }) => [view.edit(stmt, ';')]),
  },
  {
    id: 'status-for-number',
    slip: 'took the wait status for the exit status',
    rules: ['fork/wait-status'],
    mutants: rewritten(/\bWEXITSTATUS\s*\(\s*(\w+)\s*\)/, '$1'),
  },
  {
    id: 'ended-by-signal-forgotten',
    slip: 'took the exit status of a child that may have been killed',
    rules: ['fork/wait-status'],
    mutants: rewritten(/\bWIFEXITED\s*\(\s*\w+\s*\)/, '1'),
  },
  {
    id: 'printed-and-lost',
    slip: 'ended a process that has printed something with _exit',
    rules: ['fork/output-lost'],
    mutants: atCalls(['exit'], (view, site) => {
      const { call, stmt, beside } = site;
      const before = beside
        .slice(0, beside.indexOf(stmt))
        .map((one) => view.read(one))
        .join('');
      return /\bprintf\s*\(/.test(before) && !/fflush/.test(before) ? [view.edit(call.callee, '_exit')] : [];
    }),
  },
  {
    id: 'pipe-behind-fork',
    slip: 'made the pipe behind the fork',
    rules: ['pipe/behind-fork', 'pipe/unused-end-open', 'pipe/self-deadlock', 'handle/leak'],
    mutants: exchanged(['pipe'], ['fork']),
  },
  {
    id: 'not-flushed',
    slip: 'did not flush a stream',
    rules: ['pipe/unflushed', 'fork/stdio-twice', 'lock/stdio', 'fork/output-lost'],
    mutants: atCalls(['fflush'], (view, site) =>
      /stdout|stderr/.test(view.read(site.call)) ? [] : withoutCall(view, site),
    ),
  },
  {
    id: 'no-reuse',
    slip: 'left out SO_REUSEADDR',
    rules: ['socket/reuseaddr'],
    mutants: atCalls(['setsockopt'], (view, site) =>
      /SO_REUSEADDR/.test(view.read(site.call)) ? withoutCall(view, site) : [],
    ),
  },
  {
    id: 'set-not-cleared',
    slip: 'left a descriptor that is closed in the set',
    rules: ['multiplex/closed-member'],
    mutants: atCalls(['FD_CLR'], withoutCall),
  },
  {
    id: 'set-not-zeroed',
    slip: 'left out FD_ZERO',
    rules: ['multiplex/not-rebuilt', 'handle/struct-incomplete', 'multiplex/set-size'],
    mutants: atCalls(['FD_ZERO'], withoutCall),
  },
  {
    id: 'event-not-asked',
    slip: 'left out what a descriptor is watched for',
    rules: ['handle/struct-incomplete', 'multiplex/event-bits'],
    mutants: (view) =>
      view.places
        .filter(({ stmt }) => stmt.kind === 'expr' && /(?:\.|->)events\s*=/.test(view.read(stmt)))
        .map(({ stmt }) => [view.edit(stmt, ';')]),
  },
  {
    id: 'hang-up-an-error',
    slip: 'took EIO of a terminal for an error',
    rules: ['pty/eio'],
    mutants: rewritten(/\s*&&\s*errno\s*!=\s*EIO\b/, ''),
  },
  {
    id: 'datagram-short',
    slip: 'received datagrams into fewer bytes than are sent',
    rules: ['socket/dgram-truncated'],
    mutants: atCalls(
      ['recvfrom'],
      argument(2, (size) => (/^(?:sizeof|[A-Z_]+)/.test(size) ? '4' : undefined)),
    ),
  },
  {
    id: 'killed-everybody',
    slip: 'sent a signal to -1 in place of the child',
    rules: ['signal/target'],
    mutants: atCalls(
      ['kill'],
      argument(0, (pid) => (/^\w*pid\w*$|^child\w*$/.test(pid) ? '-1' : undefined)),
    ),
  },
];
