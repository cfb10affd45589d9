/* Calls on descriptors of any kind, and the pipe's own. */
#include "call.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void run_pipe(struct frame *frame)
{
    int pair[2];
    ISSUE(frame, pipe2(pair, NUMBER(frame, 1)));
    if (frame->result == 0)
        store_pair(frame, frame->argument[0].name, pair);
}

static void run_read(struct frame *frame)
{
    long long size = frame->argument[2].number;
    if (size < 0 || size > BLOCK_MAX) {
        frame->refused = "a demo reads between 0 and 4 MiB at a time";
        return;
    }
    char *buffer = malloc((size_t)size + 1);
    if (buffer == NULL) {
        frame->refused = "there is not enough memory for this buffer";
        return;
    }
    ISSUE(frame, read(NUMBER(frame, 0), buffer, (size_t)size));
    if (frame->result >= 0) {
        store_bytes(frame, frame->argument[1].name, buffer, (size_t)frame->result);
        report_data(frame, buffer, (size_t)frame->result);
    }
    free(buffer);
}

static void run_write(struct frame *frame)
{
    const struct argument *block = &frame->argument[1];
    size_t size = frame->argument[2].given ? (size_t)frame->argument[2].number : block->size;
    if (size > block->size) {
        frame->refused = "the count is larger than the data";
        return;
    }
    ISSUE(frame, write(NUMBER(frame, 0), block->data, size));
    if (frame->result > 0)
        report_data(frame, block->data, (size_t)frame->result);
}

static void run_close(struct frame *frame)
{
    ISSUE(frame, close(NUMBER(frame, 0)));
}

static void run_dup(struct frame *frame)
{
    ISSUE(frame, dup(NUMBER(frame, 0)));
}

static void run_dup2(struct frame *frame)
{
    ISSUE(frame, dup2(NUMBER(frame, 0), NUMBER(frame, 1)));
}

static void run_fcntl(struct frame *frame)
{
    /* Only commands whose third argument is a number: an address would be read or written through. */
    static const int commands[] = {F_GETFD, F_SETFD,         F_GETFL,      F_SETFL,
                                   F_DUPFD, F_DUPFD_CLOEXEC, F_GETPIPE_SZ, F_SETPIPE_SZ};
    int command = NUMBER(frame, 1);
    bool known = false;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        known = known || commands[i] == command;
    if (!known || ((command == F_DUPFD || command == F_DUPFD_CLOEXEC) && NUMBER(frame, 2) >= 200)) {
        frame->refused = "this fcntl command is not one that a demo process may issue";
        return;
    }
    ISSUE(frame, fcntl(NUMBER(frame, 0), command, NUMBER(frame, 2)));
}

/* Demo processes work in the run's own directory and reach no other place. */
static bool stays_inside(const struct argument *path)
{
    return path->size > 0 && memchr(path->data, '/', path->size) == NULL && memchr(path->data, '\0', path->size) == NULL &&
           strcmp((const char *)path->data, "..") != 0;
}

static void run_open(struct frame *frame)
{
    if (!stays_inside(&frame->argument[0])) {
        frame->refused = "a demo process opens files of its own directory only: give a plain name without '/'";
        return;
    }
    mode_t mode = (mode_t)NUMBER(frame, 2) & 0600;
    ISSUE(frame, open((const char *)frame->argument[0].data, NUMBER(frame, 1) | O_NOFOLLOW, mode));
}

static void run_mkfifo(struct frame *frame)
{
    if (!stays_inside(&frame->argument[0])) {
        frame->refused = "a demo process makes files in its own directory only: give a plain name without '/'";
        return;
    }
    ISSUE(frame, mkfifo((const char *)frame->argument[0].data, (mode_t)NUMBER(frame, 1) & 0600));
}

static void run_unlink(struct frame *frame)
{
    if (!stays_inside(&frame->argument[0])) {
        frame->refused = "a demo process removes files of its own directory only: give a plain name without '/'";
        return;
    }
    ISSUE(frame, unlink((const char *)frame->argument[0].data));
}

static void run_lseek(struct frame *frame)
{
    ISSUE(frame, lseek(NUMBER(frame, 0), (off_t)frame->argument[1].number, NUMBER(frame, 2)));
}

/* Not a system call: memset(name, sign, size), which makes the block `name`. */
static void run_memset(struct frame *frame)
{
    long long size = frame->argument[2].number;
    unsigned char *block = size < 0 || size > BLOCK_MAX ? NULL : malloc((size_t)size + 1);
    if (block == NULL) {
        frame->refused = "a demo's block holds between 0 and 4 MiB";
        return;
    }
    memset(block, NUMBER(frame, 1), (size_t)size);
    store_bytes(frame, frame->argument[0].name, block, (size_t)size);
    free(block);
}

/* Not a call at all: the value of an expression, to be stored with `into`. */
static void run_value(struct frame *frame)
{
    frame->result = frame->argument[0].number;
}

static const struct call calls[] = {
    {"pipe", "n", run_pipe},
    {"pipe2", "ni", run_pipe},
    {"read", "dnl", run_read},
    {"write", "db?l", run_write},
    {"close", "d", run_close},
    {"dup", "d", run_dup},
    {"dup2", "dd", run_dup2},
    {"fcntl", "di?i", run_fcntl},
    {"open", "bi?i", run_open},
    {"mkfifo", "bi", run_mkfifo},
    {"unlink", "b", run_unlink},
    {"lseek", "dli", run_lseek},
    {"memset", "nil", run_memset},
    {"value", "l", run_value},
    {NULL, NULL, NULL},
};

static const struct constant constants[] = {
    {"NULL", 0},
    CONSTANT(STDIN_FILENO),
    CONSTANT(STDOUT_FILENO),
    CONSTANT(STDERR_FILENO),
    /* open, pipe2 */
    CONSTANT(O_RDONLY),
    CONSTANT(O_WRONLY),
    CONSTANT(O_RDWR),
    CONSTANT(O_CREAT),
    CONSTANT(O_EXCL),
    CONSTANT(O_TRUNC),
    CONSTANT(O_APPEND),
    CONSTANT(O_NONBLOCK),
    CONSTANT(O_CLOEXEC),
    CONSTANT(O_DIRECT),
    /* fcntl */
    CONSTANT(F_GETFD),
    CONSTANT(F_SETFD),
    CONSTANT(FD_CLOEXEC),
    CONSTANT(F_GETFL),
    CONSTANT(F_SETFL),
    CONSTANT(F_DUPFD),
    CONSTANT(F_DUPFD_CLOEXEC),
    CONSTANT(F_GETPIPE_SZ),
    CONSTANT(F_SETPIPE_SZ),
    CONSTANT(SEEK_SET),
    CONSTANT(SEEK_CUR),
    CONSTANT(SEEK_END),
    CONSTANT(PIPE_BUF),
    {NULL, 0},
};

const struct table descriptor_table = {calls, constants};
