/* POSIX semaphores, with a name and without. One without lies in memory that the process has mapped. */
#include "call.h"

#include <fcntl.h>
#include <semaphore.h>
#include <stdint.h>

#include "layout.h"
#include "run.h"

enum { SEMAPHORES = 8, PATIENCE_MAX = 60000 /* milliseconds */ };

static sem_t *semaphores[SEMAPHORES];

static sem_t **find(struct frame *frame)
{
    for (int i = 0; i < SEMAPHORES; i++)
        if (semaphores[i] != NULL && (uintptr_t)semaphores[i] == (uintptr_t)frame->argument[0].number)
            return &semaphores[i];
    frame->refused = "this is no semaphore that the process has opened";
    return NULL;
}

static bool is_unnamed(uintptr_t address)
{
    enum member_type type;
    size_t size;
    return layout_type(address, &type, &size) && type == MEMBER_SEMAPHORE;
}

/* One that was opened, or one in memory. */
static sem_t *semaphore_of(struct frame *frame)
{
    uintptr_t address = (uintptr_t)frame->argument[0].number;
    if (is_unnamed(address))
        return (sem_t *)address;
    sem_t **opened = find(frame);
    return opened == NULL ? NULL : *opened;
}

/* Opening one that is open already gives the same address again. */
static bool remember(sem_t *opened)
{
    for (int i = 0; i < SEMAPHORES; i++) {
        if (semaphores[i] == NULL || semaphores[i] == opened) {
            semaphores[i] = opened;
            return true;
        }
    }
    return false;
}

/* name, flags, mode, value */
static void run_sem_open(struct frame *frame)
{
    const char *name = posix_name(frame);
    sem_t *opened = SEM_FAILED;
    if (name == NULL || !mode_is_private(frame, NUMBER(frame, 2)))
        return;
    ISSUE(frame, (opened = sem_open(name, NUMBER(frame, 1), (mode_t)NUMBER(frame, 2), (unsigned)NUMBER(frame, 3))) ==
                         SEM_FAILED ? -1 : (long long)(uintptr_t)opened);
    if (opened != SEM_FAILED && !remember(opened))
        frame->refused = "the process has no room for another semaphore";
}

static void run_sem_unlink(struct frame *frame)
{
    const char *name = posix_name(frame);
    if (name != NULL)
        ISSUE(frame, sem_unlink(name));
}

static void run_sem_close(struct frame *frame)
{
    sem_t **semaphore = find(frame);
    if (semaphore == NULL)
        return;
    ISSUE(frame, sem_close(*semaphore));
    *semaphore = NULL;
}

static void run_sem_wait(struct frame *frame)
{
    sem_t *semaphore = semaphore_of(frame);
    if (semaphore != NULL)
        ISSUE(frame, sem_wait(semaphore));
}

static void run_sem_trywait(struct frame *frame)
{
    sem_t *semaphore = semaphore_of(frame);
    if (semaphore != NULL)
        ISSUE(frame, sem_trywait(semaphore));
}

static void run_sem_post(struct frame *frame)
{
    sem_t *semaphore = semaphore_of(frame);
    if (semaphore != NULL)
        ISSUE(frame, sem_post(semaphore));
}

/* semaphore, milliseconds from now */
static void run_sem_timedwait(struct frame *frame)
{
    sem_t *semaphore = semaphore_of(frame);
    struct timespec until;
    int patience = NUMBER(frame, 1);
    if (semaphore == NULL)
        return;
    if (patience < 0 || patience > PATIENCE_MAX) {
        frame->refused = "a demo waits for at most a minute";
        return;
    }
    clock_gettime(CLOCK_REALTIME, &until);
    long nanoseconds = until.tv_nsec + patience % 1000 * 1000000L;
    until.tv_sec += patience / 1000 + nanoseconds / 1000000000L;
    until.tv_nsec = nanoseconds % 1000000000L;
    ISSUE(frame, sem_timedwait(semaphore, &until));
}

/* semaphore, variable */
static void run_sem_getvalue(struct frame *frame)
{
    sem_t *semaphore = semaphore_of(frame);
    int value = 0;
    if (semaphore == NULL)
        return;
    ISSUE(frame, sem_getvalue(semaphore, &value));
    store_number(frame, frame->argument[1].name, value);
    text_add(frame->details, " size=1 data=%d", value);
}

/* semaphore, shared between processes, value */
static void run_sem_init(struct frame *frame)
{
    if (!is_unnamed((uintptr_t)frame->argument[0].number)) {
        frame->refused = "in the memory that the process has mapped there is no such semaphore";
        return;
    }
    ISSUE(frame, sem_init(semaphore_of(frame), NUMBER(frame, 1), (unsigned)NUMBER(frame, 2)));
}

static void run_sem_destroy(struct frame *frame)
{
    if (is_unnamed((uintptr_t)frame->argument[0].number))
        ISSUE(frame, sem_destroy(semaphore_of(frame)));
    else
        frame->refused = "only a semaphore without a name is destroyed";
}

static const struct call calls[] = {
    {"sem_open", "bi?ii", run_sem_open},
    {"sem_unlink", "b", run_sem_unlink},
    {"sem_close", "l", run_sem_close},
    {"sem_wait", "l", run_sem_wait},
    {"sem_trywait", "l", run_sem_trywait},
    {"sem_timedwait", "li", run_sem_timedwait},
    {"sem_getvalue", "ln", run_sem_getvalue},
    {"sem_post", "l", run_sem_post},
    {"sem_init", "lii", run_sem_init},
    {"sem_destroy", "l", run_sem_destroy},
    {NULL, NULL, NULL},
};

static const struct constant constants[] = {
    {NULL, 0},
};

const struct table posix_sem_table = {calls, constants};
