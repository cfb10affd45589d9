#include "tell.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "wire.h"

static bool listening = true;

bool is_server_listening(void)
{
    return listening;
}

void tell(const char *format, ...)
{
    static char line[LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    size_t used = (size_t)length < sizeof line - 2 ? (size_t)length : sizeof line - 2;
    line[used++] = '\n';
    if (!write_all(STDOUT_FILENO, line, used))
        listening = false;
}

void complain(const char *about)
{
    char buffer[512];
    struct text text;
    text_begin(&text, buffer, sizeof buffer);
    text_add_bytes(&text, about, strlen(about));
    tell("error %s", buffer);
}

void unseen(const char *tag, const char *why)
{
    char buffer[256];
    struct text text;
    text_begin(&text, buffer, sizeof buffer);
    text_add_bytes(&text, why, strlen(why));
    tell("unseen %s %s", tag, buffer);
}
