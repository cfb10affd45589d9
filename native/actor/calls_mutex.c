/*
 * Mutexes and condition variables of POSIX threads, for processes that share the memory they lie in. These calls return an
 * error's number instead of -1 and errno; the reply has it in the place of errno all the same.
 */
#include "call.h"

#include <pthread.h>
#include <string.h>

#include "layout.h"

#define ISSUE_ERROR(frame, expression)                        \
    do {                                                      \
        clock_gettime(CLOCK_MONOTONIC, &(frame)->began);      \
        (frame)->error = (expression);                        \
        clock_gettime(CLOCK_MONOTONIC, &(frame)->ended);      \
        (frame)->result = (frame)->error == 0 ? 0 : -1;       \
    } while (0)

/* One set of attributes of each kind, under the name that the demo gave it. */
static struct {
    char name[NAME_SIZE];
    pthread_mutexattr_t value;
} mutex_attributes;

static struct {
    char name[NAME_SIZE];
    pthread_condattr_t value;
} condition_attributes;

static void *at(struct frame *frame, int index, enum member_type wanted, const char *otherwise)
{
    enum member_type type;
    size_t size;
    uintptr_t address = (uintptr_t)frame->argument[index].number;
    if (layout_type(address, &type, &size) && type == wanted)
        return (void *)address;
    frame->refused = otherwise;
    return NULL;
}

static pthread_mutex_t *mutex_at(struct frame *frame, int index)
{
    return at(frame, index, MEMBER_MUTEX, "in the memory that the process has mapped there is no such mutex");
}

static pthread_cond_t *condition_at(struct frame *frame)
{
    return at(frame, 0, MEMBER_CONDITION, "in the memory that the process has mapped there is no such condition variable");
}

static bool known(struct frame *frame, const char *own, int index)
{
    if (own[0] != '\0' && strcmp(own, frame->argument[index].name) == 0)
        return true;
    frame->refused = "these attributes were not initialised";
    return false;
}

/* -------------------------------------------------------------------- mutexes */

static void run_mutexattr_init(struct frame *frame)
{
    memcpy(mutex_attributes.name, frame->argument[0].name, NAME_SIZE);
    ISSUE_ERROR(frame, pthread_mutexattr_init(&mutex_attributes.value));
}

static void run_mutexattr_setpshared(struct frame *frame)
{
    if (known(frame, mutex_attributes.name, 0))
        ISSUE_ERROR(frame, pthread_mutexattr_setpshared(&mutex_attributes.value, NUMBER(frame, 1)));
}

static void run_mutexattr_setrobust(struct frame *frame)
{
    if (known(frame, mutex_attributes.name, 0))
        ISSUE_ERROR(frame, pthread_mutexattr_setrobust(&mutex_attributes.value, NUMBER(frame, 1)));
}

static void run_mutexattr_settype(struct frame *frame)
{
    if (known(frame, mutex_attributes.name, 0))
        ISSUE_ERROR(frame, pthread_mutexattr_settype(&mutex_attributes.value, NUMBER(frame, 1)));
}

static void run_mutexattr_destroy(struct frame *frame)
{
    if (!known(frame, mutex_attributes.name, 0))
        return;
    mutex_attributes.name[0] = '\0';
    ISSUE_ERROR(frame, pthread_mutexattr_destroy(&mutex_attributes.value));
}

/* &mutex, &attributes or NULL */
static void run_mutex_init(struct frame *frame)
{
    pthread_mutex_t *mutex = mutex_at(frame, 0);
    bool plain = strcmp(frame->argument[1].name, "NULL") == 0;
    if (mutex != NULL && (plain || known(frame, mutex_attributes.name, 1)))
        ISSUE_ERROR(frame, pthread_mutex_init(mutex, plain ? NULL : &mutex_attributes.value));
}

static void on_mutex(struct frame *frame, int (*call)(pthread_mutex_t *))
{
    pthread_mutex_t *mutex = mutex_at(frame, 0);
    if (mutex != NULL)
        ISSUE_ERROR(frame, call(mutex));
}

static void run_mutex_lock(struct frame *frame)
{
    on_mutex(frame, pthread_mutex_lock);
}

static void run_mutex_trylock(struct frame *frame)
{
    on_mutex(frame, pthread_mutex_trylock);
}

static void run_mutex_unlock(struct frame *frame)
{
    on_mutex(frame, pthread_mutex_unlock);
}

static void run_mutex_consistent(struct frame *frame)
{
    on_mutex(frame, pthread_mutex_consistent);
}

static void run_mutex_destroy(struct frame *frame)
{
    on_mutex(frame, pthread_mutex_destroy);
}

/* -------------------------------------------------------- condition variables */

static void run_condattr_init(struct frame *frame)
{
    memcpy(condition_attributes.name, frame->argument[0].name, NAME_SIZE);
    ISSUE_ERROR(frame, pthread_condattr_init(&condition_attributes.value));
}

static void run_condattr_setpshared(struct frame *frame)
{
    if (known(frame, condition_attributes.name, 0))
        ISSUE_ERROR(frame, pthread_condattr_setpshared(&condition_attributes.value, NUMBER(frame, 1)));
}

static void run_condattr_destroy(struct frame *frame)
{
    if (!known(frame, condition_attributes.name, 0))
        return;
    condition_attributes.name[0] = '\0';
    ISSUE_ERROR(frame, pthread_condattr_destroy(&condition_attributes.value));
}

/* &condition, &attributes or NULL */
static void run_cond_init(struct frame *frame)
{
    pthread_cond_t *condition = condition_at(frame);
    bool plain = strcmp(frame->argument[1].name, "NULL") == 0;
    if (condition != NULL && (plain || known(frame, condition_attributes.name, 1)))
        ISSUE_ERROR(frame, pthread_cond_init(condition, plain ? NULL : &condition_attributes.value));
}

/* &condition, &mutex */
static void run_cond_wait(struct frame *frame)
{
    pthread_cond_t *condition = condition_at(frame);
    pthread_mutex_t *mutex = condition == NULL ? NULL : mutex_at(frame, 1);
    if (mutex != NULL)
        ISSUE_ERROR(frame, pthread_cond_wait(condition, mutex));
}

static void on_condition(struct frame *frame, int (*call)(pthread_cond_t *))
{
    pthread_cond_t *condition = condition_at(frame);
    if (condition != NULL)
        ISSUE_ERROR(frame, call(condition));
}

static void run_cond_signal(struct frame *frame)
{
    on_condition(frame, pthread_cond_signal);
}

static void run_cond_broadcast(struct frame *frame)
{
    on_condition(frame, pthread_cond_broadcast);
}

static const struct call calls[] = {
    {"pthread_mutexattr_init", "n", run_mutexattr_init},
    {"pthread_mutexattr_setpshared", "ni", run_mutexattr_setpshared},
    {"pthread_mutexattr_setrobust", "ni", run_mutexattr_setrobust},
    {"pthread_mutexattr_settype", "ni", run_mutexattr_settype},
    {"pthread_mutexattr_destroy", "n", run_mutexattr_destroy},
    {"pthread_mutex_init", "ln", run_mutex_init},
    {"pthread_mutex_lock", "l", run_mutex_lock},
    {"pthread_mutex_trylock", "l", run_mutex_trylock},
    {"pthread_mutex_unlock", "l", run_mutex_unlock},
    {"pthread_mutex_consistent", "l", run_mutex_consistent},
    {"pthread_mutex_destroy", "l", run_mutex_destroy},
    {"pthread_condattr_init", "n", run_condattr_init},
    {"pthread_condattr_setpshared", "ni", run_condattr_setpshared},
    {"pthread_condattr_destroy", "n", run_condattr_destroy},
    {"pthread_cond_init", "ln", run_cond_init},
    {"pthread_cond_wait", "ll", run_cond_wait},
    {"pthread_cond_signal", "l", run_cond_signal},
    {"pthread_cond_broadcast", "l", run_cond_broadcast},
    {NULL, NULL, NULL},
};

static const struct constant constants[] = {
    CONSTANT(PTHREAD_PROCESS_SHARED),
    CONSTANT(PTHREAD_PROCESS_PRIVATE),
    CONSTANT(PTHREAD_MUTEX_ROBUST),
    CONSTANT(PTHREAD_MUTEX_STALLED),
    CONSTANT(PTHREAD_MUTEX_NORMAL),
    CONSTANT(PTHREAD_MUTEX_ERRORCHECK),
    CONSTANT(PTHREAD_MUTEX_RECURSIVE),
    {NULL, 0},
};

const struct table mutex_table = {calls, constants};
