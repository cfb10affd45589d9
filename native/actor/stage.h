/* The supervisor of one demo session: carries requests to the actors and looks into the kernel, and cleans up. */
#ifndef IPC_LENS_STAGE_H
#define IPC_LENS_STAGE_H

/* Speaks the server's protocol on standard input and output until `end` or end-of-file. Returns the exit status. */
int stage_main(const char *base);

#endif
