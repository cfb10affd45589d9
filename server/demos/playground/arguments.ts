/**
 * The arguments of a demo's calls where they are not those of C: a structure's members instead of the structure, an address
 * in one piece. A plain word is a parameter of the C call and takes what the catalog says of it.
 */
import type { OfferedParameter } from './view';

type Told = Pick<OfferedParameter, 'name' | 'role'> &
  Partial<Pick<OfferedParameter, 'choices' | 'combine' | 'fixed' | 'pointer'>> & {
    /** A group of the catalog's constants. */
    group?: string;
    signal?: true;
  };

export interface Shape {
  /** The C call that it stands for, where the demo's own row does not say it. */
  c?: string;
  title?: string;
  /** Instead of the C call's summary. */
  summary?: string;
  parameters: (string | Told)[];
  /** The last parameters come again and again, as often as the call takes them. */
  repeats?: number;
}

const choices = (...texts: string[]) => texts.map((text) => ({ text }));
const fixed = (name: string, role: string, ...texts: string[]): Told => ({
  name,
  role,
  choices: choices(...texts),
  fixed: true,
});
const told = (name: string, role: string): Told => ({ name, role });
const signal = (role = 'a signal of the set'): Told => ({ name: 'signal', role, signal: true });
const cells = { ...told('cells', 'the memory, as mmap or shmat returned it'), pointer: 'int' };
const index = told('index', 'which cell, from 0');
const place = told('place', 'a member of the shared structure: shared->balance');
const address = (name: string) =>
  told(
    name,
    'an address: unix("name"), abstract("name"), loopback(htons(PORT)), or the variable that recvfrom filled',
  );
const number = told('number', 'the number to store');
const watched: Told[] = [
  told('fd', 'a descriptor to watch'),
  { ...told('events', 'what to watch for'), choices: choices('POLLIN', 'POLLOUT'), combine: true },
];

/** The command lines that a demo process may run, and no others. */
export const commands = ['cat', 'sort', 'tr a-z A-Z', 'wc -c', 'wc -l'];

export const shapes: Record<string, Shape> = {
  execlp: {
    parameters: [fixed('program', 'the program that takes the process over', ...commands)],
  },
  popen: {
    parameters: [
      fixed(
        'command',
        'the command that the shell runs',
        ...[...commands, 'echo hello', 'exit 3'].map((line) => `"${line}"`),
      ),
      fixed('type', '"r" to read what it prints, "w" to write what it reads', '"r"', '"w"'),
    ],
  },
  mmap: { parameters: ['length', 'prot', 'flags', 'fd'] },
  munmap: { parameters: ['addr', told('length', 'the size that was mapped')] },
  shmat: { parameters: ['shmid', 'shmflg'] },
  shmctl: { parameters: ['shmid', fixed('op', 'removes the segment', 'IPC_RMID')] },
  put: {
    title: 'a cell = a number',
    summary: 'Stores a number in a cell of the memory: a plain assignment, no system call.',
    parameters: [cells, index, number],
  },
  get: {
    title: 'a variable = a cell',
    summary: 'Reads a cell of the memory: a plain access, no system call.',
    parameters: [cells, index],
  },
  store: {
    title: 'a shared member = a number',
    summary: 'Stores a number in a member of the shared structure: a plain assignment, no system call.',
    parameters: [place, number],
  },
  load: {
    title: 'a variable = a shared member',
    summary: 'Reads a member of the shared structure: a plain access, no system call.',
    parameters: [place],
  },
  follow: {
    title: 'what a shared pointer points to',
    summary: 'Follows a pointer that lies in shared memory, wherever it leads in this process.',
    parameters: [place],
  },
  memcpy: {
    title: 'memcpy: into a shared member',
    summary: 'Copies a text into a member of the shared structure. No system call.',
    parameters: [place, told('text', 'what is copied'), told('size', 'how many bytes')],
  },
  text_at: {
    title: 'the text of a shared member',
    summary: 'Shows the text that lies in a member of the shared structure.',
    parameters: [place, told('size', 'how many bytes')],
  },
  sigaction: {
    parameters: [
      'signum',
      fixed('handler', '`note` counts how often it ran', 'note', 'SIG_IGN', 'SIG_DFL'),
      { name: 'flags', role: 'how the handler works', choices: choices('0', 'SA_RESTART'), combine: true },
    ],
  },
  sigprocmask: { parameters: ['how', signal()], repeats: 1 },
  sigpending: { parameters: [signal('a signal to ask for')], repeats: 1 },
  sigsuspend: { parameters: [signal('a signal that stays blocked meanwhile')], repeats: 1 },
  sigwaitinfo: { parameters: [signal()], repeats: 1 },
  sigtimedwait: { parameters: [told('timeout', 'seconds to wait; 0 asks'), signal()], repeats: 1 },
  signalfd: { parameters: ['flags', signal()], repeats: 1 },
  read_signal: { c: 'read', title: 'read: a signal', parameters: ['fd'] },
  handled: {
    title: 'how often the handler ran',
    summary: 'Tells how often the handler `note` of this process ran for a signal. No system call.',
    parameters: [signal('the signal')],
  },
  accept: { parameters: ['sockfd'] },
  bind: { parameters: ['sockfd', address('addr')] },
  connect: { parameters: ['sockfd', address('addr')] },
  sendto: { parameters: ['sockfd', 'buf', 'len', 'flags', address('dest_addr')] },
  recvfrom: {
    parameters: ['sockfd', 'buf', 'len', 'flags', told('src_addr', 'the variable for the sender’s address')],
  },
  setsockopt: { parameters: ['sockfd', 'level', 'optname', told('value', 'the value of the option')] },
  getsockopt: {
    parameters: ['sockfd', 'level', 'optname', told('value', 'the variable for the value of the option')],
  },
  send_descriptor: {
    c: 'sendmsg',
    title: 'sendmsg: a descriptor',
    parameters: ['sockfd', told('fd', 'the descriptor that travels beside one byte (SCM_RIGHTS)')],
  },
  receive_descriptor: { c: 'recvmsg', title: 'recvmsg: a descriptor', parameters: ['sockfd'] },
  receive_sender: { c: 'recvmsg', title: 'recvmsg: who sent it', parameters: ['sockfd'] },
  join_group: { c: 'setsockopt', title: 'setsockopt: IP_ADD_MEMBERSHIP', parameters: ['sockfd'] },
  send_on_loopback: { c: 'setsockopt', title: 'setsockopt: IP_MULTICAST_IF', parameters: ['sockfd'] },
  msgsnd: {
    parameters: [
      'msqid',
      told('type', 'the type of the message, greater than 0'),
      told('text', 'what the message says'),
      'msgflg',
      told('size', 'another size than that of the text'),
    ],
  },
  msgrcv: {
    parameters: ['msqid', told('message', 'the variable for the message'), 'msgsz', 'msgtyp', 'msgflg'],
  },
  msgctl: {
    parameters: [
      'msqid',
      fixed('op', 'what to do with the queue', 'IPC_STAT', 'IPC_SET', 'IPC_RMID'),
      told('bytes', 'for IPC_SET: how many bytes the queue may hold'),
    ],
  },
  semctl: {
    parameters: [
      'semid',
      'semnum',
      fixed('op', 'what to do', ...['GETVAL', 'SETVAL', 'GETPID', 'GETNCNT', 'GETZCNT'], 'IPC_RMID'),
      told('value', 'for SETVAL: the value'),
    ],
  },
  semop: {
    parameters: [
      'semid',
      told('number', 'which semaphore of the set, from 0'),
      told('amount', '-1 takes, 1 gives, 0 waits for zero'),
      {
        name: 'flags',
        role: 'of this operation',
        choices: choices('0', 'SEM_UNDO', 'IPC_NOWAIT'),
        combine: true,
      },
    ],
    repeats: 3,
  },
  open_slave: {
    c: 'open',
    title: 'open: the terminal’s side',
    parameters: [told('master', 'the descriptor of the master'), 'flags'],
  },
  turn_off: {
    c: 'tcsetattr',
    title: 'tcsetattr: turn off',
    parameters: [
      'fd',
      {
        name: 'modes',
        role: 'what the terminal no longer does',
        choices: choices('ECHO', 'ICANON'),
        combine: true,
      },
    ],
  },
  poll: { parameters: ['timeout', ...watched], repeats: 2 },
  epoll_ctl: {
    parameters: [
      'epfd',
      'op',
      'fd',
      {
        name: 'events',
        role: 'what to watch for',
        choices: choices('EPOLLIN', 'EPOLLOUT', 'EPOLLET'),
        combine: true,
      },
    ],
  },
  epoll_wait: { parameters: ['epfd', 'timeout'] },
  read_counter: {
    title: 'read: the counter',
    parameters: ['fd', told('count', 'the variable for the number')],
  },
  write_counter: { title: 'write: the counter', parameters: ['fd', told('number', 'what is added')] },
  mq_open: {
    parameters: [
      'name',
      'oflag',
      'mode',
      told('most', 'how many messages it may hold'),
      told('largest', 'how many bytes one may have'),
    ],
  },
  mq_receive: { parameters: ['mqdes', 'msg_ptr', 'msg_len'] },
  mq_notify: {
    parameters: ['mqdes', { name: 'signal', role: 'the signal that tells of a message', signal: true }],
  },
  mq_notify_thread: {
    c: 'mq_notify',
    title: 'mq_notify: by a thread',
    parameters: [
      'mqdes',
      fixed('function', 'what the thread runs', 'tell'),
      told('event', 'the descriptor of the eventfd that it writes to'),
    ],
  },
  sem_timedwait: { parameters: ['sem', told('milliseconds', 'how long to wait at most')] },
  fcntl_lock: {
    title: 'fcntl: a record lock',
    parameters: [
      'fd',
      fixed('op', 'F_SETLKW waits, F_SETLK does not', 'F_SETLK', 'F_SETLKW', 'F_OFD_SETLK', 'F_OFD_SETLKW'),
      fixed('type', 'shared, exclusive, or unlock', 'F_RDLCK', 'F_WRLCK', 'F_UNLCK'),
      told('start', 'the first byte'),
      told('length', 'how many bytes; 0: to the end'),
    ],
  },
};

/** Steps of programs that are no calls to be tried: conditions of loops, texts put together, a command with words from outside. */
export const hidden = new Set(['check', 'snprintf', 'ioctl', 'memset', 'value', 'member']);
