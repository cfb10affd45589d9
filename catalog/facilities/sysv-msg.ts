import type { Chapter } from '../schema';
import { sysvMsgConstants, sysvMsgTypes } from './sysv-msg.constants';

export const sysvMsg: Chapter = {
  facility: {
    id: 'sysv-msg',
    title: 'System V message queue',
    summary:
      'A list of messages in the kernel, each with a positive type number. Senders append; a receiver takes the oldest message or chooses by type.',
    taxonomy: 'message',
    identifiedBy: 'integer key (key_t), which msgget turns into an identifier',
    handle: 'identifier (int), valid in every process that knows it',
    accessibility: {
      scope: 'unrelated',
      detail:
        'Any process of the same IPC namespace. Read permission is needed to receive and write permission to send, checked at every call against the owner, group and mode of the queue.',
    },
    persistence: {
      kind: 'kernel',
      detail:
        'The queue and its messages stay until msgctl removes them with IPC_RMID or the system goes down, whether or not any process still uses them.',
    },
    dataModel: {
      kind: 'message',
      direction: 'two-way',
      detail:
        'A message is a positive type of type long and up to msgmax bytes. One receive takes one message, whole; it can ask for the oldest, the oldest of a type, or the lowest type up to a bound. Any process may send and receive, so a type per reader lets one queue serve both directions.',
    },
    flowControl:
      'A send waits while the queue holds too many bytes or messages (`msg_qbytes` bounds both); a receive waits until a message of the wanted type is there. IPC_NOWAIT makes either fail instead. Removing the queue wakes every waiter with EIDRM.',
    limits: [
      {
        name: 'msgmax',
        usual: '8192 bytes',
        shownAt: '/proc/sys/kernel/msgmax',
        meaning: 'The largest message text; the type in front does not count.',
      },
      {
        name: 'msgmnb',
        usual: '16384 bytes',
        shownAt: '/proc/sys/kernel/msgmnb',
        meaning:
          'How many bytes of text a new queue may hold (its first `msg_qbytes`), and the most that a process without CAP_SYS_RESOURCE may set.',
      },
      {
        name: 'msgmni',
        usual: '32000 queues',
        shownAt: '/proc/sys/kernel/msgmni',
        meaning: 'How many queues an IPC namespace can have.',
      },
      {
        name: 'msg_qbytes',
        usual: '16384 bytes',
        shownAt: 'msgctl(msqid, IPC_STAT, &buf)',
        meaning:
          'The limit of one queue in bytes. The number of messages may not pass the same figure, so that empty ones cannot pile up without end.',
      },
    ],
    comparison: [
      {
        to: 'posix-mq',
        difference:
          'A POSIX queue has a name and priorities and its descriptor can be polled; a System V queue has a key and types to select by, and no descriptor.',
      },
      {
        to: 'fifo',
        difference:
          'A FIFO is a stream of bytes read in order; a queue keeps messages apart and lets each reader ask for a type.',
      },
      {
        to: 'unix-dgram',
        difference:
          'A UNIX datagram socket keeps messages apart too, knows the sender, works with poll and can pass descriptors; it disappears with its owner.',
      },
    ],
    pitfalls: [
      'The size given to msgsnd and msgrcv is that of the text after the type: `sizeof(msg)` counts the leading long too, so a send reads and a receive writes past the end of the structure.',
      'A type of zero or below, such as one never set, makes msgsnd fail with EINVAL.',
      'A message longer than the receiver allows stays in the queue and makes each attempt fail with E2BIG, or loses its end without notice under MSG_NOERROR.',
      'The queue outlives its programs: one that is not removed is still there, with old messages in it, at the next start.',
      'IPC_RMID takes effect at once: messages still unread are lost and peers in the middle of a call get EIDRM.',
      'A pointer inside a message means nothing in the process that receives it.',
      'msgsnd and msgrcv are never restarted after a signal handler, not even with SA_RESTART, so EINTR has to be handled.',
      'One process that both fills and empties a queue waits for ever in msgsnd once the queue is full.',
    ],
    manPages: [
      { page: 'sysvipc', section: 7 },
      { page: 'msgget', section: 2 },
      { page: 'msgop', section: 2 },
      { page: 'msgctl', section: 2 },
    ],
    uses: {
      ftok: 'Makes a key that unrelated programs can agree on from a file and a number.',
      fork: 'The child can use the identifier of its parent as it is. Nothing is counted or inherited, so nothing needs closing.',
    },
  },
  calls: [
    {
      name: 'msgget',
      man: { page: 'msgget', section: 2 },
      headers: ['sys/msg.h'],
      prototype: 'int msgget(key_t key, int msgflg);',
      standard: 'POSIX',
      summary:
        'Finds the message queue of a key, or creates it, and returns its identifier. With `IPC_PRIVATE` it always creates.',
      params: [
        {
          name: 'key',
          role: 'key of the queue, or IPC_PRIVATE for a new one without key',
          literal: { kind: 'one-of', group: 'ipc-keys' },
        },
        {
          name: 'msgflg',
          role: 'IPC_CREAT and IPC_EXCL, joined with the permission bits of a new queue',
          literal: { kind: 'flags', group: 'ipc-get-flags', withMode: true },
        },
      ],
      returns: {
        success: 'the identifier of the queue, zero or positive',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        {
          errno: 'EACCES',
          when: 'The queue exists, and its mode does not give this process the permissions asked for in `msgflg`.',
        },
        {
          errno: 'EEXIST',
          when: 'IPC_CREAT and IPC_EXCL were given and the key has a queue already: another process was first.',
        },
        { errno: 'ENOENT', when: 'The key has no queue and IPC_CREAT was not given.' },
        { errno: 'ENOMEM', when: 'There is no memory for a new queue.' },
        {
          errno: 'ENOSPC',
          when: 'There are as many queues as `/proc/sys/kernel/msgmni` permits, often left over from programs that ended.',
        },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        {
          op: 'create',
          kind: 'sysv-msg',
          at: 'return',
          name: 'key',
          flags: 'msgflg',
          mode: 'msgflg',
          when: 'key == IPC_PRIVATE || (msgflg & IPC_CREAT)',
        },
        {
          op: 'open',
          kind: 'sysv-msg',
          at: 'return',
          name: 'key',
          flags: 'msgflg',
          when: 'key != IPC_PRIVATE && !(msgflg & IPC_CREAT)',
        },
      ],
      notes: [
        '0 is a valid identifier, so test for -1 and not for zero.',
        'The umask plays no part: the queue gets exactly the permission bits in `msgflg`.',
      ],
    },
    {
      name: 'msgsnd',
      man: { page: 'msgop', section: 2 },
      headers: ['sys/msg.h'],
      prototype: 'int msgsnd(int msqid, const void *msgp, size_t msgsz, int msgflg);',
      standard: 'POSIX',
      summary: 'Appends a copy of a message to a queue.',
      params: [
        { name: 'msqid', role: 'identifier of the queue' },
        {
          name: 'msgp',
          role: 'address of a structure whose first member is the type, a long above zero, with the text behind it',
        },
        {
          name: 'msgsz',
          role: 'bytes of text, without the leading long; 0 is permitted',
          literal: { kind: 'size' },
        },
        {
          name: 'msgflg',
          role: '0, or IPC_NOWAIT to fail instead of waiting for room',
          literal: { kind: 'flags', group: 'msg-flags' },
        },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EACCES', when: 'This process may not write to the queue.' },
        { errno: 'EAGAIN', when: 'The queue is full and IPC_NOWAIT was given.' },
        { errno: 'EFAULT', when: '`msgp` does not point to readable memory.' },
        { errno: 'EIDRM', when: 'The queue was removed while the call waited.' },
        { errno: 'EINTR', when: 'A signal handler ran while the call waited; nothing was sent.' },
        {
          errno: 'EINVAL',
          when: 'The identifier is not that of a queue (any more), the type is not above zero, or `msgsz` is more than msgmax.',
        },
        { errno: 'ENOMEM', when: 'There is no memory for a copy of the message.' },
      ],
      blocking: {
        blocks: true,
        until: 'the queue has room for the message',
        avoid: 'IPC_NOWAIT (EAGAIN)',
        restarted: 'never',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        {
          op: 'write',
          kind: 'sysv-msg',
          at: 'msqid',
          data: 'msgp',
          size: 'msgsz',
          flags: 'msgflg',
        },
      ],
      notes: [
        'The kernel reads `sizeof(long) + msgsz` bytes from `msgp`; for a structure without gap after the type, `sizeof(msg) - sizeof(long)` is the largest right size.',
        'A message is sent whole or not at all.',
      ],
    },
    {
      name: 'msgrcv',
      man: { page: 'msgop', section: 2 },
      headers: ['sys/msg.h'],
      prototype: 'ssize_t msgrcv(int msqid, void *msgp, size_t msgsz, long msgtyp, int msgflg);',
      standard: 'POSIX',
      summary:
        'Takes one message out of a queue: the oldest (`msgtyp` 0), the oldest of a type (above 0), or the oldest of the lowest type not above `-msgtyp` (below 0).',
      params: [
        { name: 'msqid', role: 'identifier of the queue' },
        {
          name: 'msgp',
          role: 'address of a structure that receives the type, a long, and behind it the text',
        },
        {
          name: 'msgsz',
          role: 'room for text in bytes, without the leading long',
          literal: { kind: 'size' },
        },
        {
          name: 'msgtyp',
          role: '0 for any message, a type to ask for, or minus the highest type to accept',
        },
        {
          name: 'msgflg',
          role: '0 or flags that decide about waiting, long messages and the choice by type',
          literal: { kind: 'flags', group: 'msg-flags' },
        },
      ],
      returns: {
        success: 'the number of bytes of text received, without the type; it can be 0',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        {
          errno: 'E2BIG',
          when: 'The message is longer than `msgsz` and MSG_NOERROR was not given; it stays in the queue.',
        },
        { errno: 'EACCES', when: 'This process may not read from the queue.' },
        { errno: 'EFAULT', when: '`msgp` does not point to writable memory.' },
        { errno: 'EIDRM', when: 'The queue was removed while the call waited.' },
        { errno: 'EINTR', when: 'A signal handler ran while the call waited; nothing was taken.' },
        {
          errno: 'EINVAL',
          when: 'The identifier is not that of a queue (any more), or MSG_COPY was given without IPC_NOWAIT or with MSG_EXCEPT.',
        },
        {
          errno: 'ENOMSG',
          when: 'IPC_NOWAIT was given and the queue has no message that fits the request.',
        },
        { errno: 'ENOSYS', when: 'MSG_COPY was given and the kernel was built without it.' },
      ],
      blocking: {
        blocks: true,
        until: 'the queue has a message of the type asked for',
        avoid: 'IPC_NOWAIT (ENOMSG)',
        restarted: 'never',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'read', kind: 'sysv-msg', at: 'msqid', data: 'msgp', size: 'msgsz', flags: 'msgflg' }],
      notes: [
        'The kernel may write `sizeof(long) + msgsz` bytes to `msgp`.',
        'The text is not terminated: it is a string only if the sender put a null byte in it.',
        'With MSG_COPY, `msgtyp` is a position counted from 0 and the message stays in the queue.',
      ],
    },
    {
      name: 'msgctl',
      man: { page: 'msgctl', section: 2 },
      headers: ['sys/msg.h'],
      prototype: 'int msgctl(int msqid, int cmd, struct msqid_ds *buf);',
      standard: 'POSIX',
      summary: 'Reads or changes the settings of a message queue, or removes it.',
      params: [
        {
          name: 'msqid',
          role: 'identifier of the queue; an index into a kernel table for MSG_STAT and MSG_STAT_ANY',
        },
        { name: 'cmd', role: 'what to do', literal: { kind: 'one-of', group: 'msgctl-commands' } },
        {
          name: 'buf',
          role: 'structure that is filled or taken from; not used by IPC_RMID, a `struct msginfo *` in disguise for IPC_INFO and MSG_INFO',
          nullable: true,
        },
      ],
      returns: {
        success:
          '0; the highest used index for IPC_INFO and MSG_INFO, the identifier for MSG_STAT and MSG_STAT_ANY',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        { errno: 'EACCES', when: 'IPC_STAT or MSG_STAT needs read permission, which this process lacks.' },
        {
          errno: 'EFAULT',
          when: '`buf` does not point to memory that can be used, such as NULL with IPC_STAT.',
        },
        { errno: 'EIDRM', when: 'The queue was removed.' },
        {
          errno: 'EINVAL',
          when: 'The command is unknown, there is no such queue, or the slot that MSG_STAT asks for is empty.',
        },
        {
          errno: 'EPERM',
          when: 'IPC_SET or IPC_RMID by a user who neither owns nor created the queue, or `msg_qbytes` raised above msgmnb without CAP_SYS_RESOURCE.',
        },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        { op: 'remove', kind: 'sysv-msg', at: 'msqid', when: 'cmd == IPC_RMID' },
        { op: 'query', kind: 'sysv-msg', at: 'msqid', data: 'buf', when: 'cmd == IPC_STAT' },
        { op: 'configure', kind: 'sysv-msg', at: 'msqid', data: 'buf', when: 'cmd == IPC_SET' },
        {
          op: 'query',
          at: 'msqid',
          data: 'buf',
          when: 'cmd == IPC_INFO || cmd == MSG_INFO || cmd == MSG_STAT || cmd == MSG_STAT_ANY',
        },
      ],
      notes: [
        'IPC_RMID acts at once: unread messages are lost and every waiting process fails with EIDRM.',
        'Fill the structure with IPC_STAT before IPC_SET, which takes over msg_qbytes and the owner, group and mode in msg_perm.',
      ],
    },
  ],
  constants: sysvMsgConstants,
  types: sysvMsgTypes,
};
