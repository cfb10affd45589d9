#include "wire.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void text_begin(struct text *text, char *buffer, size_t size)
{
    *text = (struct text){.start = buffer, .size = size};
    buffer[0] = '\0';
}

void text_add(struct text *text, const char *format, ...)
{
    va_list arguments;
    if (text->full)
        return;
    va_start(arguments, format);
    size_t room = text->size - text->used;
    int length = vsnprintf(text->start + text->used, room, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= room) {
        text->full = true;
        text->start[text->used] = '\0';
        return;
    }
    text->used += (size_t)length;
}

static bool travels_as_itself(unsigned char byte)
{
    return byte > ' ' && byte < 0x7f && byte != '%';
}

void text_add_bytes(struct text *text, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    if (size == 0)
        text_add(text, "%%_");
    for (size_t i = 0; i < size; i++) {
        if (travels_as_itself(at[i]))
            text_add(text, "%c", at[i]);
        else
            text_add(text, "%%%02x", at[i]);
    }
}

int split_words(char *line, char **words, int most)
{
    int count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(line, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        if (count == most)
            return -1;
        words[count++] = word;
    }
    return count;
}

static int hex_digit(char sign)
{
    if (sign >= '0' && sign <= '9')
        return sign - '0';
    if (sign >= 'a' && sign <= 'f')
        return sign - 'a' + 10;
    if (sign >= 'A' && sign <= 'F')
        return sign - 'A' + 10;
    return -1;
}

ssize_t decode_word(char *word)
{
    if (strcmp(word, "%_") == 0) {
        word[0] = '\0';
        return 0;
    }
    char *to = word;
    for (const char *from = word; *from != '\0'; from++) {
        if (*from != '%') {
            *to++ = *from;
            continue;
        }
        int high = hex_digit(from[1]);
        int low = high < 0 ? -1 : hex_digit(from[2]);
        if (low < 0)
            return -1;
        *to++ = (char)(high * 16 + low);
        from += 2;
    }
    *to = '\0';
    return to - word;
}

bool write_all(int fd, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t done = write(fd, at, size);
        if (done == -1 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        at += done;
        size -= (size_t)done;
    }
    return true;
}
