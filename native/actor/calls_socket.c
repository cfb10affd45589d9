/* Sockets: streams and datagrams, local and on the loopback. */
#include "call.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"

/* Nothing that a datagram socket sends leaves this machine, wherever the routes lead. */
static void keep_here(int fd)
{
    struct in_addr host = {.s_addr = htonl(run_host())};
    int none = 0;
    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &host, sizeof host);
    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &none, sizeof none);
}

static bool kind_is_offered(struct frame *frame, bool local_only)
{
    int domain = NUMBER(frame, 0);
    int type = NUMBER(frame, 1) & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
    bool good = (domain == AF_UNIX || (domain == AF_INET && !local_only)) &&
                (type == SOCK_STREAM || type == SOCK_DGRAM || (type == SOCK_SEQPACKET && domain == AF_UNIX));
    if (!good)
        frame->refused = "a demo makes stream, datagram and packet sockets of AF_UNIX, stream and datagram sockets of AF_INET";
    return good;
}

static void run_socket(struct frame *frame)
{
    if (!kind_is_offered(frame, false))
        return;
    ISSUE(frame, socket(NUMBER(frame, 0), NUMBER(frame, 1), NUMBER(frame, 2)));
    if (frame->result >= 0 && NUMBER(frame, 0) == AF_INET)
        keep_here((int)frame->result);
}

static void run_socketpair(struct frame *frame)
{
    int pair[2];
    if (!kind_is_offered(frame, true))
        return;
    ISSUE(frame, socketpair(NUMBER(frame, 0), NUMBER(frame, 1), NUMBER(frame, 2), pair));
    if (frame->result == 0)
        store_pair(frame, frame->argument[3].name, pair);
}

static const struct sockaddr *address_in(const struct argument *argument)
{
    return (const struct sockaddr *)argument->data;
}

static void run_bind(struct frame *frame)
{
    const struct argument *address = &frame->argument[1];
    ISSUE(frame, bind(NUMBER(frame, 0), address_in(address), (socklen_t)address->size));
}

static void run_connect(struct frame *frame)
{
    const struct argument *address = &frame->argument[1];
    ISSUE(frame, connect(NUMBER(frame, 0), address_in(address), (socklen_t)address->size));
}

static void run_listen(struct frame *frame)
{
    ISSUE(frame, listen(NUMBER(frame, 0), NUMBER(frame, 1)));
}

static void run_accept(struct frame *frame)
{
    ISSUE(frame, accept4(NUMBER(frame, 0), NULL, NULL, NUMBER(frame, 1)));
}

static void run_shutdown(struct frame *frame)
{
    ISSUE(frame, shutdown(NUMBER(frame, 0), NUMBER(frame, 1)));
}

/* ------------------------------------------------------------------------ data */

static bool count_of(struct frame *frame, int index, const struct argument *block, size_t *count)
{
    *count = frame->argument[index].given ? (size_t)frame->argument[index].number : block->size;
    if (*count <= block->size)
        return true;
    frame->refused = "the count is larger than the data";
    return false;
}

static void sent(struct frame *frame, const struct argument *block)
{
    if (frame->result >= 0)
        report_data(frame, block->data, (size_t)frame->result);
}

static void run_send(struct frame *frame)
{
    const struct argument *block = &frame->argument[1];
    size_t count;
    if (!count_of(frame, 2, block, &count))
        return;
    ISSUE(frame, send(NUMBER(frame, 0), block->data, count, NUMBER(frame, 3)));
    sent(frame, block);
}

static void run_sendto(struct frame *frame)
{
    const struct argument *block = &frame->argument[1];
    const struct argument *to = &frame->argument[4];
    size_t count;
    if (!count_of(frame, 2, block, &count))
        return;
    ISSUE(frame, sendto(NUMBER(frame, 0), block->data, count, NUMBER(frame, 3), address_in(to), (socklen_t)to->size));
    sent(frame, block);
}

static char *room_for(struct frame *frame, long long size)
{
    char *buffer = size < 0 || size > BLOCK_MAX ? NULL : malloc((size_t)size + 1);
    if (buffer == NULL)
        frame->refused = "a demo receives between 0 and 4 MiB at a time";
    return buffer;
}

/* With MSG_TRUNC the result is the length that the message had, which may be more than what came. */
static void received(struct frame *frame, const char *buffer, size_t size)
{
    if (frame->result < 0)
        return;
    size_t came = (size_t)frame->result < size ? (size_t)frame->result : size;
    store_bytes(frame, frame->argument[1].name, buffer, came);
    report_data(frame, buffer, came);
}

static void run_recv(struct frame *frame)
{
    size_t size = (size_t)frame->argument[2].number;
    char *buffer = room_for(frame, frame->argument[2].number);
    if (buffer == NULL)
        return;
    ISSUE(frame, recv(NUMBER(frame, 0), buffer, size, NUMBER(frame, 3)));
    received(frame, buffer, size);
    free(buffer);
}

/* fd, buffer, size, flags, variable for the sender's address */
static void run_recvfrom(struct frame *frame)
{
    size_t size = (size_t)frame->argument[2].number;
    char *buffer = room_for(frame, frame->argument[2].number);
    struct sockaddr_storage from = {0};
    socklen_t from_size = sizeof from;
    char text[128];
    if (buffer == NULL)
        return;
    ISSUE(frame, recvfrom(NUMBER(frame, 0), buffer, size, NUMBER(frame, 3), (struct sockaddr *)&from, &from_size));
    received(frame, buffer, size);
    if (frame->result >= 0) {
        store_bytes(frame, frame->argument[4].name, &from, from_size);
        address_text(&from, from_size, text, sizeof text);
        text_add(frame->details, " from=");
        text_add_bytes(frame->details, text, strlen(text));
    }
    free(buffer);
}

/* --------------------------------------------------------------------- options */

static void run_setsockopt(struct frame *frame)
{
    /* Options of one int that change nothing outside the demo. */
    static const struct {
        int level, name;
    } offered[] = {
        {SOL_SOCKET, SO_REUSEADDR}, {SOL_SOCKET, SO_BROADCAST}, {SOL_SOCKET, SO_SNDBUF}, {SOL_SOCKET, SO_RCVBUF},
        {SOL_SOCKET, SO_PASSCRED},  {IPPROTO_TCP, TCP_NODELAY}, {IPPROTO_IP, IP_MULTICAST_LOOP},
    };
    int value = NUMBER(frame, 3);
    for (size_t i = 0; i < sizeof offered / sizeof offered[0]; i++) {
        if (offered[i].level != NUMBER(frame, 1) || offered[i].name != NUMBER(frame, 2))
            continue;
        ISSUE(frame, setsockopt(NUMBER(frame, 0), NUMBER(frame, 1), NUMBER(frame, 2), &value, sizeof value));
        return;
    }
    frame->refused = "this socket option is not one that a demo may set";
}

/* fd, level, name, variable for the value */
static void run_getsockopt(struct frame *frame)
{
    int value = 0;
    socklen_t size = sizeof value;
    ISSUE(frame, getsockopt(NUMBER(frame, 0), NUMBER(frame, 1), NUMBER(frame, 2), &value, &size));
    if (frame->result == 0)
        store_number(frame, frame->argument[3].name, value);
}

/* setsockopt(IP_ADD_MEMBERSHIP) with the run's own group, at the loopback. */
static void run_join_group(struct frame *frame)
{
    struct ip_mreq request = {.imr_multiaddr.s_addr = htonl(run_group()), .imr_interface.s_addr = htonl(run_host())};
    ISSUE(frame, setsockopt(NUMBER(frame, 0), IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request));
}

/* setsockopt(IP_MULTICAST_IF) with the loopback, which keep_here() has already done. */
static void run_send_on_loopback(struct frame *frame)
{
    struct in_addr host = {.s_addr = htonl(run_host())};
    ISSUE(frame, setsockopt(NUMBER(frame, 0), IPPROTO_IP, IP_MULTICAST_IF, &host, sizeof host));
}

/* --------------------------------------------------- what travels beside the data */

/* Room for one descriptor or the sender's identity, aligned as a header. */
union control {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(struct ucred))];
};

/* socket, descriptor: sendmsg with one byte and SCM_RIGHTS */
static void run_send_descriptor(struct frame *frame)
{
    int fd = NUMBER(frame, 1);
    struct iovec part = {.iov_base = "D", .iov_len = 1};
    union control control;
    memset(&control, 0, sizeof control);
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = CMSG_SPACE(sizeof fd)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    ISSUE(frame, sendmsg(NUMBER(frame, 0), &message, 0));
    if (frame->result >= 0) {
        frame->result = 0;
        report_data(frame, "D", 1);
    }
}

/* Receives one byte, and what came with it of the wanted type. */
static bool receive_control(struct frame *frame, int type, void *data, size_t size)
{
    char byte = 0;
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    union control control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
    ISSUE(frame, recvmsg(NUMBER(frame, 0), &message, 0));
    if (frame->result > 0)
        report_data(frame, &byte, 1);
    struct cmsghdr *header = frame->result < 0 ? NULL : CMSG_FIRSTHDR(&message);
    bool good = header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == type &&
                header->cmsg_len == CMSG_LEN(size);
    if (good)
        memcpy(data, CMSG_DATA(header), size);
    else if (frame->result >= 0) {
        frame->result = -1; /* as the program's own function does */
        frame->error = ENOMSG;
    }
    return good;
}

static void run_receive_descriptor(struct frame *frame)
{
    int fd = -1;
    if (receive_control(frame, SCM_RIGHTS, &fd, sizeof fd))
        frame->result = fd;
}

/* Answers with the sender's process ID, as the kernel tells it. */
static void run_receive_sender(struct frame *frame)
{
    struct ucred sender = {0};
    if (receive_control(frame, SCM_CREDENTIALS, &sender, sizeof sender))
        frame->result = sender.pid;
}

static const struct call calls[] = {
    {"socket", "iii", run_socket},
    {"socketpair", "iiin", run_socketpair},
    {"bind", "da", run_bind},
    {"listen", "di", run_listen},
    {"accept", "d?i", run_accept},
    {"connect", "da", run_connect},
    {"shutdown", "di", run_shutdown},
    {"send", "dbli", run_send},
    {"sendto", "dblia", run_sendto},
    {"recv", "dnli", run_recv},
    {"recvfrom", "dnlin", run_recvfrom},
    {"setsockopt", "diii", run_setsockopt},
    {"getsockopt", "diin", run_getsockopt},
    {"join_group", "d", run_join_group},
    {"send_on_loopback", "d", run_send_on_loopback},
    {"send_descriptor", "dd", run_send_descriptor},
    {"receive_descriptor", "d", run_receive_descriptor},
    {"receive_sender", "d", run_receive_sender},
    {NULL, NULL, NULL},
};

static const struct constant constants[] = {
    CONSTANT(AF_UNIX),
    CONSTANT(AF_INET),
    CONSTANT(SOCK_STREAM),
    CONSTANT(SOCK_DGRAM),
    CONSTANT(SOCK_SEQPACKET),
    CONSTANT(SOCK_NONBLOCK),
    CONSTANT(SOCK_CLOEXEC),
    CONSTANT(SHUT_RD),
    CONSTANT(SHUT_WR),
    CONSTANT(SHUT_RDWR),
    CONSTANT(MSG_PEEK),
    CONSTANT(MSG_TRUNC),
    CONSTANT(MSG_DONTWAIT),
    CONSTANT(MSG_WAITALL),
    CONSTANT(MSG_NOSIGNAL),
    CONSTANT(MSG_OOB),
    CONSTANT(SOL_SOCKET),
    CONSTANT(SO_REUSEADDR),
    CONSTANT(SO_BROADCAST),
    CONSTANT(SO_SNDBUF),
    CONSTANT(SO_RCVBUF),
    CONSTANT(SO_PASSCRED),
    CONSTANT(SO_ERROR),
    CONSTANT(IPPROTO_IP),
    CONSTANT(IPPROTO_TCP),
    CONSTANT(TCP_NODELAY),
    CONSTANT(IP_MULTICAST_LOOP),
    {NULL, 0},
};

const struct table socket_table = {calls, constants};
