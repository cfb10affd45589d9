/* Checks the arguments of a call against its row in the tables, and runs it. */
#include "call.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>

#include "address.h"
#include "evaluate.h"
#include "lookup.h"
#include "run.h"

static char reason[256];

static bool refuse(struct frame *frame, const char *format, const char *what)
{
    snprintf(reason, sizeof reason, format, what);
    frame->refused = reason;
    return false;
}

void store_number(struct frame *frame, const char *name, long long number)
{
    if (variable_set_number(name, number))
        text_add(frame->details, " %s=%lld", name, number);
    else
        frame->refused = "the process has no room for another variable";
}

void store_bytes(struct frame *frame, const char *name, const void *data, size_t size)
{
    if (variable_set_bytes(name, data, size))
        text_add(frame->details, " %s[]=%zu", name, size);
    else
        frame->refused = "the process has no room for another variable";
}

void store_pair(struct frame *frame, const char *name, const int pair[2])
{
    char element[NAME_SIZE + 16];
    for (int i = 0; i < 2; i++) {
        snprintf(element, sizeof element, "%s[%d]", name, i);
        store_number(frame, element, pair[i]);
    }
}

void report_data(struct frame *frame, const void *data, size_t size)
{
    text_add(frame->details, " data=");
    text_add_bytes(frame->details, data, size < SHOWN_BYTES ? size : SHOWN_BYTES);
}

bool mode_is_private(struct frame *frame, int mode)
{
    if ((mode & 0177) == 0)
        return true;
    frame->refused = "what a demo makes is for its user alone: give at most 0600";
    return false;
}

bool key_is_ours(struct frame *frame, int key)
{
    if (key == IPC_PRIVATE || run_has_key(key))
        return true;
    frame->refused = "a demo uses keys of its own run only";
    return false;
}

const char *posix_name(struct frame *frame)
{
    static char name[80];
    const struct argument *given = &frame->argument[0];
    if (run_posix_name((const char *)given->data, given->size, name, sizeof name))
        return name;
    frame->refused = "a name is a '/' and a plain word behind it";
    return NULL;
}

static bool take_name(struct frame *frame, struct argument *argument, const char *text)
{
    text += *text == '&';
    if (!is_variable_name(text))
        return refuse(frame, "'%.60s' is not the name of a variable", text);
    snprintf(argument->name, sizeof argument->name, "%s", text);
    return true;
}

static bool take_value(struct frame *frame, struct argument *argument, char kind, const char *text)
{
    struct value value;
    char problem[128];
    if (!evaluate(text, &value, problem, sizeof problem))
        return refuse(frame, "%.200s", problem);
    if (kind == 'b') {
        if (!value.is_bytes)
            return refuse(frame, "'%.60s' is a number; a string or a buffer is needed", text);
        argument->data = value.data;
        argument->size = value.size;
        return true;
    }
    if (value.is_bytes)
        return refuse(frame, "'%.60s' is a string; a number is needed", text);
    if (kind != 'l' && (value.number < INT_MIN || value.number > INT_MAX))
        return refuse(frame, "'%.60s' does not fit an int", text);
    /* The machinery's own descriptors do not exist for a demo: the call shall fail with EBADF, as for any closed number. */
    if (kind == 'd' && value.number >= FIRST_PRIVATE_FD)
        value.number = INT_MAX;
    argument->number = value.number;
    return true;
}

static bool take_address(struct frame *frame, struct argument *argument, const char *text)
{
    /* Of all arguments of a call one at most is an address. */
    static struct sockaddr_storage address;
    char problem[160];
    socklen_t size = 0;
    if (!address_read(text, &address, &size, problem, sizeof problem))
        return refuse(frame, "%.200s", problem);
    argument->data = (const unsigned char *)&address;
    argument->size = size;
    return true;
}

static bool take_one(struct frame *frame, struct argument *argument, char kind, const char *text)
{
    if (kind == 'n')
        return take_name(frame, argument, text);
    return kind == 'a' ? take_address(frame, argument, text) : take_value(frame, argument, kind, text);
}

static bool take_arguments(struct frame *frame, const struct call *call, char **arguments, int count)
{
    int taken = 0;
    bool optional = false;
    for (const char *kind = call->arguments; *kind != '\0'; kind++) {
        if (*kind == '?') {
            optional = true;
            continue;
        }
        if (taken == count)
            return optional || refuse(frame, "%s needs more arguments", call->name);
        struct argument *argument = &frame->argument[taken];
        argument->given = true;
        if (!take_one(frame, argument, *kind, arguments[taken]))
            return false;
        taken++;
    }
    return taken == count || refuse(frame, "%s takes fewer arguments", call->name);
}

void perform(struct frame *frame, const char *into, const char *name, char **arguments, int count)
{
    evaluate_reset();
    const struct call *call = find_call(name);
    if (call == NULL) {
        refuse(frame, "there is no call '%.60s'", name);
        return;
    }
    if (strcmp(into, "-") != 0 && !is_variable_name(into)) {
        refuse(frame, "'%.60s' is not the name of a variable", into);
        return;
    }
    if (!take_arguments(frame, call, arguments, count))
        return;
    frame->into = strcmp(into, "-") == 0 ? "" : into;
    call->run(frame);
    if (frame->refused == NULL && frame->into[0] != '\0')
        store_number(frame, into, frame->result);
}
