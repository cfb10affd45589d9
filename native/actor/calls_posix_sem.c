/* POSIX semaphores with a name. */
#include "call.h"

#include <fcntl.h>
#include <semaphore.h>
#include <stdint.h>

#include "run.h"

enum { SEMAPHORES = 8 };

static sem_t *semaphores[SEMAPHORES];

static const char *own_name(struct frame *frame)
{
    static char name[80];
    if (run_posix_name((const char *)frame->argument[0].data, frame->argument[0].size, name, sizeof name))
        return name;
    frame->refused = "a name is a '/' and a plain word behind it";
    return NULL;
}

static sem_t **find(struct frame *frame)
{
    for (int i = 0; i < SEMAPHORES; i++)
        if (semaphores[i] != NULL && (uintptr_t)semaphores[i] == (uintptr_t)frame->argument[0].number)
            return &semaphores[i];
    frame->refused = "this is no semaphore that the process has opened";
    return NULL;
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
    const char *name = own_name(frame);
    sem_t *opened = SEM_FAILED;
    if (name == NULL)
        return;
    if ((NUMBER(frame, 2) & 0177) != 0) {
        frame->refused = "what a demo makes is for its user alone: give at most 0600";
        return;
    }
    ISSUE(frame, (opened = sem_open(name, NUMBER(frame, 1), (mode_t)NUMBER(frame, 2), (unsigned)NUMBER(frame, 3))) ==
                         SEM_FAILED ? -1 : (long long)(uintptr_t)opened);
    if (opened != SEM_FAILED && !remember(opened))
        frame->refused = "the process has no room for another semaphore";
}

static void run_sem_unlink(struct frame *frame)
{
    const char *name = own_name(frame);
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
    sem_t **semaphore = find(frame);
    if (semaphore != NULL)
        ISSUE(frame, sem_wait(*semaphore));
}

static void run_sem_trywait(struct frame *frame)
{
    sem_t **semaphore = find(frame);
    if (semaphore != NULL)
        ISSUE(frame, sem_trywait(*semaphore));
}

static void run_sem_post(struct frame *frame)
{
    sem_t **semaphore = find(frame);
    if (semaphore != NULL)
        ISSUE(frame, sem_post(*semaphore));
}

static const struct call calls[] = {
    {"sem_open", "bi?ii", run_sem_open},
    {"sem_unlink", "b", run_sem_unlink},
    {"sem_close", "l", run_sem_close},
    {"sem_wait", "l", run_sem_wait},
    {"sem_trywait", "l", run_sem_trywait},
    {"sem_post", "l", run_sem_post},
    {NULL, NULL, NULL},
};

static const struct constant constants[] = {
    {NULL, 0},
};

const struct table posix_sem_table = {calls, constants};
