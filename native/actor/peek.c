/* Looks into kernel objects without disturbing the demo that uses them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "peek.h"
#include "run.h"

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif

enum { CONTENT_SHOWN = 256, MESSAGES_SHOWN = 64, MESSAGE_SHOWN = 80 };

/* tee() copies what a pipe holds into another pipe and consumes nothing. */
static ssize_t pipe_content(int fd, char *content, size_t size)
{
    int scratch[2];
    if (pipe2(scratch, O_CLOEXEC | O_NONBLOCK) == -1)
        return 0;
    ssize_t count = tee(fd, scratch[1], size, SPLICE_F_NONBLOCK);
    if (count > 0)
        count = read(scratch[0], content, size);
    close(scratch[0]);
    close(scratch[1]);
    return count > 0 ? count : 0;
}

int copy_descriptor(const struct actor *actor, int fd)
{
    int copy = (int)syscall(SYS_pidfd_getfd, actor->pidfd, fd, 0);
    if (copy != -1)
        return copy;
    char path[64];
    struct stat link, object;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)actor->pid, fd);
    if (lstat(path, &link) == -1 || stat(path, &object) == -1 || !S_ISFIFO(object.st_mode))
        return -1;
    int direction = (link.st_mode & S_IRUSR) != 0 ? O_RDONLY : O_WRONLY;
    return open(path, direction | O_NONBLOCK | O_CLOEXEC);
}

void peek_pipe(const char *tag, const struct actor *actor, const char *what)
{
    int copy = actor == NULL ? -1 : copy_descriptor(actor, atoi(what));
    if (copy == -1) {
        unseen(tag, strerror(errno));
        return;
    }
    int unread = 0;
    char content[CONTENT_SHOWN];
    ssize_t count = 0;
    int capacity = fcntl(copy, F_GETPIPE_SZ);
    if (capacity == -1 || ioctl(copy, FIONREAD, &unread) == -1) {
        unseen(tag, "this descriptor is no pipe");
        close(copy);
        return;
    }
    if ((fcntl(copy, F_GETFL) & O_ACCMODE) != O_WRONLY)
        count = pipe_content(copy, content, sizeof content);
    close(copy);

    char buffer[3 * CONTENT_SHOWN + 8];
    struct text text;
    text_begin(&text, buffer, sizeof buffer);
    text_add_bytes(&text, content, (size_t)count);
    tell("seen %s unread=%d capacity=%d content=%s", tag, unread, capacity, buffer);
}

void peek_queue(const char *tag, const struct actor *actor, const char *what)
{
    (void)actor;
    int id = atoi(what);
    static char buffer[PACKET_SIZE];
    static struct {
        long type;
        char text[PACKET_SIZE];
    } message;
    struct msqid_ds state;
    struct text text;
    if (msgctl(id, IPC_STAT, &state) == -1) {
        unseen(tag, errno == EINVAL || errno == EIDRM ? "gone" : strerror(errno));
        return;
    }
    text_begin(&text, buffer, sizeof buffer);
    /* With MSG_COPY the "type" is a position, and the message stays where it is. */
    for (long at = 0; at < MESSAGES_SHOWN; at++) {
        ssize_t size = msgrcv(id, &message, sizeof message.text, at, MSG_COPY | IPC_NOWAIT | MSG_NOERROR);
        if (size == -1) {
            if (errno != ENOMSG)
                text_add(&text, " copy=no");
            break;
        }
        text_add(&text, " message=%ld:%zd:", message.type, size);
        text_add_bytes(&text, message.text, size < MESSAGE_SHOWN ? (size_t)size : MESSAGE_SHOWN);
    }
    tell("seen %s bytes=%lu max=%lu count=%lu key=%d%s", tag, (unsigned long)state.__msg_cbytes,
         (unsigned long)state.msg_qbytes, (unsigned long)state.msg_qnum, (int)state.msg_perm.__key, buffer);
}
