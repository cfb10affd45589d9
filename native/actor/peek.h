/* Looks into kernel objects for the supervisor, without disturbing the demo that uses them. */
#ifndef IPC_LENS_PEEK_H
#define IPC_LENS_PEEK_H

#include <sys/types.h>

#include "cast.h"
#include "tell.h"

/* The look named NAME: `peek-NAME TAG PROCESS WHAT`. It answers with tell("seen TAG name=value...") or unseen(). */
#define PEEK(name) void peek_##name(const char *tag, const struct actor *actor, const char *what);
#include "peeks.h"
#undef PEEK

/*
 * A copy of an actor's descriptor, or -1. Where pidfd_getfd is not permitted, as in some containers, a pipe is opened once
 * more through /proc, in the same direction: nothing then changes for those who wait, since that end was open before.
 */
int copy_descriptor(const struct actor *actor, int fd);

#endif
