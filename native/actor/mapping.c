#include "mapping.h"

enum { MAPPINGS = 16 };

static struct mapping mappings[MAPPINGS];

bool mapping_add(uintptr_t start, size_t size)
{
    for (int i = 0; i < MAPPINGS; i++) {
        if (mappings[i].size == 0) {
            mappings[i] = (struct mapping){start, size};
            return true;
        }
    }
    return false;
}

struct mapping *mapping_at(uintptr_t start)
{
    for (int i = 0; i < MAPPINGS; i++)
        if (mappings[i].size != 0 && mappings[i].start == start)
            return &mappings[i];
    return NULL;
}

struct mapping *mapping_around(uintptr_t start, size_t size)
{
    for (int i = 0; i < MAPPINGS; i++) {
        struct mapping *mapping = &mappings[i];
        if (mapping->size >= size && start >= mapping->start && start - mapping->start <= mapping->size - size)
            return mapping;
    }
    return NULL;
}

void mapping_forget(struct mapping *mapping)
{
    mapping->size = 0;
}
