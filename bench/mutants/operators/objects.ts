/** Slips in how objects are made, sized, locked, shared and removed. */
import { argument, atCalls, exchanged, rewritten, withoutCall } from '../edits';
import type { Operator } from '../operator';
import type { Call, FunctionView } from '../view';

const removing = ['mq_unlink', 'shm_unlink', 'sem_unlink', 'msgctl', 'shmctl', 'semctl'];
const making = ['shm_open', 'sem_open', 'mq_open', 'mkfifo', 'msgget', 'shmget', 'semget', 'open'];

/** Ends the text of a call anew: `change` gets its arguments. */
function called(name: string, change: (args: string[]) => string | undefined) {
  return atCalls([name], (view, { call }) => {
    const text = change(call.args.map((arg) => view.read(arg)));
    return text === undefined ? [] : [view.edit(call, text)];
  });
}

/** The sizes of structures become those of pointers. */
const pointerSize = (size: string) =>
  size.replace(/sizeof\s*\(\s*(?:struct\s+)?\w+\s*\)|sizeof\s*\*\s*\w+/, 'sizeof(void *)');

/** A loop of joins and what destroys a lock behind it change places. */
function destroyedFirst(view: FunctionView) {
  const join = view.callsOf(['pthread_join'])[0];
  const loop = join?.outer.find(({ kind }) => kind === 'for' || kind === 'while') ?? join?.stmt;
  const beside = (site: Call) => site.beside.includes(loop!) && site.stmt.start > (loop?.end ?? 0);
  return view
    .callsOf(['pthread_mutex_destroy', 'pthread_cond_destroy', 'sem_destroy', 'pthread_barrier_destroy'])
    .filter((site) => loop && beside(site) && site.stmt.kind === 'expr')
    .map((site) => [
      view.edit(loop!, `${view.read(site.stmt)} ${view.read(loop!)}`),
      view.edit(site.stmt, ';'),
    ]);
}

export const objectOperators: readonly Operator[] = [
  {
    id: 'not-removed',
    slip: 'left out the removal of an object',
    rules: ['handle/not-removed', 'handle/leak'],
    mutants: atCalls(removing, (view, site) =>
      /unlink/.test(site.name) || /IPC_RMID/.test(view.read(site.call)) ? withoutCall(view, site) : [],
    ),
  },
  {
    id: 'open-to-all',
    slip: 'let everybody write to an object',
    rules: ['handle/world-writable'],
    mutants: atCalls(making, (view, { call }) =>
      call.args.flatMap((arg) => {
        const text = view.read(arg);
        const wide = text.replace(/\b06[0-6]{2}\b|\bS_IRUSR\s*\|\s*S_IWUSR\b/, '0666');
        return wide === text || /\b0666\b/.test(text) ? [] : [view.edit(arg, wide)];
      }),
    ),
  },
  {
    id: 'temporary-by-name',
    slip: 'made a temporary file by mktemp and open',
    rules: ['handle/predictable-tmp', 'shared-file/temporary-name'],
    mutants: called('mkstemp', ([name]) => `open(mktemp(${name}), O_RDWR | O_CREAT, 0600)`),
  },
  {
    id: 'private-key',
    slip: 'gave IPC_PRIVATE in place of a key that others have',
    rules: ['sysv/private-with-key-use', 'sysv/ftok'],
    mutants: atCalls(['msgget', 'shmget', 'semget'], (view, site) =>
      view.mentions(/\b[fF]ork\s*\(/) > 0
        ? []
        : argument(0, (key) => (/PRIVATE/.test(key) ? undefined : 'IPC_PRIVATE'))(view, site),
    ),
  },
  {
    id: 'sized-as-pointer',
    slip: 'gave an object the size of a pointer to what it holds',
    rules: ['posix-shm/size-mismatch', 'posix-shm/beyond-size', 'mmap-shared/length', 'posix-shm/access'],
    mutants: atCalls(['ftruncate'], argument(1, pointerSize)),
  },
  {
    id: 'mapped-as-pointer',
    slip: 'mapped as many bytes as a pointer to it has',
    rules: ['mmap-shared/length', 'posix-shm/size-mismatch', 'posix-shm/beyond-size'],
    mutants: atCalls(['mmap'], argument(1, pointerSize)),
  },
  {
    id: 'mapped-read-only',
    slip: 'mapped for reading what is written',
    rules: ['mmap-shared/read-only-write', 'posix-shm/access'],
    mutants: atCalls(
      ['mmap'],
      argument(2, (bits) => (/PROT_WRITE/.test(bits) && /PROT_READ/.test(bits) ? 'PROT_READ' : undefined)),
    ),
  },
  {
    id: 'no-undo',
    slip: 'left out SEM_UNDO',
    rules: ['sysv-sem/no-undo', 'sysv-sem/undo-mismatch'],
    mutants: rewritten(/\bSEM_UNDO\b/, '0'),
  },
  {
    id: 'other-type',
    slip: 'received messages of a type that nobody sends',
    rules: ['sysv-msg/type-never-received'],
    mutants: atCalls(
      ['msgrcv'],
      argument(3, (type) => (/^[1-9]$/.test(type) ? `${type}7` : undefined)),
    ),
  },
  {
    id: 'read-lock',
    slip: 'took the lock for readers and writes',
    rules: ['lock/read-locked', 'fcntl-lock/mode', 'shared-file/no-lock', 'lock/not-held'],
    mutants: (view) => [
      ...atCalls(['pthread_rwlock_wrlock'], (own, { call }) => [
        own.edit(call.callee, 'pthread_rwlock_rdlock'),
      ])(view),
      ...rewritten(/\bF_WRLCK\b/, 'F_RDLCK')(view),
    ],
  },
  {
    id: 'lock-not-waited-for',
    slip: 'took the lock of a file by the call that does not wait',
    rules: ['fcntl-lock/busy', 'handle/unchecked', 'handle/lock-wait-unchecked'],
    mutants: rewritten(/\bF_SETLKW\b/, 'F_SETLK'),
  },
  {
    id: 'never-made',
    slip: 'left out what makes a lock usable',
    rules: ['lock/uninitialised', 'condvar/without-mutex', 'posix-sem/value'],
    mutants: atCalls(
      ['pthread_mutex_init', 'pthread_cond_init', 'pthread_rwlock_init', 'sem_init', 'pthread_barrier_init'],
      withoutCall,
    ),
  },
  {
    id: 'locks-exchanged',
    slip: 'took two locks in the other order',
    rules: ['lock/order', 'posix-sem/as-lock'],
    mutants: exchanged(['pthread_mutex_lock', 'sem_wait'], ['pthread_mutex_lock', 'sem_wait']),
  },
  {
    id: 'destroyed-in-use',
    slip: 'destroyed a lock before the threads that use it were joined',
    rules: ['posix-sem/lifetime', 'posix-sem/copy', 'handle/use-after-close'],
    mutants: destroyedFirst,
  },
  {
    id: 'wakes-one',
    slip: 'woke one where all wait',
    rules: ['condvar/wakes-one'],
    mutants: atCalls(['pthread_cond_broadcast'], (view, { call }) => [
      view.edit(call.callee, 'pthread_cond_signal'),
    ]),
  },
  {
    id: 'not-joined',
    slip: 'left out the joins of the threads',
    rules: ['thread/never-joined', 'posix-sem/lifetime', 'thread/shared-argument'],
    mutants: atCalls(['pthread_join'], withoutCall),
  },
  {
    id: 'joined-again',
    slip: 'joined the first thread again and again',
    rules: ['thread/joined-twice'],
    mutants: atCalls(
      ['pthread_join'],
      argument(0, (thread) => (/\[\w+\]$/.test(thread) ? thread.replace(/\[[a-z]\w*\]$/, '[0]') : undefined)),
    ),
  },
];
