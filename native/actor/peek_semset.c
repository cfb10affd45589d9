/* A System V semaphore set: of each semaphore the value, who waits for how much, and who changed it last. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>

#include "peek.h"

enum { SHOWN = 16 };

void peek_semset(const char *tag, const struct actor *actor, const char *what)
{
    union {
        int val;
        struct semid_ds *buf;
        unsigned short *array;
    } state;
    struct semid_ds set;
    char buffer[1024];
    struct text text;
    int id = atoi(what);
    (void)actor;
    state.buf = &set;
    if (semctl(id, 0, IPC_STAT, state) == -1) {
        unseen(tag, strerror(errno));
        return;
    }
    text_begin(&text, buffer, sizeof buffer);
    for (int at = 0; at < (int)set.sem_nsems && at < SHOWN; at++)
        text_add(&text, " semaphore=%d:%d:%d:%d", semctl(id, at, GETVAL), semctl(id, at, GETNCNT),
                 semctl(id, at, GETZCNT), semctl(id, at, GETPID));
    tell("seen %s key=%d%s", tag, (int)set.sem_perm.__key, buffer);
}
