/**
 * Sockets as C. An address is one argument here (address.ts). accept takes the listening socket alone, setsockopt the value
 * itself; send_descriptor, receive_descriptor, receive_sender, join_group and send_on_loopback are functions of the program,
 * around calls whose structures would hide what they do.
 */
import type { CodeWriter } from '../code';
import type { BufferSizes, CallText } from '../kit';
import { endingOf, type Step } from '../scenario';
import { addressCode, addressText } from './address';
import { asC, receiveCode, sendCode, simple, sizeText } from './descriptor';

const headers = ['sys/socket.h'];
const handle = { argument: 0, kind: 'descriptor' } as const;
const buffer = { argument: 1, size: 2 } as const;

const named = (name: string): CallText => ({
  name,
  headers,
  handle,
  text: ({ args }) => `${name}(${args[0]}, ${addressText(args[1]!)}, sizeof address)`,
  code(step, writer) {
    const address = addressCode(step.args[1]!, writer);
    writer.plain(step, `${name}(${step.args[0]}, ${address})`);
  },
});

const recvText = ({ args }: Step, sizes: BufferSizes) =>
  `recv(${args[0]}, ${args[1]}, ${sizeText(args[1]!, args[2]!, sizes)}, ${args[3]})`;

function recvfromText({ args }: Step, sizes: BufferSizes): string {
  const [fd, into, size, flags, from] = args as [string, string, string, string, string];
  return `recvfrom(${fd}, ${into}, ${sizeText(into, size, sizes)}, ${flags}, &${from}, &${from}_size)`;
}

function recvfromCode(step: Step, writer: CodeWriter): void {
  const from = step.args[4]!;
  const first = writer.variables.typeOf(`${from}_size`) === undefined;
  writer.declare(from, `struct sockaddr_storage ${from};`);
  if (first) writer.declare(`${from}_size`, `socklen_t ${from}_size = sizeof ${from};`);
  else writer.line(`${from}_size = sizeof ${from};`);
  receiveCode(
    step,
    writer,
    recvfromText(step, writer.sizes).replace(`&${from},`, `(struct sockaddr *)&${from},`),
  );
}

/** The value of an option has an address of its own. */
function optionCode(step: Step, writer: CodeWriter): void {
  const [fd, level, option, value] = step.args as [string, string, string, string];
  const base = value === '1' ? 'on' : 'value';
  if (option === 'SO_PASSCRED') writer.needs.defines.add('_GNU_SOURCE');
  const name = writer.own(base, `int that is ${value}`, (own) => `int ${own} = ${value};`);
  writer.plain(step, `setsockopt(${fd}, ${level}, ${option}, &${name}, sizeof ${name})`);
}

const optionText = ({ args }: Step) =>
  `setsockopt(${args[0]}, ${args[1]}, ${args[2]}, &(int){${args[3]}}, sizeof(int))`;

function getOptionCode(step: Step, writer: CodeWriter): void {
  const [fd, level, option, name] = step.args as [string, string, string, string];
  writer.declare(name, `int ${name} = 0;`);
  writer.declare(`${name}_size`, `socklen_t ${name}_size = sizeof ${name};`);
  writer.plain(step, `getsockopt(${fd}, ${level}, ${option}, &${name}, &${name}_size)`);
  writer.needs.headers.add('string.h');
  writer.say(`${option} says: %s`, `strerror(${name})`);
}

/** Room for what travels beside the data, aligned as its header. */
const control = `union control {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
};`;

const sendDescriptor = `/* Sends one byte, and with it a descriptor: the kernel gives the receiver one of its own for the same open file. */
static int send_descriptor(int to, int fd)
{
    char byte = 'D';
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    union control control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    memset(&control, 0, sizeof control);
    message.msg_control = control.room;
    message.msg_controllen = sizeof control.room;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    return sendmsg(to, &message, 0) == 1 ? 0 : -1;
}`;

const receiveDescriptor = `/* Receives one byte and the descriptor that came with it. */
static int receive_descriptor(int from)
{
    char byte;
    int fd = -1;
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    union control control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    message.msg_control = control.room;
    message.msg_controllen = sizeof control.room;
    if (recvmsg(from, &message, 0) != 1 || (message.msg_flags & MSG_CTRUNC) != 0)
        return -1;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return fd;
}`;

const receiveSender = `/* Receives one byte and answers with the process ID of its sender, for which the kernel vouches. */
static pid_t receive_sender(int from)
{
    char byte;
    struct ucred sender = {.pid = -1};
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    message.msg_control = control.room;
    message.msg_controllen = sizeof control.room;
    if (recvmsg(from, &message, 0) != 1)
        return -1;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_CREDENTIALS &&
        header->cmsg_len == CMSG_LEN(sizeof sender))
        memcpy(&sender, CMSG_DATA(header), sizeof sender);
    return sender.pid;
}`;

const joinGroup = `/* Becomes a member of the group, at the loopback interface. */
static int join_group(int fd)
{
    struct ip_mreq request = {
        .imr_multiaddr.s_addr = htonl(0xefff4950),
        .imr_interface.s_addr = htonl(INADDR_LOOPBACK),
    };
    return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request);
}`;

const sendOnLoopback = `/* What goes to a group leaves by the loopback interface: it stays on this machine. */
static int send_on_loopback(int fd)
{
    struct in_addr loopback = {.s_addr = htonl(INADDR_LOOPBACK)};
    return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &loopback, sizeof loopback);
}`;

const memory = ['sys/socket.h', 'string.h'];
const internet = ['sys/socket.h', 'netinet/in.h', 'arpa/inet.h'];

/** Answers with a number that the program wants: a descriptor, a process. */
function answers(step: Step, writer: CodeWriter): void {
  const ending = endingOf(step.expect);
  writer.plain(step, asC(step));
  if (step.into && ending && 'returns' in ending && typeof ending.returns === 'object')
    writer.say(`the sender is process %d`, `(int)${step.into}`);
}

export const socketCalls: CallText[] = [
  simple('socket', headers),
  simple('socketpair', headers, {
    code(step, writer) {
      const pair = step.args[3]!;
      writer.declare(pair, `int ${pair}[2];`);
      writer.plain(step, asC(step));
    },
  }),
  named('bind'),
  named('connect'),
  simple('listen', headers, { handle }),
  {
    name: 'accept',
    headers,
    handle,
    text: ({ args }) => `accept(${args[0]}, NULL, NULL)`,
    code: (step, writer) => writer.plain(step, `accept(${step.args[0]}, NULL, NULL)`),
  },
  simple('shutdown', headers, { handle }),
  simple('send', headers, {
    handle,
    transfer: 'in',
    code: (step, writer) => sendCode(step, writer, asC(step)),
  }),
  {
    name: 'sendto',
    headers,
    handle,
    target: 4,
    transfer: 'in',
    text: ({ args }) => `sendto(${args.slice(0, 4).join(', ')}, ${addressText(args[4]!)}, sizeof address)`,
    code(step, writer) {
      const address = addressCode(step.args[4]!, writer);
      sendCode(step, writer, `sendto(${step.args.slice(0, 4).join(', ')}, ${address})`);
    },
  },
  {
    name: 'recv',
    headers,
    handle,
    transfer: 'out',
    buffer,
    text: recvText,
    code: (step, writer) => receiveCode(step, writer, recvText(step, writer.sizes)),
  },
  { name: 'recvfrom', headers, handle, transfer: 'out', buffer, text: recvfromText, code: recvfromCode },
  { name: 'setsockopt', headers, handle, text: optionText, code: optionCode },
  {
    name: 'getsockopt',
    headers,
    handle,
    text: ({ args }) => `getsockopt(${args[0]}, ${args[1]}, ${args[2]}, &${args[3]}, &${args[3]}_size)`,
    code: getOptionCode,
  },
  simple('join_group', internet, {
    handle,
    definitions: [joinGroup],
    text: ({ args }) => `setsockopt(${args[0]}, IPPROTO_IP, IP_ADD_MEMBERSHIP, {239.255.73.80 at 127.0.0.1})`,
  }),
  simple('send_on_loopback', internet, {
    handle,
    definitions: [sendOnLoopback],
    text: ({ args }) => `setsockopt(${args[0]}, IPPROTO_IP, IP_MULTICAST_IF, {127.0.0.1})`,
  }),
  simple('send_descriptor', memory, {
    handle,
    transfer: 'in',
    beside: 'fd',
    definitions: [control, sendDescriptor],
    text: ({ args }) => `sendmsg(${args[0]}, {"D", SCM_RIGHTS: ${args[1]}}, 0)`,
  }),
  simple('receive_descriptor', memory, {
    handle,
    transfer: 'out',
    beside: 'fd',
    definitions: [control, receiveDescriptor],
    text: ({ args }) => `recvmsg(${args[0]}, {one byte, SCM_RIGHTS}, 0)`,
    code: answers,
  }),
  simple('receive_sender', [...memory, 'sys/types.h'], {
    handle,
    transfer: 'out',
    define: '_GNU_SOURCE',
    definitions: [receiveSender],
    text: ({ args }) => `recvmsg(${args[0]}, {one byte, SCM_CREDENTIALS}, 0)`,
    code: answers,
  }),
];
