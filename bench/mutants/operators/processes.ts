/** Slips with processes, the ends of their pipes, FIFOs and terminals. */
import { argument, atCalls, exchanged, withoutCall, withoutCheck, withoutException } from '../edits';
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
    id: 'no-flush-before-fork',
    slip: 'left what is printed in the buffer when it forked',
    rules: ['fork/stdio-twice'],
    mutants: atCalls(['fflush', 'setbuf', 'setvbuf'], (view, site) => {
      const [fork] = view.callsOf(['fork']);
      const printed = view
        .callsOf(['printf', 'puts', 'fputs', 'putchar'])
        .some(({ call }) => fork && call.start < fork.call.start);
      return printed ? withoutCall(view, site) : [];
    }),
  },
  {
    id: 'waited-first',
    slip: 'waited for a child before reading what it writes',
    rules: ['fork/wait-before-drain'],
    mutants: (view) =>
      view.callsOf(['pipe', 'pipe2']).length > 0
        ? exchanged(['read', 'fgets', 'getline'], ['wait', 'waitpid'])(view)
        : [],
  },
  {
    id: 'not-waited',
    slip: 'left out the wait for children that are made again and again',
    rules: ['fork/no-wait'],
    mutants: (view) =>
      view
        .callsOf(['fork'])
        .some(({ outer }) => outer.some(({ kind }) => kind === 'while' || kind === 'for' || kind === 'do'))
        ? atCalls(['wait', 'waitpid'], withoutCall)(view)
        : [],
  },
  {
    id: 'fifo-there-already',
    slip: 'failed where the FIFO is there already',
    rules: ['fifo/eexist'],
    mutants: (view) =>
      view.mentions(/\b(?:unlink|remove)\s*\(/) === 0
        ? withoutException(['mkfifo', 'mknod'], /\bEEXIST\b/)(view)
        : [],
  },
  {
    id: 'no-writer-of-its-own',
    slip: 'left out the write end that keeps a FIFO open',
    rules: ['fifo/server-eof', 'pipe/eof-ignored'],
    mutants: atCalls(['open'], (view, site) => {
      const [name, flags] = site.call.args.map((arg) => view.read(arg));
      const reads = view
        .callsOf(['open'])
        .some(
          ({ call: { args, start } }) =>
            start < site.call.start &&
            args.length > 1 &&
            view.read(args[0]!) === name &&
            /O_RDONLY/.test(view.read(args[1]!)),
        );
      return reads && flags !== undefined && /O_WRONLY/.test(flags) && view.mentions(/\bmkfifo\b/) > 0
        ? withoutCall(view, site)
        : [];
    }),
  },
];
