/*
 * The calls that a demo process can issue. A facility's calls and constants stand in a file of their own as one table;
 * tables.h lists the tables. Each row says what arguments the call takes, so that the checks are written once.
 */
#ifndef IPC_LENS_CALL_H
#define IPC_LENS_CALL_H

#include <errno.h>
#include <time.h>

#include "variables.h"

enum { ARGUMENTS_MAX = 8 };

struct argument {
    bool given;
    long long number;
    const unsigned char *data; /* of a string or block; a 0 follows its last byte */
    size_t size;
    char name[NAME_SIZE]; /* of the variable to fill */
};

/* One call under way: its arguments, and what comes out. */
struct frame {
    struct argument argument[ARGUMENTS_MAX];
    long long result;
    int error; /* errno, when the result is a failure */
    struct timespec began, ended;
    const char *into;     /* the variable that gets the result, or "" */
    struct text *details; /* more words of the reply: ` status=256` */
    const char *refused;  /* why the call was not issued */
};

struct call {
    const char *name;
    /*
     * One letter an argument: i int, l long, d descriptor, b string or block, n name of a variable to fill, a address of
     * a socket (address.h; `data` is the structure).
     * Behind a `?` arguments may be left out; they are then 0 and not `given`.
     */
    const char *arguments;
    void (*run)(struct frame *frame);
};

/* Issues the call itself, between two looks at the clock. */
#define ISSUE(frame, expression)                              \
    do {                                                      \
        clock_gettime(CLOCK_MONOTONIC, &(frame)->began);      \
        (frame)->result = (expression);                       \
        (frame)->error = (frame)->result == -1 ? errno : 0;   \
        clock_gettime(CLOCK_MONOTONIC, &(frame)->ended);      \
    } while (0)

#define NUMBER(frame, index) ((int)(frame)->argument[index].number)

/* Stores into a variable and tells the server: ` fd[0]=3`. */
void store_number(struct frame *frame, const char *name, long long number);
/* Of bytes only the size is told: ` buf[]=5`. */
void store_bytes(struct frame *frame, const char *name, const void *data, size_t size);
/* Both of a pair, as elements of the variable `name`. */
void store_pair(struct frame *frame, const char *name, const int pair[2]);
/* Adds ` data=...` (its first bytes) to the reply. */
void report_data(struct frame *frame, const void *data, size_t size);

/* What several tables ask before they issue a call; when the answer is no, the frame says why. */

/* What a demo makes only its user can reach. */
bool mode_is_private(struct frame *frame, int mode);
/* A key that no other run has, or IPC_PRIVATE. */
bool key_is_ours(struct frame *frame, int key);
/* The first argument as a POSIX name that begins with the run's, or NULL. It stays until the next call. */
const char *posix_name(struct frame *frame);

struct constant {
    const char *name;
    long long value;
};

#define CONSTANT(name) {#name, name}

/* What one file brings; both lists end with a row without a name. */
struct table {
    const struct call *calls;
    const struct constant *constants;
};

#define TABLE(name) extern const struct table name;
#include "tables.h"
#undef TABLE

/* Carries out `into name argument...`, all decoded. Fills the frame; a refusal leaves its reason in frame->refused. */
void perform(struct frame *frame, const char *into, const char *name, char **arguments, int count);

#endif
