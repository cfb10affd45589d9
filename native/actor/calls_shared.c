/* Plain accesses to the members of the structure that processes share: no call that the kernel would see. */
#include "call.h"

#include <stdio.h>
#include <string.h>

#include "layout.h"

/* type, name, count: one more member. The reply tells its offset, for those who look at it from outside. */
static void run_member(struct frame *frame)
{
    const char *type = (const char *)frame->argument[0].data;
    const char *name = (const char *)frame->argument[1].data;
    size_t offset = 0;
    char variable[NAME_SIZE];
    if (!layout_add(type, name, (size_t)frame->argument[2].number) || !layout_offset(name, 0, &offset) ||
        snprintf(variable, sizeof variable, "offset_%s", name) >= (int)sizeof variable) {
        frame->refused = "the structure cannot have this member";
        return;
    }
    frame->result = (long long)offset;
    store_number(frame, variable, frame->result);
}

/* The member of one of these types that lies at the first argument, or NULL. */
static void *member(struct frame *frame, enum member_type one, enum member_type other, enum member_type *type, size_t *size)
{
    uintptr_t address = (uintptr_t)frame->argument[0].number;
    if (layout_type(address, type, size) && (*type == one || *type == other))
        return (void *)address;
    frame->refused = "in the memory that the process has mapped there is no such member";
    return NULL;
}

/* &member, number */
static void run_store(struct frame *frame)
{
    enum member_type type;
    size_t size;
    void *place = member(frame, MEMBER_INT, MEMBER_POINTER, &type, &size);
    long long number = frame->argument[1].number;
    if (place == NULL)
        return;
    if (type == MEMBER_POINTER)
        *(int *volatile *)place = (int *)(uintptr_t)number;
    else if (number == (int)number)
        *(volatile int *)place = (int)number;
    else {
        frame->refused = "the number does not fit an int";
        return;
    }
    text_add(frame->details, type == MEMBER_POINTER ? " size=1 data=0x%llx" : " size=1 data=%lld", number);
}

/* &member */
static void run_load(struct frame *frame)
{
    enum member_type type;
    size_t size;
    void *place = member(frame, MEMBER_INT, MEMBER_INT, &type, &size);
    if (place == NULL)
        return;
    frame->result = *(volatile int *)place;
    text_add(frame->details, " size=1 data=%lld", frame->result);
}

/* &member, which is a pointer: what stands where it points to. Where nothing is mapped the kernel sends SIGSEGV. */
static void run_follow(struct frame *frame)
{
    enum member_type type;
    size_t size;
    void *place = member(frame, MEMBER_POINTER, MEMBER_POINTER, &type, &size);
    if (place == NULL)
        return;
    frame->result = **(volatile int *volatile *)place;
    text_add(frame->details, " size=1 data=%lld", frame->result);
}

/* member, text, size */
static void run_memcpy(struct frame *frame)
{
    enum member_type type;
    size_t room;
    void *place = member(frame, MEMBER_TEXT, MEMBER_TEXT, &type, &room);
    long long size = frame->argument[2].number;
    if (place == NULL)
        return;
    if (size < 0 || (size_t)size > room || (size_t)size > frame->argument[1].size) {
        frame->refused = "the size is larger than the text or the member";
        return;
    }
    memcpy(place, frame->argument[1].data, (size_t)size);
    text_add(frame->details, " size=%lld", size);
    report_data(frame, frame->argument[1].data, (size_t)size);
}

/* member, size: the bytes that stand there */
static void run_text_at(struct frame *frame)
{
    enum member_type type;
    size_t room;
    void *place = member(frame, MEMBER_TEXT, MEMBER_TEXT, &type, &room);
    long long size = frame->argument[1].number;
    if (place == NULL)
        return;
    if (size < 0 || (size_t)size > room) {
        frame->refused = "the size is larger than the member";
        return;
    }
    frame->result = size;
    text_add(frame->details, " size=%lld", size);
    report_data(frame, place, (size_t)size);
}

static const struct call calls[] = {
    {"member", "bbl", run_member},
    {"store", "ll", run_store},
    {"load", "l", run_load},
    {"check", "l", run_load}, /* the test of a loop or an if: the same access */
    {"follow", "l", run_follow},
    {"memcpy", "lbl", run_memcpy},
    {"text_at", "ll", run_text_at},
    {NULL, NULL, NULL},
};

static const struct constant constants[] = {
    {NULL, 0},
};

const struct table shared_table = {calls, constants};
