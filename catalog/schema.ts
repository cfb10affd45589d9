/**
 * The shape of what IPC Lens knows: facilities, topics, calls, constants, types and error numbers as plain data.
 *
 * Everything a person reads in a hover, a page or a message, and everything the analysis believes about a call,
 * comes from these records. Nothing here imports anything, and no record holds code.
 *
 * Text fields hold plain English with Markdown inline code (`like this`) and no other markup. Sentences are our own,
 * end with a full stop and name no tutorial or book.
 */

/** One id per facility. It names the file in catalog/facilities, the folder in server/rules, the file in server/demos and the page in docs/facilities. */
export const facilityIds = [
  'pipe',
  'fifo',
  'popen',
  'socketpair',
  'unix-stream',
  'unix-dgram',
  'inet-stream',
  'inet-dgram',
  'pty',
  'sysv-msg',
  'posix-mq',
  'sysv-shm',
  'posix-shm',
  'mmap-shared',
  'sysv-sem',
  'posix-sem-named',
  'posix-sem-unnamed',
  'flock',
  'fcntl-lock',
  'mutex',
  'condvar',
  'eventfd',
  'signal',
  'rt-signal',
  'shared-file',
] as const;
export type FacilityId = (typeof facilityIds)[number];

/** Cross-cutting topics: each concerns several facilities and has an explanation and demos of its own. */
export const topicIds = [
  'multiplexing',
  'descriptor-passing',
  'peeking',
  'nonblocking',
  'broadcast-multicast',
  'ftok-keys',
  'inheritance',
] as const;
export type TopicId = (typeof topicIds)[number];

/** Families hold the calls that several facilities share (`read`, `fork`, `socket`, ...). */
export const familyIds = [
  'descriptor',
  'descriptor-open',
  'descriptor-io',
  'descriptor-vector',
  'descriptor-control',
  'device-control',
  'descriptor-transfer',
  'process',
  'process-clone',
  'process-exec',
  'process-spawn',
  'process-wait',
  'process-identity',
  'process-limits',
  'stdio',
  'stdio-position',
  'stdio-data',
  'stdio-format',
  'stdio-report',
  'file',
  'file-status',
  'file-permission',
  'file-size',
  'file-temporary',
  'directory',
  'socket',
  'socket-address',
  'socket-option',
  'terminal',
  'thread',
  'thread-lock',
  'thread-c11',
  'time',
  'signal-set',
] as const;
export type FamilyId = (typeof familyIds)[number];

/** A manual page, `{ page: 'pipe', section: 7 }` for pipe(7). */
export interface ManPage {
  page: string;
  section: 1 | 2 | 3 | 4 | 5 | 7 | 8;
}

/* ---------------------------------------------------------------- facilities */

/** Places in the taxonomy; catalog/taxonomy.ts gives each its title, its parent and its order. */
export type TaxonomyId =
  | 'communication'
  | 'data-transfer'
  | 'byte-stream'
  | 'message'
  | 'pseudoterminal'
  | 'shared-memory'
  | 'shared-storage'
  | 'synchronization'
  | 'semaphore'
  | 'file-lock'
  | 'thread-synchronization'
  | 'event-counter'
  | 'signals';

export interface Facility {
  id: FacilityId;
  /** As a heading, such as `System V message queue`. */
  title: string;
  /** One or two sentences: what it is and what one uses it for. */
  summary: string;
  taxonomy: TaxonomyId;
  /** How a program names an object of this kind: `no name: inherited descriptors`, `pathname`, `key and identifier`. */
  identifiedBy: string;
  /** What a program holds: `file descriptor`, `identifier (int)`, `pointer to sem_t`. */
  handle: string;
  accessibility: {
    /** Who can reach an object: processes related by fork, any process of this machine, or other machines too. */
    scope: 'related' | 'unrelated' | 'network';
    /** What decides whether opening is permitted. */
    detail: string;
  };
  persistence: { kind: 'process' | 'kernel' | 'file-system'; detail: string };
  dataModel: {
    kind:
      | 'byte-stream'
      | 'message'
      | 'memory'
      | 'counter'
      | 'lock'
      | 'condition'
      | 'notification'
      | 'terminal'
      | 'file';
    /** `one-way`: one end writes, the other reads. `n/a` for locks, counters and memory. */
    direction: 'one-way' | 'two-way' | 'n/a';
    detail: string;
  };
  /** What happens when a reader is too slow or a waiter has nothing to take. */
  flowControl: string;
  limits: Limit[];
  /** How it differs from the facilities people weigh it against. */
  comparison: { to: FacilityId; difference: string }[];
  /** Mistakes people make with it, one sentence each with what happens then. */
  pitfalls: string[];
  manPages: ManPage[];
  /** Calls of families, topics or other facilities that serve this facility too: call name to what the call does here (one or two sentences). */
  uses: Record<string, string>;
}

export interface Limit {
  /** The name people know: `PIPE_BUF`, `msg_max`, `RLIMIT_MSGQUEUE`. */
  name: string;
  /** The usual value on Linux, with unit: `65536 bytes`. */
  usual: string;
  /** Where a machine shows its own value: `/proc/sys/fs/pipe-max-size`, `getrlimit(RLIMIT_MSGQUEUE)`, a constant of a header. */
  shownAt?: string;
  meaning: string;
}

export interface Topic {
  id: TopicId;
  title: string;
  summary: string;
  /** Paragraphs of explanation, each a few sentences. */
  explanation: string[];
  /** The facilities it concerns. */
  facilities: FacilityId[];
  pitfalls: string[];
  manPages: ManPage[];
  /** As in Facility: calls that matter to this topic and what they do here. */
  uses: Record<string, string>;
}

/* --------------------------------------------------------------------- calls */

export interface Call {
  name: string;
  man: ManPage;
  /** In the order of the SYNOPSIS, without angle brackets: `sys/types.h`. */
  headers: string[];
  /** One C declaration with named parameters and a semicolon: `ssize_t read(int fd, void *buf, size_t count);`. For a function-like macro, the declaration it would have. */
  prototype: string;
  /** True for a function-like macro (`FD_SET`, `CMSG_SPACE`): it cannot be taken as a function pointer or redeclared. */
  macro?: boolean;
  /** The feature-test macro to define, where the default of `gcc -std=gnu17` does not declare the call: `_GNU_SOURCE`. */
  featureTest?: string;
  /** `C`: ISO C. `POSIX`. `Linux`: a Linux system call outside POSIX. `GNU`/`BSD`: from those libraries. */
  standard: 'C' | 'POSIX' | 'Linux' | 'GNU' | 'BSD';
  /** A better call to use instead, when this one is obsolete or dangerous. */
  obsoleteFor?: string;
  /** One or two sentences: what the call does. */
  summary: string;
  /** One per named parameter of the prototype, in order; an argument taken through `...` follows with `variadic: true`. */
  params: Param[];
  returns: Returns;
  /** Errors a careful program tells apart, and what each means for this call. Names from catalog/errnos.ts. */
  errors: { errno: string; when: string }[];
  blocking: Blocking;
  /** In the list of signal-safety(7). */
  asyncSignalSafe: boolean;
  /** `true`: MT-Safe in attributes(7); else the sentence that says what is unsafe. */
  threadSafe: true | string;
  /** What the call does to objects and processes; the interpreter acts on these. Empty when it does nothing of the kind. */
  effects: Effect[];
  /** Facts worth knowing that fit nowhere above: one sentence each. */
  notes?: string[];
}

export interface Param {
  name: string;
  /** One sentence or phrase: what the argument is. */
  role: string;
  /** How a literal value is explained to a reader. */
  literal?: LiteralKind;
  /** Passed through `...`. */
  variadic?: boolean;
  /** Nothing is stored through it; said of variadic ones, whose types the prototype does not tell. */
  readOnly?: boolean;
  /** When a variadic argument is required, in words: `when oflag has O_CREAT`. */
  requiredWhen?: string;
  /** True when NULL (or 0) is a documented argument. */
  nullable?: boolean;
}

export type LiteralKind =
  /** Permission bits: 0640 = rw-r-----. */
  | { kind: 'mode' }
  /** Bits of a constant group, joined with `|`; constants with a `mask` are a field inside the word. */
  | { kind: 'flags'; group: string; withMode?: boolean }
  /** Exactly one constant of a group. */
  | { kind: 'one-of'; group: string }
  /** A name such as `/jobs`: a slash, then at most `max` bytes with no slash. */
  | { kind: 'object-name'; max: number }
  | { kind: 'path' }
  | { kind: 'size' }
  | { kind: 'signal' }
  | { kind: 'descriptor' };

export interface Returns {
  /** What a successful call returns, as a phrase: `the number of bytes read; 0 means end-of-file`. */
  success: string;
  failure: {
    value: FailureValue;
    /** Where the error number is: in `errno`, in the returned value itself, or nowhere. */
    reports: 'errno' | 'return-value' | 'h_errno' | 'none';
    /** Needed only when the value does not say it all. */
    detail?: string;
  };
}

/**
 * How failure shows in the returned value. `error-number`: 0 is success and any other value is an errno number
 * (pthread_*). `zero-is-failure` (inet_pton's 0, sigsetops...) is spelled by its own value with a detail. `none`: cannot fail
 * or never returns.
 */
export type FailureValue =
  | '-1'
  | 'NULL'
  | 'MAP_FAILED'
  | 'SEM_FAILED'
  | '(void *) -1'
  | '(mqd_t) -1'
  | '(key_t) -1'
  | '(pid_t) -1'
  | '(clock_t) -1'
  | '(time_t) -1'
  | 'SIG_ERR'
  | 'EOF'
  | 'error-number'
  | 'nonzero'
  | 'negative'
  | '0'
  | '0-or--1'
  | 'INADDR_NONE'
  | 'none';

export type Blocking =
  | { blocks: false }
  | {
      blocks: true;
      /** Completes "Blocks until ...". */
      until: string;
      /** How to avoid the wait: `O_NONBLOCK (EAGAIN)`, `F_SETLK instead of F_SETLKW`. */
      avoid?: string;
      /** After a signal handler returns: `with SA_RESTART` it starts again, `never` restarted (always EINTR), `always` (never EINTR). See signal(7). */
      restarted: 'with SA_RESTART' | 'never' | 'always';
    };

/** What a handle refers to, as the analysis tells kinds apart. */
export type ResourceKind =
  | 'pipe'
  | 'fifo'
  | 'file'
  | 'socket'
  | 'socketpair'
  | 'pty-master'
  | 'pty-slave'
  | 'sysv-msg'
  | 'sysv-sem'
  | 'sysv-shm'
  | 'sysv-attachment'
  | 'posix-mq'
  | 'posix-shm'
  | 'mapping'
  | 'posix-sem-named'
  | 'posix-sem-unnamed'
  | 'flock'
  | 'record-lock'
  | 'ofd-lock'
  | 'mutex'
  | 'mutex-attr'
  | 'rwlock'
  | 'spinlock'
  | 'barrier'
  | 'condvar'
  | 'condvar-attr'
  | 'eventfd'
  | 'signalfd'
  | 'timerfd'
  | 'timer'
  | 'epoll'
  | 'memfd'
  | 'pidfd'
  | 'inotify'
  | 'descriptor'
  | 'stream'
  | 'popen-stream'
  | 'directory'
  | 'process'
  | 'thread'
  | 'signal'
  | 'signal-set'
  | 'address-list'
  | 'key';

export type EffectOp =
  | 'create'
  | 'open'
  | 'close'
  | 'remove'
  | 'duplicate'
  | 'read'
  | 'write'
  | 'seek'
  | 'resize'
  | 'bind'
  | 'listen'
  | 'accept'
  | 'connect'
  | 'shutdown'
  | 'lock'
  | 'try-lock'
  | 'unlock'
  | 'wait'
  | 'post'
  | 'broadcast'
  | 'initialise'
  | 'destroy'
  | 'map'
  | 'unmap'
  | 'sync'
  | 'configure'
  | 'query'
  | 'fork'
  | 'exec'
  | 'exit'
  | 'reap'
  | 'spawn-thread'
  | 'join-thread'
  | 'send-signal'
  | 'handle-signal'
  | 'block-signals'
  | 'poll'
  | 'make-key'
  | 'free';

/**
 * A place a call touches: `return`, a parameter by name (the value passed), `*param` (what it points to) or
 * `param[0]`, `param[1]` (elements of an array it fills, as pipe does).
 */
export type Where = string;

export interface Effect {
  op: EffectOp;
  /** The object acted on. */
  at: Where;
  /** What is created or opened; for other operations, the kind that `at` must have, when only one kind is right. */
  kind?: ResourceKind;
  /** Which end a created pipe, socket or terminal descriptor is. */
  end?: 'read' | 'write' | 'both' | 'master' | 'slave';
  /** Parameter with the name, path or key. */
  name?: Where;
  /** Parameter with flags that decide access or behaviour. */
  flags?: Where;
  /** Parameter with permission bits. */
  mode?: Where;
  /** Parameter with the data's address: filled by read, taken by write. */
  data?: Where;
  /** Parameter with the data's length in bytes (or `return` for the count really moved). */
  size?: Where;
  /** The other object involved: the descriptor mapped, the source of a duplicate, the mutex of a condition wait. */
  from?: Where;
  /** When the effect happens only under a condition, in C terms of the arguments: `cmd == IPC_RMID`, `oflag & O_CREAT`. */
  when?: string;
}

/* ------------------------------------------------------ constants, types, errors */

export interface ConstantGroup {
  /** Unique: `open-flags`, `shutdown-how`. */
  id: string;
  title: string;
  constants: Constant[];
}

export interface Constant {
  name: string;
  header: string;
  featureTest?: string;
  /** The value on x86-64 Linux with glibc, checked by a compiled test; absent for what is no integer constant (`MAP_FAILED`, `PTHREAD_MUTEX_INITIALIZER`). */
  value?: number;
  /** Bits of the word the value stands in, when it is a field and not a bit: 3 (O_ACCMODE) for O_RDONLY. */
  mask?: number;
  meaning: string;
}

export interface TypeInfo {
  /** `struct sembuf`, `mqd_t`, `union semun`. */
  name: string;
  header: string;
  featureTest?: string;
  /** False for what the program must define itself (`union semun`, `struct msgbuf`). */
  declared?: boolean;
  meaning: string;
  /** Size in bytes on x86-64 Linux, checked by a compiled test; absent where the program defines the type. */
  size?: number;
  members?: { declaration: string; meaning: string; mustSet?: boolean }[];
}

export interface ErrnoInfo {
  name: string;
  /** On Linux (asm-generic); aliases repeat a value. */
  value: number;
  meaning: string;
}

/* ------------------------------------------------------------------ chapters */

/** One file of the catalog: what one facility, topic or family brings. */
export interface Chapter {
  facility?: Facility;
  topic?: Topic;
  family?: { id: FamilyId; title: string };
  calls: Call[];
  constants: ConstantGroup[];
  types: TypeInfo[];
}
