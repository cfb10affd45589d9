/* Memory of an actor, and a System V segment. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/uio.h>

#include "peek.h"

enum { CELLS = 8 };

/* `what` is an address: the cells there, as the actor itself would find them. */
void peek_memory(const char *tag, const struct actor *actor, const char *what)
{
    int cells[CELLS] = {0};
    struct iovec here = {.iov_base = cells, .iov_len = sizeof cells};
    struct iovec there = {.iov_base = (void *)(uintptr_t)strtoull(what, NULL, 10), .iov_len = sizeof cells};
    if (actor == NULL || process_vm_readv(actor->pid, &here, 1, &there, 1, 0) != (ssize_t)sizeof cells) {
        unseen(tag, actor == NULL ? "no process" : strerror(errno));
        return;
    }
    char buffer[256];
    struct text text;
    text_begin(&text, buffer, sizeof buffer);
    for (int i = 0; i < CELLS; i++)
        text_add(&text, " cell=%d", cells[i]);
    tell("seen %s%s", tag, buffer);
}

void peek_segment(const char *tag, const struct actor *actor, const char *what)
{
    struct shmid_ds state;
    (void)actor;
    if (shmctl(atoi(what), IPC_STAT, &state) == -1)
        unseen(tag, strerror(errno));
    else
        tell("seen %s size=%zu attached=%lu doomed=%d key=%d", tag, state.shm_segsz, (unsigned long)state.shm_nattch,
             (state.shm_perm.mode & SHM_DEST) != 0, (int)state.shm_perm.__key);
}
