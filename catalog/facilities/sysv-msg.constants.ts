import type { ConstantGroup, TypeInfo } from '../schema';

export const sysvMsgConstants: ConstantGroup[] = [
  {
    id: 'msg-flags',
    title: 'Flags of msgsnd and msgrcv',
    constants: [
      {
        name: 'IPC_NOWAIT',
        header: 'sys/ipc.h',
        value: 0o4000,
        meaning:
          'Do not wait: msgsnd fails with EAGAIN when the queue is full, msgrcv with ENOMSG when no message fits.',
      },
      {
        name: 'MSG_NOERROR',
        header: 'sys/msg.h',
        value: 0o10000,
        meaning: 'msgrcv: cut off a message that is too long instead of failing; the rest of it is lost.',
      },
      {
        name: 'MSG_EXCEPT',
        header: 'sys/msg.h',
        featureTest: '_GNU_SOURCE',
        value: 0o20000,
        meaning: 'msgrcv with `msgtyp` above 0: take the oldest message of any other type.',
      },
      {
        name: 'MSG_COPY',
        header: 'sys/msg.h',
        featureTest: '_GNU_SOURCE',
        value: 0o40000,
        meaning:
          'msgrcv: copy the message at position `msgtyp`, counted from 0, and leave it in the queue. Needs IPC_NOWAIT and a kernel built with checkpoint support.',
      },
    ],
  },
  {
    id: 'msgctl-commands',
    title: 'Commands of msgctl',
    constants: [
      {
        name: 'IPC_RMID',
        header: 'sys/ipc.h',
        value: 0,
        meaning: 'Remove the queue at once, with its messages, and wake all who wait on it with EIDRM.',
      },
      {
        name: 'IPC_SET',
        header: 'sys/ipc.h',
        value: 1,
        meaning: 'Take over msg_qbytes and the owner, group and mode in msg_perm from `buf`.',
      },
      {
        name: 'IPC_STAT',
        header: 'sys/ipc.h',
        value: 2,
        meaning: 'Copy the settings and counters of the queue to `buf`. Needs read permission.',
      },
      {
        name: 'IPC_INFO',
        header: 'sys/ipc.h',
        featureTest: '_GNU_SOURCE',
        value: 3,
        meaning: 'Linux: fill a `struct msginfo` with the limits of the system.',
      },
      {
        name: 'MSG_STAT',
        header: 'sys/msg.h',
        value: 11,
        meaning: 'Linux: like IPC_STAT for an index into the kernel table; returns the identifier.',
      },
      {
        name: 'MSG_INFO',
        header: 'sys/msg.h',
        value: 12,
        meaning: 'Linux: fill a `struct msginfo` with what all queues use now.',
      },
      {
        name: 'MSG_STAT_ANY',
        header: 'sys/msg.h',
        value: 13,
        meaning: 'Linux: like MSG_STAT, without the check for read permission.',
      },
    ],
  },
];

export const sysvMsgTypes: TypeInfo[] = [
  {
    name: 'struct msgbuf',
    header: 'sys/msg.h',
    declared: false,
    meaning:
      'Shape of a message; each program defines its own structure with these members. Only the leading long matters to the kernel. With _GNU_SOURCE the header has a `struct msgbuf` with one byte of text, so give your own another name.',
    members: [
      {
        declaration: 'long mtype',
        meaning: 'Type of the message; must be above zero to send.',
        mustSet: true,
      },
      {
        declaration: 'char mtext[1]',
        meaning: 'The text: any bytes or members, without pointers. Its size is the `msgsz` of the calls.',
      },
    ],
  },
  {
    name: 'struct msqid_ds',
    header: 'sys/msg.h',
    meaning: 'Settings and counters of a message queue, for IPC_STAT and IPC_SET.',
    size: 120,
    members: [
      { declaration: 'struct ipc_perm msg_perm', meaning: 'Owner, group and permissions.' },
      { declaration: 'time_t msg_stime', meaning: 'Time of the last msgsnd; 0 if there was none.' },
      { declaration: 'time_t msg_rtime', meaning: 'Time of the last msgrcv; 0 if there was none.' },
      {
        declaration: 'time_t msg_ctime',
        meaning: 'Time the queue was created or last changed by IPC_SET.',
      },
      {
        declaration: 'unsigned long __msg_cbytes',
        meaning: 'Bytes of text now in the queue (a Linux extra; also written msg_cbytes).',
      },
      { declaration: 'msgqnum_t msg_qnum', meaning: 'Messages now in the queue.' },
      {
        declaration: 'msglen_t msg_qbytes',
        meaning: 'Most bytes of text the queue may hold; IPC_SET can change it.',
      },
      { declaration: 'pid_t msg_lspid', meaning: 'Process that sent last.' },
      { declaration: 'pid_t msg_lrpid', meaning: 'Process that received last.' },
    ],
  },
  {
    name: 'struct msginfo',
    header: 'sys/msg.h',
    meaning:
      'Limits of message queues (IPC_INFO), or with three members reused, their present use (MSG_INFO).',
    size: 32,
    members: [
      { declaration: 'int msgpool', meaning: 'MSG_INFO: number of queues; unused in IPC_INFO.' },
      { declaration: 'int msgmap', meaning: 'MSG_INFO: messages in all queues; unused in IPC_INFO.' },
      { declaration: 'int msgmax', meaning: 'Largest message text in bytes.' },
      { declaration: 'int msgmnb', meaning: 'Bytes that a new queue may hold.' },
      { declaration: 'int msgmni', meaning: 'Most queues there can be.' },
      { declaration: 'int msgssz', meaning: 'Not used by Linux.' },
      { declaration: 'int msgtql', meaning: 'MSG_INFO: bytes in all queues; unused in IPC_INFO.' },
      { declaration: 'unsigned short msgseg', meaning: 'Not used by Linux.' },
    ],
  },
  {
    name: 'msgqnum_t',
    header: 'sys/msg.h',
    meaning: 'Unsigned integer that counts messages.',
    size: 8,
  },
  {
    name: 'msglen_t',
    header: 'sys/msg.h',
    meaning: 'Unsigned integer that counts bytes in a queue.',
    size: 8,
  },
];
