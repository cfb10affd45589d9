import type { ConstantGroup, TypeInfo } from '../schema';

export const posixMqConstants: ConstantGroup[] = [
  {
    id: 'mq-open-flags',
    title: 'Flags of mq_open',
    constants: [
      {
        name: 'O_RDONLY',
        header: 'fcntl.h',
        value: 0,
        mask: 3,
        meaning: 'Open to receive only.',
      },
      {
        name: 'O_WRONLY',
        header: 'fcntl.h',
        value: 1,
        mask: 3,
        meaning: 'Open to send only.',
      },
      {
        name: 'O_RDWR',
        header: 'fcntl.h',
        value: 2,
        mask: 3,
        meaning: 'Open to send and to receive.',
      },
      {
        name: 'O_CREAT',
        header: 'fcntl.h',
        value: 0o100,
        meaning: 'Create the queue if it is not there; the arguments mode and attr must follow.',
      },
      {
        name: 'O_EXCL',
        header: 'fcntl.h',
        value: 0o200,
        meaning: 'With O_CREAT: fail with EEXIST if the queue is already there.',
      },
      {
        name: 'O_NONBLOCK',
        header: 'fcntl.h',
        value: 0o4000,
        meaning: 'Make sending to a full queue and receiving from an empty one fail with EAGAIN.',
      },
      {
        name: 'O_CLOEXEC',
        header: 'fcntl.h',
        value: 0o2000000,
        meaning: 'Close at exec; Linux does so for message queues in any case.',
      },
    ],
  },
  {
    id: 'mq-limits',
    title: 'Limits of message queues',
    constants: [
      {
        name: 'MQ_PRIO_MAX',
        header: 'limits.h',
        value: 32768,
        meaning: 'Priorities are below this number.',
      },
      {
        name: '_POSIX_MQ_PRIO_MAX',
        header: 'limits.h',
        value: 32,
        meaning: 'The number of priorities that every POSIX system has.',
      },
      {
        name: '_POSIX_MQ_OPEN_MAX',
        header: 'limits.h',
        value: 8,
        meaning: 'The number of queues that every POSIX system lets a process have open.',
      },
    ],
  },
];

export const posixMqTypes: TypeInfo[] = [
  {
    name: 'mqd_t',
    header: 'mqueue.h',
    meaning:
      'Message queue descriptor. On Linux it is an int and a file descriptor, which other systems do not promise.',
    size: 4,
  },
  {
    name: 'struct mq_attr',
    header: 'mqueue.h',
    meaning:
      'Attributes of a message queue. mq_open looks only at mq_maxmsg and mq_msgsize, mq_setattr only at mq_flags.',
    size: 64,
    members: [
      { declaration: 'long mq_flags', meaning: '0 or O_NONBLOCK; mq_open ignores it.' },
      {
        declaration: 'long mq_maxmsg',
        meaning: 'Most messages in the queue; above 0 for mq_open.',
        mustSet: true,
      },
      {
        declaration: 'long mq_msgsize',
        meaning: 'Longest message in bytes; above 0 for mq_open.',
        mustSet: true,
      },
      { declaration: 'long mq_curmsgs', meaning: 'Messages now in the queue; ignored when setting.' },
    ],
  },
];
