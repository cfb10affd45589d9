import type { Chapter } from '../schema';
import { posixMqConstants, posixMqTypes } from './posix-mq.constants';

export const posixMq: Chapter = {
  facility: {
    id: 'posix-mq',
    title: 'POSIX message queue',
    summary:
      'A named queue in the kernel that delivers whole messages, highest priority first. A process can ask to be told when a message arrives in the empty queue.',
    taxonomy: 'message',
    identifiedBy: 'name such as `/jobs`: a slash and up to 255 bytes without another slash',
    handle: 'message queue descriptor (mqd_t), a file descriptor on Linux',
    accessibility: {
      scope: 'unrelated',
      detail:
        'Any process of the same IPC namespace that knows the name. Owner, group and mode decide when the queue is opened: read permission to receive, write permission to send.',
    },
    persistence: {
      kind: 'kernel',
      detail:
        'The queue and its messages stay until mq_unlink removes the name and the last descriptor is closed, or until the system goes down.',
    },
    dataModel: {
      kind: 'message',
      direction: 'one-way',
      detail:
        'A message has a length up to `mq_msgsize` and a priority; the oldest of the highest priority comes out first, whole. A receiver cannot choose, so traffic in two directions takes two queues.',
    },
    flowControl:
      'A send waits while the queue holds `mq_maxmsg` messages, a receive while it is empty. With O_NONBLOCK both fail with EAGAIN instead; the timed calls give up at a point in time. On Linux the descriptor works with poll, select and epoll.',
    limits: [
      {
        name: 'msg_max',
        usual: '10 messages',
        shownAt: '/proc/sys/fs/mqueue/msg_max',
        meaning: 'The largest `mq_maxmsg` that a process without CAP_SYS_RESOURCE may ask for.',
      },
      {
        name: 'msgsize_max',
        usual: '8192 bytes',
        shownAt: '/proc/sys/fs/mqueue/msgsize_max',
        meaning: 'The largest `mq_msgsize` that a process without CAP_SYS_RESOURCE may ask for.',
      },
      {
        name: 'msg_default',
        usual: '10 messages',
        shownAt: '/proc/sys/fs/mqueue/msg_default',
        meaning: '`mq_maxmsg` of a queue created with NULL for its attributes.',
      },
      {
        name: 'msgsize_default',
        usual: '8192 bytes',
        shownAt: '/proc/sys/fs/mqueue/msgsize_default',
        meaning: '`mq_msgsize` of a queue created with NULL for its attributes.',
      },
      {
        name: 'queues_max',
        usual: '256 queues',
        shownAt: '/proc/sys/fs/mqueue/queues_max',
        meaning: 'How many queues an IPC namespace can have; a process with CAP_SYS_RESOURCE may go beyond.',
      },
      {
        name: 'RLIMIT_MSGQUEUE',
        usual: '819200 bytes',
        shownAt: 'getrlimit(RLIMIT_MSGQUEUE)',
        meaning:
          'The bytes that all queues of a user may take, counted at creation as if each were full. A default queue counts for about 80 KiB, so nine fit.',
      },
      {
        name: 'MQ_PRIO_MAX',
        usual: '32768',
        shownAt: 'sysconf(_SC_MQ_PRIO_MAX)',
        meaning: 'Priorities go from 0 to one less than this; the standard promises only 32 of them.',
      },
    ],
    comparison: [
      {
        to: 'sysv-msg',
        difference:
          'A System V queue has a key instead of a name and types to select by instead of priorities; it can be neither polled nor watched.',
      },
      {
        to: 'unix-dgram',
        difference:
          'A UNIX datagram socket also keeps messages apart and can tell who sent them, but it has no priorities and loses what is unread when its owner ends.',
      },
      {
        to: 'pipe',
        difference:
          'A pipe is a stream of bytes between relatives; a queue keeps messages apart, has a name and outlives its users.',
      },
    ],
    pitfalls: [
      'mq_receive with a buffer smaller than `mq_msgsize` fails with EMSGSIZE even if the message would fit: size the buffer from mq_getattr.',
      'A name without the leading slash fails with EINVAL, and one with a second slash with EACCES.',
      'O_CREAT without the mode and attribute arguments makes mq_open use whatever happens to be in two registers.',
      'Attributes above msg_max or msgsize_max fail with EINVAL, and so does a `struct mq_attr` whose two sizes were not set.',
      'EMFILE from mq_open can mean that RLIMIT_MSGQUEUE is used up, not that too many descriptors are open.',
      'An existing queue keeps its sizes: the attributes are ignored unless the call creates it.',
      'The timed calls take a point in time of CLOCK_REALTIME; a span of seconds lies in the past and they fail with ETIMEDOUT at once.',
      'mq_notify works once and only when the queue was empty: arm it again before draining the queue, and drain without blocking.',
      'A queue that nobody unlinks keeps its old messages for the next run.',
      'What arrives is not a string unless the sender sent the null byte.',
    ],
    manPages: [
      { page: 'mq_overview', section: 7 },
      { page: 'mq_open', section: 3 },
      { page: 'mq_send', section: 3 },
      { page: 'mq_receive', section: 3 },
      { page: 'mq_notify', section: 3 },
    ],
    uses: {
      fork: 'The child gets copies of the descriptors, which share their O_NONBLOCK setting with those of the parent.',
      execve: 'Closes every message queue descriptor, since mq_open sets close-on-exec.',
      poll: 'Waits until the queue has a message to receive or room to send. A Linux extra.',
      select: 'Waits until the queue has a message to receive or room to send. A Linux extra.',
      epoll_ctl: 'Adds the descriptor of the queue to an epoll set. A Linux extra.',
      clock_gettime: 'Gives the present time of CLOCK_REALTIME, from which the timed calls count.',
      sigaction: 'Installs the handler for the signal that mq_notify asks for.',
      umask: 'Takes permission bits away from the mode given to mq_open.',
    },
  },
  calls: [
    {
      name: 'mq_open',
      man: { page: 'mq_open', section: 3 },
      headers: ['fcntl.h', 'sys/stat.h', 'mqueue.h'],
      prototype: 'mqd_t mq_open(const char *name, int oflag, ...);',
      standard: 'POSIX',
      summary: 'Opens a message queue by name and, with `O_CREAT`, creates it if it is not there.',
      params: [
        {
          name: 'name',
          role: 'name of the queue, with a leading slash and no other',
          literal: { kind: 'object-name', max: 255 },
        },
        {
          name: 'oflag',
          role: 'O_RDONLY to receive, O_WRONLY to send or O_RDWR for both, joined with further flags',
          literal: { kind: 'flags', group: 'mq-open-flags' },
        },
        {
          name: 'mode',
          role: 'permissions of a new queue, less the bits in the umask',
          literal: { kind: 'mode' },
          variadic: true,
          requiredWhen: 'when oflag has O_CREAT',
        },
        {
          name: 'attr',
          role: 'sizes of a new queue in mq_maxmsg and mq_msgsize, or NULL for the defaults of the system',
          variadic: true,
          requiredWhen: 'when oflag has O_CREAT',
          nullable: true,
        },
      ],
      returns: {
        success: 'a message queue descriptor; 0 is a valid one',
        failure: { value: '(mqd_t) -1', reports: 'errno' },
      },
      errors: [
        {
          errno: 'EACCES',
          when: 'The queue exists and does not permit this access, or `name` has more than one slash.',
        },
        {
          errno: 'EEXIST',
          when: 'O_CREAT and O_EXCL were given and the queue is there already.',
        },
        {
          errno: 'EINVAL',
          when: '`name` does not begin with a slash, or `mq_maxmsg` or `mq_msgsize` is not above 0 or is above msg_max or msgsize_max.',
        },
        {
          errno: 'EMFILE',
          when: 'This process has too many descriptors open, or the queue would take the user over RLIMIT_MSGQUEUE.',
        },
        { errno: 'ENAMETOOLONG', when: '`name` has more than 255 bytes after the slash.' },
        { errno: 'ENFILE', when: 'The whole system has too many open files.' },
        {
          errno: 'ENOENT',
          when: 'There is no such queue and O_CREAT was not given, or `name` is only a slash.',
        },
        { errno: 'ENOMEM', when: 'There is not enough memory.' },
        {
          errno: 'ENOSPC',
          when: 'There are as many queues as queues_max permits, often left over from programs that ended.',
        },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        {
          op: 'create',
          kind: 'posix-mq',
          at: 'return',
          name: 'name',
          flags: 'oflag',
          mode: 'mode',
          data: 'attr',
          when: 'oflag & O_CREAT',
        },
        {
          op: 'open',
          kind: 'posix-mq',
          at: 'return',
          name: 'name',
          flags: 'oflag',
          when: '!(oflag & O_CREAT)',
        },
      ],
      notes: [
        'Without O_EXCL an existing queue is opened and both `mode` and `attr` are ignored.',
        'Close-on-exec is set on the descriptor, whether or not O_CLOEXEC is given.',
        'Before glibc 2.34 the program has to be linked with -lrt.',
      ],
    },
    {
      name: 'mq_close',
      man: { page: 'mq_close', section: 3 },
      headers: ['mqueue.h'],
      prototype: 'int mq_close(mqd_t mqdes);',
      standard: 'POSIX',
      summary:
        'Closes a message queue descriptor and withdraws a notification this process asked for through it. The queue stays.',
      params: [{ name: 'mqdes', role: 'descriptor of the queue' }],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [{ errno: 'EBADF', when: '`mqdes` is not open.' }],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'close', kind: 'posix-mq', at: 'mqdes' }],
      notes: ['The end of the process and exec close every message queue descriptor.'],
    },
    {
      name: 'mq_unlink',
      man: { page: 'mq_unlink', section: 3 },
      headers: ['mqueue.h'],
      prototype: 'int mq_unlink(const char *name);',
      standard: 'POSIX',
      summary:
        'Removes the name of a message queue at once. The queue itself goes when the last descriptor for it is closed.',
      params: [
        {
          name: 'name',
          role: 'name of the queue, with a leading slash and no other',
          literal: { kind: 'object-name', max: 255 },
        },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EACCES', when: 'This process may not remove the queue.' },
        { errno: 'ENAMETOOLONG', when: '`name` has more than 255 bytes after the slash.' },
        {
          errno: 'ENOENT',
          when: 'There is no queue of this name, which clean-up code can take for success.',
        },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'remove', kind: 'posix-mq', at: 'name', name: 'name' }],
      notes: [
        'Processes that have the queue open go on using it; a new mq_open finds nothing or makes another queue.',
      ],
    },
    {
      name: 'mq_send',
      man: { page: 'mq_send', section: 3 },
      headers: ['mqueue.h'],
      prototype: 'int mq_send(mqd_t mqdes, const char *msg_ptr, size_t msg_len, unsigned int msg_prio);',
      standard: 'POSIX',
      summary: 'Puts a message in a queue, behind those of the same or a higher priority.',
      params: [
        { name: 'mqdes', role: 'descriptor of the queue, open for writing' },
        { name: 'msg_ptr', role: 'address of the message' },
        {
          name: 'msg_len',
          role: 'length of the message in bytes, at most the mq_msgsize of the queue; 0 is permitted',
          literal: { kind: 'size' },
        },
        { name: 'msg_prio', role: 'priority from 0 (lowest) to MQ_PRIO_MAX - 1, which is 32767 on Linux' },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EAGAIN', when: 'The queue is full and the descriptor is non-blocking.' },
        { errno: 'EBADF', when: '`mqdes` is not open, or not for writing.' },
        {
          errno: 'EINTR',
          when: 'A signal handler without SA_RESTART ran while the call waited; nothing was sent.',
        },
        { errno: 'EINVAL', when: '`msg_prio` is too high.' },
        { errno: 'EMSGSIZE', when: 'The message is longer than the `mq_msgsize` of the queue.' },
      ],
      blocking: {
        blocks: true,
        until: 'the queue holds fewer than mq_maxmsg messages',
        avoid: 'O_NONBLOCK (EAGAIN) or mq_timedsend (ETIMEDOUT)',
        restarted: 'with SA_RESTART',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'write', kind: 'posix-mq', at: 'mqdes', data: 'msg_ptr', size: 'msg_len' }],
      notes: ['The message is copied: the buffer can be used again as soon as the call returns.'],
    },
    {
      name: 'mq_timedsend',
      man: { page: 'mq_send', section: 3 },
      headers: ['time.h', 'mqueue.h'],
      prototype:
        'int mq_timedsend(mqd_t mqdes, const char *msg_ptr, size_t msg_len, unsigned int msg_prio, const struct timespec *abs_timeout);',
      standard: 'POSIX',
      summary: 'Works like `mq_send`, but gives up waiting for room at a point in time.',
      params: [
        { name: 'mqdes', role: 'descriptor of the queue, open for writing' },
        { name: 'msg_ptr', role: 'address of the message' },
        {
          name: 'msg_len',
          role: 'length of the message in bytes, at most the mq_msgsize of the queue; 0 is permitted',
          literal: { kind: 'size' },
        },
        { name: 'msg_prio', role: 'priority from 0 (lowest) to MQ_PRIO_MAX - 1, which is 32767 on Linux' },
        { name: 'abs_timeout', role: 'point in time on CLOCK_REALTIME at which to give up, not a span' },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        {
          errno: 'EAGAIN',
          when: 'The queue is full and the descriptor is non-blocking; the time plays no part then.',
        },
        { errno: 'EBADF', when: '`mqdes` is not open, or not for writing.' },
        {
          errno: 'EINTR',
          when: 'A signal handler without SA_RESTART ran while the call waited; nothing was sent.',
        },
        {
          errno: 'EINVAL',
          when: '`msg_prio` is too high, or `abs_timeout` has negative seconds or nanoseconds outside 0 to 999999999.',
        },
        { errno: 'EMSGSIZE', when: 'The message is longer than the `mq_msgsize` of the queue.' },
        { errno: 'ETIMEDOUT', when: 'The time came before there was room.' },
      ],
      blocking: {
        blocks: true,
        until: 'the queue holds fewer than mq_maxmsg messages, or the time has come',
        avoid: 'O_NONBLOCK (EAGAIN)',
        restarted: 'with SA_RESTART',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'write', kind: 'posix-mq', at: 'mqdes', data: 'msg_ptr', size: 'msg_len' }],
      notes: ['Get the time with clock_gettime(CLOCK_REALTIME) and add the span to it.'],
    },
    {
      name: 'mq_receive',
      man: { page: 'mq_receive', section: 3 },
      headers: ['mqueue.h'],
      prototype: 'ssize_t mq_receive(mqd_t mqdes, char *msg_ptr, size_t msg_len, unsigned int *msg_prio);',
      standard: 'POSIX',
      summary: 'Takes the oldest message of the highest priority out of a queue.',
      params: [
        { name: 'mqdes', role: 'descriptor of the queue, open for reading' },
        { name: 'msg_ptr', role: 'address of a buffer for the message' },
        {
          name: 'msg_len',
          role: 'size of the buffer in bytes, at least the mq_msgsize of the queue',
          literal: { kind: 'size' },
        },
        { name: 'msg_prio', role: 'address that receives the priority, or NULL', nullable: true },
      ],
      returns: {
        success: 'the length of the message in bytes; 0 is an empty message, not an end',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        { errno: 'EAGAIN', when: 'The queue is empty and the descriptor is non-blocking.' },
        { errno: 'EBADF', when: '`mqdes` is not open, or not for reading.' },
        {
          errno: 'EINTR',
          when: 'A signal handler without SA_RESTART ran while the call waited; nothing was taken.',
        },
        {
          errno: 'EMSGSIZE',
          when: '`msg_len` is less than the `mq_msgsize` of the queue, however short the message is.',
        },
      ],
      blocking: {
        blocks: true,
        until: 'the queue has a message',
        avoid: 'O_NONBLOCK (EAGAIN) or mq_timedreceive (ETIMEDOUT)',
        restarted: 'with SA_RESTART',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'read', kind: 'posix-mq', at: 'mqdes', data: 'msg_ptr', size: 'msg_len' }],
      notes: [
        'The default `mq_msgsize` is 8192 bytes, so a smaller buffer fails on a queue created without attributes.',
        'Nothing terminates the message: it is a string only if the sender sent the null byte.',
      ],
    },
    {
      name: 'mq_timedreceive',
      man: { page: 'mq_receive', section: 3 },
      headers: ['time.h', 'mqueue.h'],
      prototype:
        'ssize_t mq_timedreceive(mqd_t mqdes, char *restrict msg_ptr, size_t msg_len, unsigned int *restrict msg_prio, const struct timespec *restrict abs_timeout);',
      standard: 'POSIX',
      summary: 'Works like `mq_receive`, but gives up waiting for a message at a point in time.',
      params: [
        { name: 'mqdes', role: 'descriptor of the queue, open for reading' },
        { name: 'msg_ptr', role: 'address of a buffer for the message' },
        {
          name: 'msg_len',
          role: 'size of the buffer in bytes, at least the mq_msgsize of the queue',
          literal: { kind: 'size' },
        },
        { name: 'msg_prio', role: 'address that receives the priority, or NULL', nullable: true },
        { name: 'abs_timeout', role: 'point in time on CLOCK_REALTIME at which to give up, not a span' },
      ],
      returns: {
        success: 'the length of the message in bytes; 0 is an empty message, not an end',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        {
          errno: 'EAGAIN',
          when: 'The queue is empty and the descriptor is non-blocking; the time plays no part then.',
        },
        { errno: 'EBADF', when: '`mqdes` is not open, or not for reading.' },
        {
          errno: 'EINTR',
          when: 'A signal handler without SA_RESTART ran while the call waited; nothing was taken.',
        },
        {
          errno: 'EINVAL',
          when: '`abs_timeout` has negative seconds or nanoseconds outside 0 to 999999999.',
        },
        {
          errno: 'EMSGSIZE',
          when: '`msg_len` is less than the `mq_msgsize` of the queue, however short the message is.',
        },
        { errno: 'ETIMEDOUT', when: 'The time came before a message did.' },
      ],
      blocking: {
        blocks: true,
        until: 'the queue has a message, or the time has come',
        avoid: 'O_NONBLOCK (EAGAIN)',
        restarted: 'with SA_RESTART',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'read', kind: 'posix-mq', at: 'mqdes', data: 'msg_ptr', size: 'msg_len' }],
      notes: ['Get the time with clock_gettime(CLOCK_REALTIME) and add the span to it.'],
    },
    {
      name: 'mq_getattr',
      man: { page: 'mq_getattr', section: 3 },
      headers: ['mqueue.h'],
      prototype: 'int mq_getattr(mqd_t mqdes, struct mq_attr *attr);',
      standard: 'POSIX',
      summary: 'Tells the sizes of a queue, how many messages are in it and whether the descriptor blocks.',
      params: [
        { name: 'mqdes', role: 'descriptor of the queue' },
        { name: 'attr', role: 'address of the structure to fill' },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [{ errno: 'EBADF', when: '`mqdes` is not open.' }],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'query', kind: 'posix-mq', at: 'mqdes', data: 'attr' }],
      notes: ['Its `mq_msgsize` is the size that a buffer for mq_receive needs.'],
    },
    {
      name: 'mq_setattr',
      man: { page: 'mq_getattr', section: 3 },
      headers: ['mqueue.h'],
      prototype:
        'int mq_setattr(mqd_t mqdes, const struct mq_attr *restrict newattr, struct mq_attr *restrict oldattr);',
      standard: 'POSIX',
      summary: 'Switches O_NONBLOCK of an open message queue on or off. Nothing else can be changed.',
      params: [
        { name: 'mqdes', role: 'descriptor of the queue' },
        {
          name: 'newattr',
          role: 'structure with 0 or O_NONBLOCK in mq_flags; its other members are ignored',
        },
        {
          name: 'oldattr',
          role: 'address that receives the attributes as they were, or NULL',
          nullable: true,
        },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EBADF', when: '`mqdes` is not open.' },
        { errno: 'EINVAL', when: '`mq_flags` has a bit other than O_NONBLOCK, as when it was never set.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        { op: 'configure', kind: 'posix-mq', at: 'mqdes', data: 'newattr' },
        { op: 'query', kind: 'posix-mq', at: 'mqdes', data: 'oldattr', when: 'oldattr != NULL' },
      ],
      notes: [
        'The setting belongs to the open queue description, so a parent and a child after fork share it.',
      ],
    },
    {
      name: 'mq_notify',
      man: { page: 'mq_notify', section: 3 },
      headers: ['mqueue.h', 'signal.h'],
      prototype: 'int mq_notify(mqd_t mqdes, const struct sigevent *sevp);',
      standard: 'POSIX',
      summary:
        'Asks to be told, by a signal or in a new thread, when a message arrives in the empty queue; with NULL it withdraws the request.',
      params: [
        { name: 'mqdes', role: 'descriptor of the queue' },
        {
          name: 'sevp',
          role: 'how to tell: SIGEV_SIGNAL, SIGEV_THREAD or SIGEV_NONE; NULL withdraws the request of this process',
          nullable: true,
        },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EBADF', when: '`mqdes` is not open.' },
        {
          errno: 'EBUSY',
          when: 'A process, perhaps this one, has already asked to be told about this queue.',
        },
        { errno: 'EINVAL', when: '`sigev_notify` is none of the three ways, or `sigev_signo` is no signal.' },
        { errno: 'ENOMEM', when: 'There is not enough memory.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'configure', kind: 'posix-mq', at: 'mqdes', data: 'sevp' }],
      notes: [
        'A request is used up by one notification: ask again first and then empty the queue with O_NONBLOCK set, or a message in between goes unnoticed.',
        'Nothing is reported for a message that a process waiting in mq_receive takes at once, or that arrives while others are unread.',
        'SIGEV_THREAD starts a new thread for each notification.',
      ],
    },
  ],
  constants: posixMqConstants,
  types: posixMqTypes,
};
