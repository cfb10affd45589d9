/* What the tables of all files hold, by name and one after the other. */
#ifndef IPC_LENS_LOOKUP_H
#define IPC_LENS_LOOKUP_H

#include "call.h"

/* NULL when there is none. */
const struct call *find_call(const char *name);

/* The constants that arguments may name. */
bool constant_find(const char *name, long long *value);

/* Calls `visit` for every call and every constant there is. */
void visit_tables(void (*call)(const struct call *call, void *with), void (*constant)(const struct constant *constant, void *with),
                  void *with);

#endif
