/* Socket addresses as a demo's arguments write them, and the bounds within which a demo may use them. */
#ifndef IPC_LENS_ADDRESS_H
#define IPC_LENS_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* The address of each run within 127.0.0.0/8, so that demos at the same time may use the same port. Host byte order. */
unsigned run_host(void);
/* A port of the run's own, below those that the kernel hands out; its two bytes swapped it is such a port too. */
unsigned run_port(void);
/* The run's multicast group, of the block that never leaves an organisation; it is sent with a TTL of 0. */
unsigned run_group(void);

/*
 * Reads `unix("name")`, `abstract("name")`, `loopback(port)`, `group(port)`, `broadcast(port)`, where a port is in network
 * byte order, or the name of a variable that recvfrom filled. On failure `problem` holds the reason.
 */
bool address_read(const char *text, struct sockaddr_storage *address, socklen_t *size, char *problem, size_t problem_size);

/* For people: `echo.socket`, `@name`, `127.0.0.1:4000`, or nothing for a socket without a name. */
void address_text(const struct sockaddr_storage *address, socklen_t size, char *text, size_t text_size);

#endif
