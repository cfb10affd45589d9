/* Shared memory of every kind, as a row of cells that hold an int each. Only what a process has mapped itself is touched. */
#include "call.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mapping.h"
#include "run.h"

enum { SIZE_MAX_SHARED = 1 << 20 };

static struct mapping *find(struct frame *frame)
{
    struct mapping *mapping = mapping_at((uintptr_t)frame->argument[0].number);
    if (mapping == NULL)
        frame->refused = "this is no memory that the process has mapped";
    return mapping;
}

static bool take_mapping(struct frame *frame, size_t size)
{
    if (frame->result == -1 || mapping_add((uintptr_t)frame->result, size))
        return true;
    frame->refused = "the process has no room for another mapping";
    return false;
}

static void run_shm_open(struct frame *frame)
{
    const char *name = posix_name(frame);
    if (name != NULL && mode_is_private(frame, NUMBER(frame, 2)))
        ISSUE(frame, shm_open(name, NUMBER(frame, 1), (mode_t)NUMBER(frame, 2)));
}

static void run_shm_unlink(struct frame *frame)
{
    const char *name = posix_name(frame);
    if (name != NULL)
        ISSUE(frame, shm_unlink(name));
}

static bool small(struct frame *frame, long long size)
{
    if (size >= 0 && size <= SIZE_MAX_SHARED)
        return true;
    frame->refused = "a demo shares at most 1 MiB";
    return false;
}

static void run_ftruncate(struct frame *frame)
{
    if (small(frame, frame->argument[1].number))
        ISSUE(frame, ftruncate(NUMBER(frame, 0), (off_t)frame->argument[1].number));
}

/* size, protection, flags, descriptor */
static void run_mmap(struct frame *frame)
{
    size_t size = (size_t)frame->argument[0].number;
    int flags = NUMBER(frame, 2);
    if (!small(frame, frame->argument[0].number))
        return;
    if ((flags & ~(MAP_SHARED | MAP_PRIVATE | MAP_ANONYMOUS)) != 0 || (NUMBER(frame, 1) & ~(PROT_READ | PROT_WRITE)) != 0) {
        frame->refused = "a demo maps with MAP_SHARED, MAP_PRIVATE and MAP_ANONYMOUS, to read and to write";
        return;
    }
    ISSUE(frame, (long long)(intptr_t)mmap(NULL, size, NUMBER(frame, 1), flags, NUMBER(frame, 3), 0));
    take_mapping(frame, size);
}

static void run_munmap(struct frame *frame)
{
    struct mapping *mapping = find(frame);
    if (mapping == NULL)
        return;
    ISSUE(frame, munmap((void *)mapping->start, mapping->size));
    mapping_forget(mapping);
}

static volatile int *cell_of(struct frame *frame)
{
    struct mapping *mapping = find(frame);
    long long index = frame->argument[1].number;
    if (mapping == NULL)
        return NULL;
    if (index < 0 || (size_t)index >= mapping->size / sizeof(int)) {
        frame->refused = "the mapping has no such cell";
        return NULL;
    }
    return (volatile int *)mapping->start + index;
}

/* memory, cell, number: a plain assignment. Where there is no memory behind the addresses the kernel sends SIGBUS. */
static void run_put(struct frame *frame)
{
    volatile int *cell = cell_of(frame);
    if (cell == NULL)
        return;
    *cell = NUMBER(frame, 2);
    text_add(frame->details, " data=%d", NUMBER(frame, 2));
}

/* memory, cell */
static void run_get(struct frame *frame)
{
    volatile int *cell = cell_of(frame);
    if (cell == NULL)
        return;
    frame->result = *cell;
    text_add(frame->details, " size=1 data=%lld", frame->result);
}

/* ---------------------------------------------------------------- System V */

static void run_shmget(struct frame *frame)
{
    key_t key = (key_t)NUMBER(frame, 0);
    if (!key_is_ours(frame, key) || !mode_is_private(frame, NUMBER(frame, 2)) || !small(frame, frame->argument[1].number))
        return;
    ISSUE(frame, shmget(key, (size_t)frame->argument[1].number, NUMBER(frame, 2)));
    if (frame->result >= 0 && key == IPC_PRIVATE)
        ledger_add("shm", frame->result);
}

/* Segments of other programs are not touched. What does not exist is left to the kernel to refuse. */
static bool segment_is_ours(struct frame *frame, struct shmid_ds *state)
{
    int id = NUMBER(frame, 0);
    *state = (struct shmid_ds){0};
    if (shmctl(id, IPC_STAT, state) == -1 || run_has_key(state->shm_perm.__key) || ledger_has("shm", id))
        return true;
    frame->refused = "this segment was not made by the demo";
    return false;
}

/* segment, flags */
static void run_shmat(struct frame *frame)
{
    struct shmid_ds state;
    if (!segment_is_ours(frame, &state))
        return;
    ISSUE(frame, (long long)(intptr_t)shmat(NUMBER(frame, 0), NULL, NUMBER(frame, 1) & SHM_RDONLY));
    take_mapping(frame, state.shm_segsz);
}

static void run_shmdt(struct frame *frame)
{
    struct mapping *mapping = find(frame);
    if (mapping == NULL)
        return;
    ISSUE(frame, shmdt((void *)mapping->start));
    mapping_forget(mapping);
}

static void run_shmctl(struct frame *frame)
{
    struct shmid_ds state;
    if (NUMBER(frame, 1) != IPC_RMID) {
        frame->refused = "a demo gives shmctl the command IPC_RMID";
        return;
    }
    if (segment_is_ours(frame, &state))
        ISSUE(frame, shmctl(NUMBER(frame, 0), IPC_RMID, NULL));
}

static const struct call calls[] = {
    {"shm_open", "bii", run_shm_open},
    {"shm_unlink", "b", run_shm_unlink},
    {"ftruncate", "dl", run_ftruncate},
    {"mmap", "liii", run_mmap},
    {"munmap", "l", run_munmap},
    {"put", "lli", run_put},
    {"get", "ll", run_get},
    {"shmget", "ili", run_shmget},
    {"shmat", "ii", run_shmat},
    {"shmdt", "l", run_shmdt},
    {"shmctl", "ii", run_shmctl},
    {NULL, NULL, NULL},
};

static const struct constant constants[] = {
    CONSTANT(PROT_READ),
    CONSTANT(PROT_WRITE),
    CONSTANT(MAP_SHARED),
    CONSTANT(MAP_PRIVATE),
    CONSTANT(MAP_ANONYMOUS),
    CONSTANT(SHM_RDONLY),
    {NULL, 0},
};

const struct table memory_table = {calls, constants};
