/*
 * A run: one demo session's private directory and its ledger, the list of all kernel objects the run may have made.
 *
 * The directory is held with flock() by the supervisor and, through inheritance, by every actor. Whoever gets that lock
 * knows that none of them lives any more and may remove what the ledger lists.
 */
#ifndef IPC_LENS_RUN_H
#define IPC_LENS_RUN_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Descriptors of the machinery stand from here on, so that a demo's descriptors are 3, 4, ... as in any program. */
enum {
    CONTROL_FD = 200,  /* an actor's channel to the supervisor */
    LIFELINE_FD = 201, /* read end of the pipe whose write end only the supervisor holds */
    LEDGER_FD = 202,
    RUN_FD = 203, /* the run's directory, locked */
    FIRST_PRIVATE_FD = CONTROL_FD,
    FIRST_FREE_PRIVATE_FD = 300,
};

/* How many System V keys, and names of POSIX queues besides the run's own, a run may use. */
enum { RUN_KEYS = 4, RUN_NAMES = 4 };

struct run {
    char directory[PATH_MAX];
    char name[32];       /* `ipc-lens-Ab3xYz`: begins every name that the run gives */
    int keys[RUN_KEYS];  /* System V keys that nothing used when the run began */
};

extern struct run run;

/* Moves a descriptor to `number`, or to the first free one from there on; close-on-exec. -1 on failure. */
int move_descriptor(int fd, int number, bool exactly);

/* Makes directory and ledger, with the lock held. `problem` gets a sentence on failure. */
bool run_create(const char *base, char *problem, size_t size);

/* Adds a line to the ledger: `msg 17`. */
bool ledger_add(const char *kind, long long number);
bool ledger_has(const char *kind, long long number);
bool run_has_key(int key);
/* The run's own name for a queue that the script calls `given`: `/letters` is `/ipc-lens-Ab3xYz-1`. */
bool run_queue_name(const char *given, size_t length, char *name, size_t size);
/* The same for shared memory and semaphores, of which there may be any number: `/ipc-lens-Ab3xYz-letters`. */
bool run_posix_name(const char *given, size_t length, char *name, size_t size);

/* Removes a run whose processes are gone: waits for its lock (at most `seconds`; 0: does not wait). */
bool run_sweep(const char *directory, unsigned seconds);
/* Removes all runs of dead servers under `base`. */
void run_sweep_stale(const char *base);
/* Removes the current run; the caller has ended all its actors. */
void run_remove(void);

#endif
