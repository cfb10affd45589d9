/* What the supervisor of a demo says to the server: one line each. */
#ifndef IPC_LENS_TELL_H
#define IPC_LENS_TELL_H

#include <stdbool.h>

#include "wire.h"

enum { LINE_SIZE = 2 * PACKET_SIZE };

/* Prints one line to the server. */
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Tells that something went wrong which no request waits for. */
void complain(const char *about);

/* Answers a look into the kernel: this cannot be seen, and why. */
void unseen(const char *tag, const char *why);

/* False once a line could not be told: the server is gone. */
bool is_server_listening(void);

#endif
