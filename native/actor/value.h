/* The variables of a demo process, and the small expressions that arguments are written in. */
#ifndef IPC_LENS_VALUE_H
#define IPC_LENS_VALUE_H

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

/* True for a C identifier, with `[number]` behind it if it is an element: `fd`, `fd[1]`. */
bool is_variable_name(const char *name);

/*
 * Works out an argument as C would: numbers, characters, strings, constants by name (`IPC_CREAT | 0600`), variables
 * (`fd[1]`), `sizeof name`, the shared structure (`sizeof *shared`) and its members (`&shared->mutex`; layout.h), with
 * + - * | << and parentheses. On failure `problem` holds the reason. The bytes of a string stay valid until
 * evaluate_reset().
 */
bool evaluate(const char *text, struct value *result, char *problem, size_t problem_size);
void evaluate_reset(void);

/* The constants that arguments may name, from all tables. */
bool constant_find(const char *name, long long *value);

#endif
