/** Slips with processes, the ends of their pipes, signals and terminals. */
import { argument, atCalls, withoutCall, withoutCheck } from '../edits';
import type { Operator } from '../operator';

const execs = ['execl', 'execlp', 'execle', 'execv', 'execvp', 'execve', 'execvpe', 'fexecve'];

export const processOperators: readonly Operator[] = [
  {
    id: 'fork-unchecked',
    slip: 'left out the check of fork',
    rules: ['fork/unchecked', 'signal/target', 'handle/unchecked'],
    mutants: atCalls(['fork'], withoutCheck),
  },
  {
    id: 'end-not-closed',
    slip: 'left out the close of an end of a pipe',
    rules: [
      'pipe/unused-end-open',
      'pipe/spare-end',
      'pipe/dup2-leftover',
      'handle/leak',
      'fork/wait-before-drain',
      'handle/close-on-exec',
    ],
    mutants: atCalls(['close'], (view, site) =>
      /\[\s*(?:\w+\s*\]\s*\[\s*)?(?:[01]|READ\w*|WRITE\w*|R|W)\s*\]/.test(view.read(site.call))
        ? withoutCall(view, site)
        : [],
    ),
  },
  {
    id: 'no-exit-after-exec',
    slip: 'left out the exit behind an exec that failed',
    rules: ['fork/exec-falls-through', 'fork/child-falls-through'],
    mutants: atCalls(['_exit', 'exit'], (view, site) => {
      const at = site.beside.indexOf(site.stmt);
      const behindExec = site.beside
        .slice(Math.max(0, at - 2), at)
        .some((stmt) => execs.some((name) => new RegExp(`\\b${name}\\s*\\(`).test(view.read(stmt))));
      return behindExec ? withoutCall(view, site) : [];
    }),
  },
  {
    id: 'child-goes-on',
    slip: 'left out the exit at the end of the child',
    rules: ['fork/child-falls-through', 'fork/exec-falls-through'],
    mutants: atCalls(['_exit', 'exit'], (view, site) => {
      const [block, branch] = site.outer;
      const last = block?.kind === 'block' && block.body.at(-1) === site.stmt;
      const child =
        branch?.kind === 'if' &&
        branch.consequent === block &&
        /(?:pid|fork|child)\w*(?:\(\))?\)?\s*==\s*0$|^!\s*\(?\w*(?:pid|fork)/.test(view.read(branch.test));
      return last && child ? withoutCall(view, site) : [];
    }),
  },
  {
    id: 'children-block',
    slip: 'waited in a loop without WNOHANG',
    rules: ['signal/sigchld-blocks'],
    mutants: atCalls(['waitpid'], (view, site) =>
      site.outer.some(({ kind }) => kind === 'while' || kind === 'for') || site.stmt.kind === 'while'
        ? argument(2, (flags) => (flags === 'WNOHANG' ? '0' : undefined))(view, site)
        : [],
    ),
  },
  {
    id: 'not-blocked',
    slip: 'left out the blocking of a signal',
    rules: ['signal/not-blocked', 'signal/pause-race'],
    mutants: atCalls(['sigprocmask', 'pthread_sigmask'], (view, site) =>
      /SIG_(?:BLOCK|SETMASK)/.test(view.read(site.call)) &&
      view.callsOf(['sigwait', 'sigwaitinfo', 'sigtimedwait', 'signalfd', 'sigsuspend']).length > 0
        ? withoutCall(view, site)
        : [],
    ),
  },
  {
    id: 'pause-for-sigsuspend',
    slip: 'waited with pause instead of sigsuspend',
    rules: ['signal/pause-race', 'signal/not-blocked'],
    mutants: atCalls(['sigsuspend'], (view, { call }) => [view.edit(call, 'pause()')]),
  },
  {
    id: 'terminal-locked',
    slip: 'left out a step in opening a pseudoterminal',
    rules: ['pty/order'],
    mutants: atCalls(['grantpt', 'unlockpt', 'setsid'], (view, site) =>
      site.name !== 'setsid' || view.callsOf(['open', 'ptsname', 'ptySlaveOpen', 'ioctl']).length > 0
        ? withoutCall(view, site)
        : [],
    ),
  },
  {
    id: 'signal-uncatchable',
    slip: 'took a signal that cannot be caught',
    rules: ['signal/action'],
    mutants: atCalls(
      ['signal', 'sigaction'],
      argument(0, (name) => (/^SIG(?:TERM|INT)$/.test(name) ? 'SIGKILL' : undefined)),
    ),
  },
];
