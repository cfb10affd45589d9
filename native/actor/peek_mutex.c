/*
 * What lies in a mutex, a condition variable or an unnamed semaphore of an actor. The kernel knows only who sleeps on such a word;
 * owner and counts stand in the memory itself, in the layout of the C library.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "peek.h"

/* Copies what stands at an address of the actor; says why not, where it cannot. */
static bool copy(const char *tag, const struct actor *actor, const char *what, void *to, size_t size)
{
    struct iovec here = {.iov_base = to, .iov_len = size};
    struct iovec there = {.iov_base = (void *)(uintptr_t)strtoull(what, NULL, 10), .iov_len = size};
    if (actor != NULL && process_vm_readv(actor->pid, &here, 1, &there, 1, 0) == (ssize_t)size)
        return true;
    unseen(tag, actor == NULL ? "no process" : strerror(errno));
    return false;
}

#ifdef __GLIBC__

/* Bits of a mutex's kind, and what stands for the owner when one has died. They are the same in all versions of glibc. */
enum { KIND_ROBUST = 0x10, KIND_SHARED = 0x80, OWNER_INCONSISTENT = INT32_MAX, OWNER_LOST = INT32_MAX - 1 };

void peek_mutex(const char *tag, const struct actor *actor, const char *what)
{
    pthread_mutex_t mutex;
    if (!copy(tag, actor, what, &mutex, sizeof mutex))
        return;
    unsigned lock = (unsigned)mutex.__data.__lock;
    int kind = mutex.__data.__kind;
    int owner = mutex.__data.__owner;
    bool robust = (kind & KIND_ROBUST) != 0;
    bool inconsistent = owner == OWNER_INCONSISTENT;
    bool held = robust ? (lock & FUTEX_TID_MASK) != 0 : lock != 0;
    /* A robust mutex has its owner in the word that the kernel knows; there it stays true when the owner dies. */
    if (robust)
        owner = (int)(lock & FUTEX_TID_MASK);
    tell("seen %s owner=%d died=%d inconsistent=%d lost=%d robust=%d shared=%d", tag, held ? owner : 0,
         robust && (lock & FUTEX_OWNER_DIED) != 0, inconsistent, mutex.__data.__owner == OWNER_LOST, robust,
         (kind & KIND_SHARED) != 0);
}

void peek_condition(const char *tag, const struct actor *actor, const char *what)
{
    pthread_cond_t condition;
    if (!copy(tag, actor, what, &condition, sizeof condition))
        return;
    unsigned references = condition.__data.__wrefs;
    tell("seen %s waiting=%u shared=%u", tag, references >> 3, references & 1);
}

void peek_unnamed(const char *tag, const struct actor *actor, const char *what)
{
    /* On machines of 64 bits: the value, how many wait, and whether processes may share it. */
    struct {
        uint32_t value, waiting;
        int shared, reserved;
    } semaphore;
    if (sizeof(long) != 8) {
        unseen(tag, "not on this machine");
        return;
    }
    if (copy(tag, actor, what, &semaphore, sizeof semaphore))
        tell("seen %s value=%u waiting=%u shared=%d", tag, semaphore.value, semaphore.waiting, semaphore.shared != 0);
}

#else

void peek_mutex(const char *tag, const struct actor *actor, const char *what)
{
    (void)actor, (void)what, (void)copy;
    unseen(tag, "another C library");
}

void peek_condition(const char *tag, const struct actor *actor, const char *what)
{
    peek_mutex(tag, actor, what);
}

void peek_unnamed(const char *tag, const struct actor *actor, const char *what)
{
    peek_mutex(tag, actor, what);
}

#endif
