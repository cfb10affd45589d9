/* The variables of a demo process: numbers, and blocks of bytes. */
#ifndef IPC_LENS_VARIABLES_H
#define IPC_LENS_VARIABLES_H

#include "wire.h"

enum { BLOCK_MAX = 4 << 20 /* the largest block of bytes a variable may hold */ };

struct value {
    bool is_bytes;
    long long number;
    const unsigned char *data;
    size_t size;
};

/* Both return false when the table or the memory is used up. */
bool variable_set_number(const char *name, long long number);
bool variable_set_bytes(const char *name, const void *data, size_t size);
const struct value *variable_find(const char *name);

/* The length of the identifier (with an index, if one follows) that `text` begins with; 0 if it does not. */
size_t name_length(const char *text);

/* True for a C identifier, with `[number]` behind it if it is an element: `fd`, `fd[1]`. */
bool is_variable_name(const char *name);

#endif
