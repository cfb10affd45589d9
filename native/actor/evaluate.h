/* The small expressions that arguments are written in. */
#ifndef IPC_LENS_EVALUATE_H
#define IPC_LENS_EVALUATE_H

#include "variables.h"

/*
 * Works out an argument as C would: numbers, characters, strings, constants by name (`IPC_CREAT | 0600`), variables
 * (`fd[1]`), `sizeof name`, the shared structure (`sizeof *shared`) and its members (`&shared->mutex`; layout.h), with
 * + - * | << and parentheses. On failure `problem` holds the reason. The bytes of a string stay valid until
 * evaluate_reset().
 */
bool evaluate(const char *text, struct value *result, char *problem, size_t problem_size);
void evaluate_reset(void);

#endif
