/* The supervisor of one demo session: starts actors, carries requests and replies, reports ends, cleans up. */
#ifndef IPC_LENS_STAGE_H
#define IPC_LENS_STAGE_H

#include <stdbool.h>
#include <sys/types.h>

#include "wire.h"

enum { ACTORS_MAX = 32 };

struct actor {
    char name[NAME_SIZE];
    pid_t pid;
    int control; /* -1 once the actor closed its side */
    int pidfd;
    bool ended;
};

/* Speaks the server's protocol on standard input and output until `end` or end-of-file. Returns the exit status. */
int stage_main(const char *base);

/* Prints one line to the server. */
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
