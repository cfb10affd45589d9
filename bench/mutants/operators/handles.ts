/** Slips with descriptors, names and results. */
import {
  argument,
  atCalls,
  beforeUse,
  comparedWith,
  onceOnly,
  rewritten,
  swapped,
  toldByPerror,
  twice,
  withoutCall,
  withoutCheck,
  withoutLastArgument,
  withoutLeaving,
  withoutStatement,
} from '../edits';
import type { Operator } from '../operator';

const makers = [
  'pipe',
  'open',
  'socket',
  'accept',
  'shm_open',
  'mq_open',
  'shmget',
  'msgget',
  'semget',
  'eventfd',
];
const receivers = [
  'read',
  'recv',
  'recvfrom',
  'mq_receive',
  'msgrcv',
  'Read',
  'Recv',
  'Recvfrom',
  'Readline',
];
const pointers = ['mmap', 'sem_open', 'shmat', 'popen', 'fopen', 'fdopen'];

const counterparts: Record<string, string> = {
  sem_close: 'sem_destroy',
  sem_destroy: 'sem_close',
  fclose: 'pclose',
};

export const handleOperators: readonly Operator[] = [
  {
    id: 'maker-unchecked',
    slip: 'left out the check of a call that makes an object',
    rules: ['handle/unchecked'],
    mutants: atCalls(makers, withoutCheck),
  },
  {
    id: 'pointer-unchecked',
    slip: 'left out the check of a call that gives a pointer',
    rules: ['handle/unchecked'],
    mutants: atCalls(pointers, withoutCheck),
  },
  {
    id: 'wrong-failure-number',
    slip: 'tested a descriptor for zero instead of -1',
    rules: ['handle/wrong-failure-value', 'handle/unchecked', 'handle/use-unchecked-failed', 'handle/leak'],
    mutants: atCalls(
      makers,
      comparedWith((op, other) =>
        (op === '==' && other === '-1') || (op === '<' && other === '0') ? '== 0' : undefined,
      ),
    ),
  },
  {
    id: 'map-failed-null',
    slip: 'tested a mapping or an attached segment for NULL',
    rules: ['handle/wrong-failure-value'],
    mutants: atCalls(
      ['mmap', 'shmat'],
      comparedWith((op, other) => (/MAP_FAILED|-\s*1/.test(other) ? `${op} NULL` : undefined)),
    ),
  },
  {
    id: 'stream-below-zero',
    slip: 'tested a stream for -1',
    rules: ['handle/wrong-failure-value'],
    mutants: atCalls(
      ['popen', 'fopen', 'fdopen'],
      comparedWith((op, other) => (other === 'NULL' ? `${op} (FILE *) -1` : undefined)),
    ),
  },
  {
    id: 'pthread-below-zero',
    slip: 'tested the number that a pthread call returns for -1',
    rules: ['handle/wrong-failure-value'],
    mutants: atCalls(
      ['pthread_create', 'pthread_mutex_lock', 'pthread_mutex_init', 'pthread_join', 'pthread_cond_wait'],
      comparedWith((op, other) => (op === '!=' && other === '0' ? '== -1' : op === '>' ? '< 0' : undefined)),
    ),
  },
  {
    id: 'comparison-stored',
    slip: 'left out the parentheses of an assignment in a condition',
    rules: ['handle/assignment-in-condition'],
    mutants: (view) =>
      view.callsOf([...makers, 'read', 'recv', 'fork', 'waitpid']).flatMap(({ around, call }) => {
        const [assigned, test] = around;
        if (assigned?.kind !== 'assign' || test?.kind !== 'binary' || test.left !== assigned) return [];
        const whole = view.read(test);
        return /^\([^()]*=/.test(whole)
          ? [
              [
                view.edit(
                  test,
                  `${whole.slice(1, call.end - test.start)}${whole.slice(call.end - test.start).replace(/^\s*\)/, '')}`,
                ),
              ],
            ]
          : [];
      }),
  },
  {
    id: 'no-mode',
    slip: 'left out the mode beside O_CREAT',
    rules: ['handle/creat-args'],
    mutants: atCalls(['open', 'mq_open', 'sem_open'], (view, site) =>
      /O_CREAT/.test(view.read(site.call)) && site.call.args.length === 3
        ? withoutLastArgument(view, site)
        : [],
    ),
  },
  {
    id: 'closed-twice',
    slip: 'closed a descriptor twice',
    rules: ['handle/double-close'],
    mutants: atCalls(['close', 'fclose', 'pclose', 'mq_close'], twice),
  },
  {
    id: 'not-closed',
    slip: 'left out the close of a descriptor that is no end of a pipe',
    rules: [
      'handle/leak',
      'socket/accepted-leak',
      'pipe/unused-end-open',
      'pipe/spare-end',
      'handle/close-on-exec',
    ],
    mutants: atCalls(['close'], (view, site) =>
      /\[/.test(view.read(site.call)) ? [] : withoutCall(view, site),
    ),
  },
  {
    id: 'read-only',
    slip: 'opened for reading what is written',
    rules: ['handle/wrong-direction', 'fcntl-lock/mode', 'posix-shm/access', 'mmap-shared/private'],
    mutants: atCalls(
      ['open', 'mq_open', 'shm_open'],
      argument(1, (flags) =>
        /O_RDWR|O_WRONLY/.test(flags) ? flags.replace(/O_RDWR|O_WRONLY/, 'O_RDONLY') : undefined,
      ),
    ),
  },
  {
    id: 'ends-exchanged',
    slip: 'took the other end of a pipe',
    rules: ['pipe/swapped-ends', 'handle/wrong-direction', 'handle/use-after-close', 'handle/double-close'],
    mutants: atCalls(
      ['read', 'write', 'dup2', 'fdopen'],
      argument(0, (end) =>
        /\[[01]\]$/.test(end) ? end.replace(/[01](?=\]$)/, (digit) => `${1 - Number(digit)}`) : undefined,
      ),
    ),
  },
  {
    id: 'dup2-exchanged',
    slip: 'exchanged the arguments of dup2',
    rules: ['handle/dup2-order', 'pipe/swapped-ends', 'handle/wrong-direction'],
    mutants: atCalls(['dup2'], swapped(0, 1)),
  },
  {
    id: 'end-of-file-unseen',
    slip: 'went on after the end of the input',
    rules: ['pipe/eof-ignored'],
    // The master of a terminal has no end of file, and who asks for all of a structure finds it so.
    mutants: atCalls(['read', 'recv'], (view, site) => {
      const loop = [site.stmt, ...site.outer].find(({ kind }) => /^(?:for|while|do)$/.test(kind));
      return !loop ||
        /!=\s*\(*\w*\)*\s*sizeof/.test(view.read(loop)) ||
        view.mentions(/\b(?:pty|pts)\w*\s*\(|master/i) > 0
        ? []
        : comparedWith((op, other) =>
            other === '0' && (op === '>' || op === '<=') ? `${op === '>' ? '>=' : '<'} 0` : undefined,
          )(view, site);
    }),
  },
  {
    id: 'not-terminated',
    slip: 'left out the zero behind what was received',
    rules: ['handle/not-a-string'],
    mutants: (view) => {
      const received = view.callsOf(receivers).map(({ call }) => view.read(call));
      return withoutStatement(/^\w+\s*\[\s*\w+\s*\]\s*=\s*(?:0|'\\0')\s*;$/)(view).filter(([edit]) => {
        const [array = ''] = edit ? (/^\w+/.exec(view.read(edit)) ?? []) : [];
        return received.some((call) => call.includes(array));
      });
    },
  },
  {
    id: 'name-without-slash',
    slip: 'left out the slash of a name',
    rules: ['handle/name'],
    mutants: atCalls(
      ['shm_open', 'sem_open', 'mq_open', 'shm_unlink', 'sem_unlink', 'mq_unlink'],
      argument(0, (name) => (/^"\/[^/"]+"$/.test(name) ? name.replace('/', '') : undefined)),
    ),
  },
  {
    id: 'wrong-close',
    slip: 'closed the stream of popen with fclose',
    rules: ['popen/pclose'],
    mutants: atCalls(['pclose'], (view, { call }) => [view.edit(call.callee, 'fclose')]),
  },
  {
    id: 'interrupted-once',
    slip: 'took the loop around a wait away',
    rules: ['signal/sigchld-once', 'fork/no-wait', 'handle/eintr', 'handle/short-count'],
    mutants: atCalls(['waitpid', 'wait'], onceOnly),
  },
  {
    id: 'failure-goes-on',
    slip: 'told of a failure and went on',
    rules: [
      'handle/use-unchecked-failed',
      'handle/unchecked',
      'fork/unchecked',
      'signal/target',
      'handle/wrong-failure-value',
    ],
    mutants: atCalls([...makers, ...pointers, 'fork'], withoutLeaving),
  },
  {
    id: 'count-unchecked',
    slip: 'left out the check of how much was read or written',
    rules: ['handle/short-count', 'handle/unchecked', 'handle/not-a-string'],
    // What is shown to a person is not missed.
    mutants: atCalls(['read', 'write', 'recv', 'send', 'recvfrom', 'mq_receive', 'msgrcv'], (view, site) =>
      /^\w+\s*\(\s*(?:STD(?:OUT|ERR)_FILENO|[12])\b/.test(view.read(site.call))
        ? []
        : withoutCheck(view, site),
    ),
  },
  {
    id: 'closed-early',
    slip: 'closed a descriptor before it is used for the last time',
    rules: ['handle/use-after-close'],
    mutants: beforeUse(
      ['read', 'write', 'mmap', 'fstat', 'ftruncate', 'dup2', 'send', 'recv', 'fcntl'],
      ['close'],
    ),
  },
  {
    id: 'wrong-release',
    slip: 'gave an object back with the call for another kind',
    rules: ['handle/wrong-kind', 'popen/pclose'],
    mutants: atCalls(['sem_close', 'sem_destroy', 'fclose'], (view, { name, call }) => [
      view.edit(call.callee, counterparts[name]!),
    ]),
  },
  {
    id: 'errno-late',
    slip: 'printed something before asking for errno',
    rules: ['handle/errno-clobbered'],
    mutants: (view) =>
      view.places
        .filter(
          ({ stmt, beside, outer: [block, check] }) =>
            stmt.kind === 'if' &&
            /^\(*\s*errno\s*[!=]=/.test(view.read(stmt.test)) &&
            beside[0] === stmt &&
            block?.kind === 'block' &&
            check?.kind === 'if',
        )
        .map(({ stmt }) => [view.edit({ start: stmt.start, end: stmt.start }, 'printf("failed\\n"); ')]),
  },
  {
    id: 'number-not-in-errno',
    slip: 'printed errno for the number that a pthread call returned',
    rules: ['handle/errno-not-set'],
    mutants: atCalls(
      ['pthread_create', 'pthread_mutex_lock', 'pthread_mutex_init', 'pthread_join', 'pthread_cond_wait'],
      toldByPerror,
    ),
  },
  {
    id: 'passed-on-at-exec',
    slip: 'left out close-on-exec',
    rules: ['handle/close-on-exec', 'pipe/exec-report'],
    mutants: (view) =>
      view.mentions(/\b(?:exec[lv]\w*|fexecve|posix_spawnp?)\s*\(/) > 0
        ? rewritten(/\b(?:O|SOCK|EFD|EPOLL|SFD|TFD|IN)_CLOEXEC\b/, '0')(view)
        : [],
  },
  {
    id: 'lock-file-of-two',
    slip: 'left out O_EXCL at a lock file',
    rules: ['shared-file/lock-file'],
    mutants: atCalls(['open'], (view, site) =>
      /lock|pid/i.test(view.read(site.call))
        ? argument(1, (flags) =>
            /O_CREAT/.test(flags) ? flags.replace(/\s*\|\s*O_EXCL|O_EXCL\s*\|\s*/, '') : undefined,
          )(view, site)
        : [],
    ),
  },
  {
    id: 'file-not-locked',
    slip: 'left out the lock of a file',
    rules: ['shared-file/no-lock', 'lock/not-held', 'lock/stdio'],
    mutants: atCalls(['flock', 'fcntl', 'lockf', 'lockRegionWait', 'lockRegion'], (view, site) =>
      /LOCK_EX|LOCK_SH|F_SETLK|F_LOCK|F_WRLCK/.test(view.read(site.call)) &&
      !/F_UNLCK/.test(view.read(site.call))
        ? withoutCall(view, site)
        : [],
    ),
  },
  {
    id: 'not-written-out',
    slip: 'unlocked a file before its stream is written out',
    rules: ['lock/stdio'],
    mutants: (view) =>
      view
        .callsOf(['flock', 'fcntl', 'lockf'])
        .some(({ call }) => /LOCK_UN|F_UNLCK|F_ULOCK/.test(view.read(call)))
        ? atCalls(['fflush'], withoutCall)(view)
        : [],
  },
];
