/* A demo process: waits for a request on its control channel, issues the call, reports what came of it. */
#ifndef IPC_LENS_ACTOR_H
#define IPC_LENS_ACTOR_H

#include <stdbool.h>

struct frame;

/* The status of an actor that lost its supervisor. */
enum { EXIT_LOST = 99 };

/* Turns the calling process, just forked by the supervisor, into an actor whose control channel is `control`. */
_Noreturn void actor_main(int control);

/* A real fork(). The child copies the variables and gets a control channel of its own under the name `child`. */
void actor_fork(struct frame *frame, const char *child);

/* True for processes of this demo, and for groups that hold no others. */
bool actor_may_signal(int pid);

#endif
