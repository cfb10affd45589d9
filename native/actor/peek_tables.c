/* What a demo process can do: every call with its letters, every constant with its value. */
#include <string.h>

#include "lookup.h"
#include "peek.h"

static void add_call(const struct call *call, void *with)
{
    struct text *text = with;
    text_add(text, " %s=", call->name);
    text_add_bytes(text, call->arguments, strlen(call->arguments));
}

static void add_constant(const struct constant *constant, void *with)
{
    text_add(with, " %s=%lld", constant->name, constant->value);
}

static void tell_tables(const char *tag, void (*call)(const struct call *call, void *with),
                        void (*constant)(const struct constant *constant, void *with))
{
    static char buffer[PACKET_SIZE];
    struct text text;
    text_begin(&text, buffer, sizeof buffer);
    visit_tables(call, constant, &text);
    tell("seen %s%s", tag, buffer);
}

void peek_calls(const char *tag, const struct actor *actor, const char *what)
{
    (void)actor, (void)what;
    tell_tables(tag, add_call, NULL);
}

void peek_constants(const char *tag, const struct actor *actor, const char *what)
{
    (void)actor, (void)what;
    tell_tables(tag, NULL, add_constant);
}
