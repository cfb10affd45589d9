/* The memory that a demo process has mapped: all that its calls may touch. */
#ifndef IPC_LENS_MAPPING_H
#define IPC_LENS_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mapping {
    uintptr_t start;
    size_t size;
};

/* False when there is no room for another. */
bool mapping_add(uintptr_t start, size_t size);
/* The one that begins at `start`, or NULL. */
struct mapping *mapping_at(uintptr_t start);
/* The one that holds all of these bytes, or NULL. */
struct mapping *mapping_around(uintptr_t start, size_t size);
void mapping_forget(struct mapping *mapping);

#endif
