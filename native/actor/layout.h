/*
 * The structure that the processes of a demo share, as their C program declares it. Its members are told one by one before
 * the first step and lie as a compiler would place them; `&shared->mutex` is then an address in the memory at `shared`.
 */
#ifndef IPC_LENS_LAYOUT_H
#define IPC_LENS_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum member_type { MEMBER_INT, MEMBER_TEXT, MEMBER_POINTER, MEMBER_MUTEX, MEMBER_CONDITION, MEMBER_SEMAPHORE };

/* Adds a member, an array of `count`; false for an unknown type or when there is no room. */
bool layout_add(const char *type, const char *name, size_t count);
size_t layout_size(void);
/* Where `name[index]` lies in the structure. */
bool layout_offset(const char *name, long long index, size_t *offset);
/* What lies at an address in mapped memory; `size` gets the bytes from there to the member's end. */
bool layout_type(uintptr_t address, enum member_type *type, size_t *size);

#endif
