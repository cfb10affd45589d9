/* A POSIX message queue: by a descriptor of an actor, or, where none has it open, by its name. Its messages cannot be copied. */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peek.h"
#include "run.h"

/* A queue's descriptor can also be read like a file: then it says how many bytes wait and who gets the notice. */
static void read_status(int fd, long *size, int *notice)
{
    char status[256];
    ssize_t length = pread(fd, status, sizeof status - 1, 0);
    if (length <= 0)
        return;
    status[length] = '\0';
    sscanf(status, "QSIZE:%ld", size);
    const char *pid = strstr(status, "NOTIFY_PID:");
    if (pid != NULL)
        sscanf(pid, "NOTIFY_PID:%d", notice);
}

static int open_by_name(const char *what)
{
    char name[80];
    if (!run_queue_name(what, strlen(what), name, sizeof name)) {
        errno = ENOENT;
        return -1;
    }
    return (int)mq_open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

void peek_mqueue(const char *tag, const struct actor *actor, const char *what)
{
    int fd = actor == NULL ? open_by_name(what) : copy_descriptor(actor, atoi(what));
    struct mq_attr state;
    long size = -1;
    int notice = 0;
    if (fd == -1 || mq_getattr((mqd_t)fd, &state) == -1) {
        unseen(tag, strerror(errno));
    } else {
        read_status(fd, &size, &notice);
        tell("seen %s count=%ld most=%ld largest=%ld bytes=%ld notice=%d", tag, state.mq_curmsgs, state.mq_maxmsg,
             state.mq_msgsize, size, notice);
    }
    if (fd != -1)
        close(fd);
}
