/* POSIX message queues. A name as the script has it leads to one of the run's own. */
#include "call.h"

#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

enum { MESSAGE_MAX = 65536 };

static const char *queue_name(struct frame *frame)
{
    static char name[80];
    if (run_queue_name((const char *)frame->argument[0].data, frame->argument[0].size, name, sizeof name))
        return name;
    frame->refused = "a demo uses at most four queue names, each a '/' and a plain word behind it";
    return NULL;
}

/* name, flags, mode, most messages, most bytes of one */
static void run_mq_open(struct frame *frame)
{
    struct mq_attr attributes = {.mq_maxmsg = (long)frame->argument[3].number, .mq_msgsize = (long)frame->argument[4].number};
    const char *name = queue_name(frame);
    if (name == NULL || !mode_is_private(frame, NUMBER(frame, 2)))
        return;
    ISSUE(frame, (int)mq_open(name, NUMBER(frame, 1), (mode_t)NUMBER(frame, 2), frame->argument[3].given ? &attributes : NULL));
}

static void run_mq_unlink(struct frame *frame)
{
    const char *name = queue_name(frame);
    if (name != NULL)
        ISSUE(frame, mq_unlink(name));
}

static void run_mq_close(struct frame *frame)
{
    ISSUE(frame, mq_close((mqd_t)NUMBER(frame, 0)));
}

/* queue, text, size, priority */
static void run_mq_send(struct frame *frame)
{
    const struct argument *text = &frame->argument[1];
    long long size = frame->argument[2].number;
    if (size < 0 || (size_t)size > text->size) {
        frame->refused = "the size is larger than the data";
        return;
    }
    ISSUE(frame, mq_send((mqd_t)NUMBER(frame, 0), (const char *)text->data, (size_t)size, (unsigned)NUMBER(frame, 3)));
    if (frame->result == 0) {
        text_add(frame->details, " priority=%d size=%lld", NUMBER(frame, 3), size);
        report_data(frame, text->data, (size_t)size);
    }
}

/* queue, variable, size */
static void run_mq_receive(struct frame *frame)
{
    long long size = frame->argument[2].number;
    unsigned priority = 0;
    char *text = size < 0 || size > MESSAGE_MAX ? NULL : malloc((size_t)size + 1);
    if (text == NULL) {
        frame->refused = "a demo receives between 0 and 65536 bytes";
        return;
    }
    ISSUE(frame, mq_receive((mqd_t)NUMBER(frame, 0), text, (size_t)size, &priority));
    if (frame->result >= 0) {
        text_add(frame->details, " priority=%u size=%lld", priority, frame->result);
        report_data(frame, text, (size_t)frame->result);
        store_bytes(frame, frame->argument[1].name, text, (size_t)frame->result);
    }
    free(text);
}

/* queue, signal */
static void run_mq_notify(struct frame *frame)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = NUMBER(frame, 1)};
    ISSUE(frame, mq_notify((mqd_t)NUMBER(frame, 0), NUMBER(frame, 1) == 0 ? NULL : &event));
}

/* Runs in a thread of its own, which the C library starts for the notice: adds 1 to the eventfd. */
static void tell(union sigval value)
{
    uint64_t one = 1;
    if (write(value.sival_int, &one, sizeof one) == -1)
        return; /* nobody is there who could be told */
}

/* queue, the function `tell`, descriptor of an eventfd */
static void run_mq_notify_thread(struct frame *frame)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = tell};
    if (strcmp(frame->argument[1].name, "tell") != 0) {
        frame->refused = "the function here is tell";
        return;
    }
    event.sigev_value.sival_int = NUMBER(frame, 2);
    ISSUE(frame, mq_notify((mqd_t)NUMBER(frame, 0), &event));
}

static const struct call calls[] = {
    {"mq_open", "bi?ill", run_mq_open},
    {"mq_unlink", "b", run_mq_unlink},
    {"mq_close", "d", run_mq_close},
    {"mq_send", "dbli", run_mq_send},
    {"mq_receive", "dnl", run_mq_receive},
    {"mq_notify", "di", run_mq_notify},
    {"mq_notify_thread", "dnd", run_mq_notify_thread},
    {NULL, NULL, NULL},
};

static const struct constant constants[] = {
    {NULL, 0},
};

const struct table posix_mq_table = {calls, constants};
