/* eventfd: a counter of the kernel behind a descriptor. Reading and writing it always moves eight bytes. */
#include "call.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void run_eventfd(struct frame *frame)
{
    ISSUE(frame, eventfd((unsigned)NUMBER(frame, 0), NUMBER(frame, 1)));
}

/* read() into a number: descriptor, variable */
static void run_read_counter(struct frame *frame)
{
    uint64_t count = 0;
    ISSUE(frame, read(NUMBER(frame, 0), &count, sizeof count));
    if (frame->result == (long long)sizeof count) {
        store_number(frame, frame->argument[1].name, (long long)count);
        text_add(frame->details, " data=%llu", (unsigned long long)count);
    }
}

/* write() of a number: descriptor, number */
static void run_write_counter(struct frame *frame)
{
    uint64_t count = (uint64_t)frame->argument[1].number;
    ISSUE(frame, write(NUMBER(frame, 0), &count, sizeof count));
    if (frame->result == (long long)sizeof count)
        text_add(frame->details, " data=%llu", (unsigned long long)count);
}

static const struct call calls[] = {
    {"eventfd", "li", run_eventfd},
    {"read_counter", "dn", run_read_counter},
    {"write_counter", "dl", run_write_counter},
    {NULL, NULL, NULL},
};

static const struct constant constants[] = {
    CONSTANT(EFD_CLOEXEC),
    CONSTANT(EFD_NONBLOCK),
    CONSTANT(EFD_SEMAPHORE),
    {NULL, 0},
};

const struct table eventfd_table = {calls, constants};
