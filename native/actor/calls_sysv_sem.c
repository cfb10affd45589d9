/* System V semaphore sets. */
#include "call.h"

#include <sys/ipc.h>
#include <sys/sem.h>

#include "run.h"

enum { SET_MAX = 8, OPERATIONS_MAX = 2 };

union semun {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
};

static void run_semget(struct frame *frame)
{
    key_t key = (key_t)NUMBER(frame, 0);
    int flags = NUMBER(frame, 2);
    if (!key_is_ours(frame, key))
        return;
    if ((flags & 0177) != 0 || NUMBER(frame, 1) > SET_MAX) {
        frame->refused = "what a demo makes is for its user alone and small: give at most 0600 and 8 semaphores";
        return;
    }
    ISSUE(frame, semget(key, NUMBER(frame, 1), flags));
    if (frame->result >= 0 && key == IPC_PRIVATE)
        ledger_add("sem", frame->result);
}

/* Sets of other programs are not touched. What does not exist is left to the kernel to refuse. */
static bool set_is_ours(struct frame *frame)
{
    struct semid_ds state;
    int id = NUMBER(frame, 0);
    if (semctl(id, 0, IPC_STAT, (union semun){.buf = &state}) == -1 || run_has_key(state.sem_perm.__key) ||
        ledger_has("sem", id))
        return true;
    frame->refused = "this semaphore set was not made by the demo";
    return false;
}

/* set, number, command, value */
static void run_semctl(struct frame *frame)
{
    static const int commands[] = {SETVAL, GETVAL, GETPID, GETNCNT, GETZCNT, IPC_RMID};
    int command = NUMBER(frame, 2);
    bool known = false;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        known = known || commands[i] == command;
    if (!known) {
        frame->refused = "a demo gives semctl the commands SETVAL, GETVAL, GETPID, GETNCNT, GETZCNT and IPC_RMID";
        return;
    }
    if (set_is_ours(frame))
        ISSUE(frame, semctl(NUMBER(frame, 0), NUMBER(frame, 1), command, (union semun){.val = NUMBER(frame, 3)}));
}

/* set, then number, amount and flags of each operation in turn */
static void run_semop(struct frame *frame)
{
    struct sembuf operations[OPERATIONS_MAX];
    size_t count = 0;
    for (; count < OPERATIONS_MAX && frame->argument[1 + 3 * count].given; count++) {
        const struct argument *given = &frame->argument[1 + 3 * count];
        operations[count] = (struct sembuf){.sem_num = (unsigned short)given[0].number,
                                            .sem_op = (short)given[1].number,
                                            .sem_flg = (short)given[2].number};
    }
    if (set_is_ours(frame))
        ISSUE(frame, semop(NUMBER(frame, 0), operations, count));
}

static const struct call calls[] = {
    {"semget", "iii", run_semget},
    {"semctl", "iii?i", run_semctl},
    {"semop", "iiii?iii", run_semop},
    {NULL, NULL, NULL},
};

static const struct constant constants[] = {
    CONSTANT(SEM_UNDO),
    CONSTANT(SETVAL),
    CONSTANT(GETVAL),
    CONSTANT(GETPID),
    CONSTANT(GETNCNT),
    CONSTANT(GETZCNT),
    {NULL, 0},
};

const struct table sysv_sem_table = {calls, constants};
