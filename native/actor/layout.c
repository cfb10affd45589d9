#include "layout.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "mapping.h"
#include "wire.h"

enum { MEMBERS = 12, MEMBER_SIZE_MAX = 2048 };

static const struct {
    const char *name;
    size_t size, alignment;
} types[] = {
    [MEMBER_INT] = {"int", sizeof(int), _Alignof(int)},
    [MEMBER_TEXT] = {"char", 1, 1},
    [MEMBER_POINTER] = {"int *", sizeof(int *), _Alignof(int *)},
    [MEMBER_MUTEX] = {"pthread_mutex_t", sizeof(pthread_mutex_t), _Alignof(pthread_mutex_t)},
    [MEMBER_CONDITION] = {"pthread_cond_t", sizeof(pthread_cond_t), _Alignof(pthread_cond_t)},
    [MEMBER_SEMAPHORE] = {"sem_t", sizeof(sem_t), _Alignof(sem_t)},
};

enum { TYPES = sizeof types / sizeof types[0] };

static struct member {
    char name[NAME_SIZE];
    enum member_type type;
    size_t offset, count;
} members[MEMBERS];
static size_t member_count;
static size_t used, alignment = 1;

static size_t rounded(size_t size, size_t to)
{
    return (size + to - 1) / to * to;
}

static struct member *find(const char *name)
{
    for (size_t i = 0; i < member_count; i++)
        if (strcmp(members[i].name, name) == 0)
            return &members[i];
    return NULL;
}

bool layout_add(const char *type, const char *name, size_t count)
{
    if (member_count == MEMBERS || strlen(name) >= NAME_SIZE || find(name) != NULL || count == 0 || count > MEMBER_SIZE_MAX)
        return false;
    for (size_t i = 0; i < TYPES; i++) {
        if (strcmp(types[i].name, type) != 0 || types[i].size * count > MEMBER_SIZE_MAX)
            continue;
        struct member *member = &members[member_count++];
        snprintf(member->name, sizeof member->name, "%s", name);
        member->type = (enum member_type)i;
        member->count = count;
        member->offset = rounded(used, types[i].alignment);
        used = member->offset + types[i].size * count;
        if (types[i].alignment > alignment)
            alignment = types[i].alignment;
        return true;
    }
    return false;
}

size_t layout_size(void)
{
    return rounded(used, alignment);
}

bool layout_offset(const char *name, long long index, size_t *offset)
{
    struct member *member = find(name);
    if (member == NULL || index < 0 || (size_t)index >= member->count)
        return false;
    *offset = member->offset + (size_t)index * types[member->type].size;
    return true;
}

bool layout_type(uintptr_t address, enum member_type *type, size_t *size)
{
    struct mapping *mapping = mapping_around(address, 1);
    size_t at = mapping == NULL ? 0 : address - mapping->start;
    for (size_t i = 0; mapping != NULL && i < member_count; i++) {
        size_t one = types[members[i].type].size;
        size_t end = members[i].offset + one * members[i].count;
        if (at < members[i].offset || at >= end || (at - members[i].offset) % one != 0)
            continue;
        *type = members[i].type;
        *size = end - at;
        return end <= mapping->size;
    }
    return false;
}
