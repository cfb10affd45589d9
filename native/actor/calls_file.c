/* Calls on plain files that processes share: locks of both families, and reading and writing at a place. */
#include "call.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

/* descriptor, command, type, start, length */
static void run_fcntl_lock(struct frame *frame)
{
    int command = NUMBER(frame, 1);
    struct flock lock = {
        .l_type = (short)NUMBER(frame, 2),
        .l_whence = SEEK_SET,
        .l_start = (off_t)frame->argument[3].number,
        .l_len = (off_t)frame->argument[4].number,
    };
    if (command != F_SETLK && command != F_SETLKW && command != F_OFD_SETLK && command != F_OFD_SETLKW) {
        frame->refused = "a demo locks with F_SETLK, F_SETLKW, F_OFD_SETLK and F_OFD_SETLKW";
        return;
    }
    ISSUE(frame, fcntl(NUMBER(frame, 0), command, &lock));
}

static void run_flock(struct frame *frame)
{
    ISSUE(frame, flock(NUMBER(frame, 0), NUMBER(frame, 1)));
}

/* descriptor, variable, size, place */
static void run_pread(struct frame *frame)
{
    long long size = frame->argument[2].number;
    char *buffer = size < 0 || size > BLOCK_MAX ? NULL : malloc((size_t)size + 1);
    if (buffer == NULL) {
        frame->refused = "a demo reads between 0 and 4 MiB at a time";
        return;
    }
    ISSUE(frame, pread(NUMBER(frame, 0), buffer, (size_t)size, (off_t)frame->argument[3].number));
    if (frame->result >= 0) {
        store_bytes(frame, frame->argument[1].name, buffer, (size_t)frame->result);
        report_data(frame, buffer, (size_t)frame->result);
    }
    free(buffer);
}

/* descriptor, data, size, place */
static void run_pwrite(struct frame *frame)
{
    const struct argument *block = &frame->argument[1];
    size_t size = (size_t)frame->argument[2].number;
    if (size > block->size) {
        frame->refused = "the count is larger than the data";
        return;
    }
    /* A file of a demo stays small, wherever it is written. */
    if (frame->argument[3].number > BLOCK_MAX) {
        frame->refused = "a demo writes within the first 4 MiB of a file";
        return;
    }
    ISSUE(frame, pwrite(NUMBER(frame, 0), block->data, size, (off_t)frame->argument[3].number));
    if (frame->result > 0)
        report_data(frame, block->data, (size_t)frame->result);
}

static const struct call calls[] = {
    {"fcntl_lock", "diill", run_fcntl_lock},
    {"flock", "di", run_flock},
    {"pread", "dnll", run_pread},
    {"pwrite", "dbll", run_pwrite},
    {NULL, NULL, NULL},
};

static const struct constant constants[] = {
    CONSTANT(F_SETLK),
    CONSTANT(F_SETLKW),
    CONSTANT(F_OFD_SETLK),
    CONSTANT(F_OFD_SETLKW),
    CONSTANT(F_RDLCK),
    CONSTANT(F_WRLCK),
    CONSTANT(F_UNLCK),
    CONSTANT(LOCK_SH),
    CONSTANT(LOCK_EX),
    CONSTANT(LOCK_UN),
    CONSTANT(LOCK_NB),
    {NULL, 0},
};

const struct table file_table = {calls, constants};
