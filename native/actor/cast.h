/* The actors of one demo, as their supervisor knows them: which there are, what they say, how they end. */
#ifndef IPC_LENS_CAST_H
#define IPC_LENS_CAST_H

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

#include "wire.h"

enum { ACTORS_MAX = 32 };

struct actor {
    char name[NAME_SIZE];
    pid_t pid;
    int control; /* -1 once the actor closed its side */
    int pidfd;   /* -1 once it ended */
    bool ended;
};

/* Forks an actor of this name, and tells the server. */
void start_actor(const char *name);

/* The actor that answers to this name: the latest one, since a name may be used again. NULL when there is none. */
struct actor *find_actor(const char *name);

/* Fills `list`, which has room for 2 * ACTORS_MAX, with what poll() shall wait for; returns the number of entries. */
size_t watch_actors(struct pollfd *list);
/* Passes on what the actors said, and tells which ended; `list` as watch_actors() filled it and poll() left it. */
void hear_actors(const struct pollfd *list, size_t count);

/* Takes in the processes whose parent is the supervisor: its own actors, and those whose parent ended before them. */
void reap(void);

void kill_actors(void);

#endif
