/* Keys that are made from files. */
#include "call.h"

#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>

/* Plain names only: demo processes reach no directory but their own. */
static bool stay_inside(struct frame *frame, int count)
{
    for (int i = 0; i < count; i++) {
        const struct argument *path = &frame->argument[i];
        if (path->size == 0 || memchr(path->data, '/', path->size) != NULL ||
            memchr(path->data, '\0', path->size) != NULL || strcmp((const char *)path->data, "..") == 0) {
            frame->refused = "a demo process uses files of its own directory only: give a plain name without '/'";
            return false;
        }
    }
    return true;
}

static void run_ftok(struct frame *frame)
{
    if (stay_inside(frame, 1))
        ISSUE(frame, ftok((const char *)frame->argument[0].data, NUMBER(frame, 1)));
}

static void run_rename(struct frame *frame)
{
    if (stay_inside(frame, 2))
        ISSUE(frame, rename((const char *)frame->argument[0].data, (const char *)frame->argument[1].data));
}

static const struct call calls[] = {
    {"ftok", "bi", run_ftok},
    {"rename", "bb", run_rename},
    {NULL, NULL, NULL},
};

static const struct constant constants[] = {{NULL, 0}};

const struct table ftok_table = {calls, constants};
