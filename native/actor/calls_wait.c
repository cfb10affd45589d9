/* Waiting for several descriptors at once: poll and epoll. */
#include "call.h"

#include <poll.h>
#include <sys/epoll.h>

enum { WATCHED_MAX = 3, READY_MAX = 8 };

/* timeout, then descriptor and events in turn */
static void run_poll(struct frame *frame)
{
    struct pollfd watched[WATCHED_MAX];
    nfds_t count = 0;
    while (count < WATCHED_MAX && frame->argument[1 + 2 * count].given) {
        watched[count] = (struct pollfd){.fd = NUMBER(frame, 1 + 2 * count), .events = (short)NUMBER(frame, 2 + 2 * count)};
        count++;
    }
    ISSUE(frame, poll(watched, count, NUMBER(frame, 0)));
    for (nfds_t i = 0; i < count && frame->result > 0; i++)
        if (watched[i].revents != 0)
            text_add(frame->details, " ready[%d]=%d:%d", (int)i, watched[i].fd, watched[i].revents);
}

static void run_epoll_create1(struct frame *frame)
{
    ISSUE(frame, epoll_create1(NUMBER(frame, 0)));
}

/* epoll, operation, descriptor, events */
static void run_epoll_ctl(struct frame *frame)
{
    struct epoll_event event = {.events = (unsigned)frame->argument[3].number, .data.fd = NUMBER(frame, 2)};
    ISSUE(frame, epoll_ctl(NUMBER(frame, 0), NUMBER(frame, 1), NUMBER(frame, 2), &event));
}

/* epoll, timeout */
static void run_epoll_wait(struct frame *frame)
{
    struct epoll_event ready[READY_MAX];
    ISSUE(frame, epoll_wait(NUMBER(frame, 0), ready, READY_MAX, NUMBER(frame, 1)));
    for (int i = 0; i < frame->result; i++)
        text_add(frame->details, " ready[%d]=%d:%d", i, ready[i].data.fd, (int)ready[i].events);
}

static const struct call calls[] = {
    {"poll", "i?didi" "di", run_poll},
    {"epoll_create1", "i", run_epoll_create1},
    {"epoll_ctl", "didl", run_epoll_ctl},
    {"epoll_wait", "di", run_epoll_wait},
    {NULL, NULL, NULL},
};

static const struct constant constants[] = {
    CONSTANT(POLLIN),
    CONSTANT(POLLOUT),
    CONSTANT(POLLHUP),
    CONSTANT(POLLERR),
    CONSTANT(EPOLL_CLOEXEC),
    CONSTANT(EPOLL_CTL_ADD),
    CONSTANT(EPOLL_CTL_DEL),
    CONSTANT(EPOLL_CTL_MOD),
    CONSTANT(EPOLLIN),
    CONSTANT(EPOLLOUT),
    CONSTANT(EPOLLET),
    CONSTANT(EPOLLHUP),
    {NULL, 0},
};

const struct table wait_table = {calls, constants};
