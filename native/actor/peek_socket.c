/* What a socket holds: names, state, the bytes or messages that wait in it, the connections that wait at it. */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "peek.h"

enum { CONTENT_SHOWN = 256, MESSAGES_SHOWN = 16, MESSAGE_SHOWN = 80 };

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    return getsockopt(fd, level, name, &value, &size) == 0 ? value : -1;
}

typedef int get_name(int fd, struct sockaddr *address, socklen_t *size);

static void add_address(struct text *text, const char *word, int fd, get_name *get)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    char shown[128];
    if (get(fd, (struct sockaddr *)&address, &size) == -1)
        return;
    address_text(&address, size, shown, sizeof shown);
    text_add(text, " %s=", word);
    text_add_bytes(text, shown, strlen(shown));
}

/* Answers with the attribute of one local socket, asked of the kernel by its inode. */
static bool unix_queue_of(int netlink, unsigned inode, struct unix_diag_rqlen *queue)
{
    struct {
        struct nlmsghdr header;
        struct unix_diag_req body;
    } request = {
        .header = {.nlmsg_len = sizeof request, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST},
        .body = {.sdiag_family = AF_UNIX,
                 .udiag_states = ~0U,
                 .udiag_ino = inode,
                 .udiag_show = UDIAG_SHOW_RQLEN,
                 .udiag_cookie = {~0U, ~0U}},
    };
    union {
        struct nlmsghdr header;
        char room[4096];
    } reply;
    if (send(netlink, &request, sizeof request, 0) == -1)
        return false;
    ssize_t length = recv(netlink, &reply, sizeof reply, 0);
    if (length < 0 || !NLMSG_OK(&reply.header, (size_t)length) || reply.header.nlmsg_type != SOCK_DIAG_BY_FAMILY)
        return false;
    size_t left = NLMSG_PAYLOAD(&reply.header, sizeof(struct unix_diag_msg));
    char *at = (char *)NLMSG_DATA(&reply.header) + NLMSG_ALIGN(sizeof(struct unix_diag_msg));
    while (left >= sizeof(struct nlattr)) {
        struct nlattr *attribute = (struct nlattr *)at;
        size_t step = NLA_ALIGN(attribute->nla_len);
        if (attribute->nla_len < sizeof *attribute || step > left)
            return false;
        if (attribute->nla_type == UNIX_DIAG_RQLEN && attribute->nla_len >= NLA_HDRLEN + sizeof *queue) {
            memcpy(queue, at + NLA_HDRLEN, sizeof *queue);
            return true;
        }
        at += step;
        left -= step;
    }
    return false;
}

static void add_unix_backlog(struct text *text, int fd)
{
    struct stat status;
    struct unix_diag_rqlen queue;
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (netlink == -1)
        return;
    if (fstat(fd, &status) == 0 && unix_queue_of(netlink, (unsigned)status.st_ino, &queue))
        text_add(text, " pending=%u backlog=%u", queue.udiag_rqueue, queue.udiag_wqueue);
    close(netlink);
}

/* For a listening socket the kernel tells its queue in two members that otherwise count segments. */
static void add_tcp_state(struct text *text, int fd, bool listening)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == -1)
        return;
    text_add(text, " tcp=%u", info.tcpi_state);
    if (listening)
        text_add(text, " pending=%u backlog=%u", info.tcpi_unacked, info.tcpi_sacked);
}

static void add_stream(struct text *text, int fd)
{
    char content[CONTENT_SHOWN];
    int unread = 0;
    if (ioctl(fd, FIONREAD, &unread) == -1)
        unread = 0;
    ssize_t count = recv(fd, content, sizeof content, MSG_PEEK | MSG_DONTWAIT);
    text_add(text, " unread=%d end=%d content=", unread, count == 0);
    text_add_bytes(text, content, count > 0 ? (size_t)count : 0);
}

/* One message: with MSG_TRUNC the result is its whole length. */
static ssize_t add_message(struct text *text, int fd)
{
    char content[MESSAGE_SHOWN];
    char from[128] = "";
    struct sockaddr_storage address = {0};
    struct iovec part = {.iov_base = content, .iov_len = sizeof content};
    struct msghdr message = {.msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &part, .msg_iovlen = 1};
    ssize_t size = recvmsg(fd, &message, MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC);
    if (size < 0)
        return size;
    address_text(&address, message.msg_namelen, from, sizeof from);
    text_add(text, " message=%zd,", size);
    text_add_bytes(text, from, strlen(from));
    text_add(text, ",");
    text_add_bytes(text, content, (size_t)size < sizeof content ? (size_t)size : sizeof content);
    return size;
}

/* SO_PEEK_OFF moves the look from message to message. The socket is the demo's: the offset is taken away again. */
static void add_messages(struct text *text, int fd)
{
    int offset = 0, none = -1, found = 0;
    bool moves = setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &offset, sizeof offset) == 0;
    bool empty = false;
    while (found < MESSAGES_SHOWN && !empty && (moves || found == 0)) {
        ssize_t size = add_message(text, fd);
        if (size < 0)
            break;
        empty = size == 0; /* the look does not move on from a message of no length */
        found++;
        /* Only what was copied moves the offset: the rest of a long message is skipped by hand. */
        offset += (int)size;
        if (moves)
            moves = setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &offset, sizeof offset) == 0;
    }
    setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &none, sizeof none);
    text_add(text, " messages=%d", found);
}

void peek_socket(const char *tag, const struct actor *actor, const char *what)
{
    static char buffer[PACKET_SIZE];
    struct text text;
    int fd = actor == NULL ? -1 : copy_descriptor(actor, atoi(what));
    int type = fd == -1 ? -1 : option(fd, SOL_SOCKET, SO_TYPE);
    if (type == -1) {
        unseen(tag, fd == -1 ? strerror(errno) : "this descriptor is no socket");
        if (fd != -1)
            close(fd);
        return;
    }
    bool local = option(fd, SOL_SOCKET, SO_DOMAIN) == AF_UNIX;
    bool listening = option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 1;
    text_begin(&text, buffer, sizeof buffer);
    add_address(&text, "name", fd, getsockname);
    add_address(&text, "peer", fd, getpeername);
    if (!local && type == SOCK_STREAM)
        add_tcp_state(&text, fd, listening);
    if (listening && local)
        add_unix_backlog(&text, fd);
    /* An error that waits for the demo's next call would be told to this look instead, and be gone. */
    struct pollfd watched = {.fd = fd};
    if (poll(&watched, 1, 0) > 0 && (watched.revents & POLLERR) != 0)
        text_add(&text, " error=1");
    else if (!listening && type == SOCK_STREAM)
        add_stream(&text, fd);
    else if (!listening)
        add_messages(&text, fd);
    tell("seen %s type=%d listening=%d capacity=%d%s", tag, type, listening, option(fd, SOL_SOCKET, SO_RCVBUF), buffer);
    close(fd);
}
