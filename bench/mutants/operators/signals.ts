/** Slips with signals and their handlers. */
import { argument, atCalls, rewritten, withoutCall, withoutStatement } from '../edits';
import type { Operator } from '../operator';

const waits = ['sigwait', 'sigwaitinfo', 'sigtimedwait', 'signalfd', 'sigsuspend'];
const maskers = ['sigprocmask', 'pthread_sigmask'];

export const signalOperators: readonly Operator[] = [
  {
    id: 'not-blocked',
    slip: 'left out the blocking of a signal',
    rules: ['signal/not-blocked', 'signal/pause-race'],
    mutants: atCalls(maskers, (view, site) =>
      /SIG_(?:BLOCK|SETMASK)/.test(view.read(site.call)) && view.callsOf(waits).length > 0
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
    id: 'mask-not-restored',
    slip: 'left blocked what was blocked for a while',
    rules: ['signal/mask-kept'],
    mutants: (view) =>
      atCalls(maskers, (_, site) => {
        const before = view
          .callsOf(maskers)
          .some(({ call }) => call.start < site.call.start && /SIG_BLOCK/.test(view.read(call)));
        return before && /SIG_(?:UNBLOCK|SETMASK)/.test(view.read(site.call)) ? withoutCall(view, site) : [];
      })(view),
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
  {
    id: 'not-volatile',
    slip: 'left out volatile at a variable that a handler sets',
    rules: ['signal/shared-variable'],
    mutants: (view) => {
      const { body } = view.definition;
      const set = [...view.read(body).matchAll(/\b(\w+)\s*(?:=(?!=)|\+\+|[-+|]=)/g)].map(([, name]) => name);
      return view.isHandler
        ? [...new Set(set)]
            .map((name) =>
              view.anywhere(
                new RegExp(`\\bvolatile\\s+(?=(?:sig_atomic_t|int)\\b[^;(){}]*\\b${name}\\b)`),
                '',
              ),
            )
            .filter((edits) => edits.length > 0)
        : [];
    },
  },
  {
    id: 'prints-in-handler',
    slip: 'put a message into a signal handler',
    rules: ['signal/unsafe-call'],
    mutants: (view) => {
      const { body } = view.definition;
      const first = body.kind === 'block' ? body.body.find(({ kind }) => kind !== 'decl') : undefined;
      return first && view.isHandler && !/\b\w*printf\s*\(/.test(view.read(body))
        ? [[view.edit({ start: first.start, end: first.start }, 'printf("caught\\n"); ')]]
        : [];
    },
  },
  {
    id: 'exit-in-handler',
    slip: 'ended the program by exit in a signal handler',
    rules: ['signal/unsafe-call'],
    mutants: (view) =>
      view.isHandler
        ? atCalls(['_exit', '_Exit'], (_, { call }) => [view.edit(call.callee, 'exit')])(view)
        : [],
  },
  {
    id: 'errno-not-kept',
    slip: 'did not put errno back in a signal handler',
    rules: ['signal/errno'],
    mutants: (view) => (view.isHandler ? withoutStatement(/^errno\s*=\s*\w+\s*;$/)(view) : []),
  },
  {
    id: 'one-standard-signal',
    slip: 'queued values with a signal that does not queue',
    rules: ['rt-signal/queue'],
    mutants: atCalls(
      ['sigqueue'],
      argument(1, (name) => (/^SIGRTM/.test(name) ? 'SIGUSR1' : undefined)),
    ),
  },
  {
    id: 'death-by-pipe',
    slip: 'left SIGPIPE as it is',
    rules: ['pipe/sigpipe'],
    mutants: atCalls(['signal', 'sigaction'], (view, site) =>
      /\(\s*SIGPIPE\b/.test(view.read(site.call)) ? withoutCall(view, site) : [],
    ),
  },
  {
    id: 'not-restarted',
    slip: 'left out SA_RESTART',
    rules: ['handle/eintr'],
    mutants: rewritten(/(\bsa_flags\s*=.*?)\bSA_RESTART\b/, '$1 0'),
  },
];
