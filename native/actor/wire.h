/* Text as it travels: words separated by one space, each word percent-encoded. */
#ifndef IPC_LENS_WIRE_H
#define IPC_LENS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
    PACKET_SIZE = 65536, /* the longest request or reply */
    SHOWN_BYTES = 1024,  /* how much of a block of data a reply carries */
    NAME_SIZE = 32,      /* names of processes and variables, with the final 0 */
    WORDS_MAX = 16,
};

/* A line under construction. Once it is full, further text is dropped and `full` stays set. */
struct text {
    char *start;
    size_t size;
    size_t used;
    bool full;
};

void text_begin(struct text *text, char *buffer, size_t size);
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Appends bytes percent-encoded; nothing becomes `%_`, so that every word has a sign. */
void text_add_bytes(struct text *text, const void *bytes, size_t size);

/* Splits `line` in place at its spaces; returns the number of words, or -1 if there are more than `most`. */
int split_words(char *line, char **words, int most);
/* Decodes a word in place; returns its length, or -1 if the encoding is wrong. A final 0 is added. */
ssize_t decode_word(char *word);

/* Writes all bytes, going on after interruptions. */
bool write_all(int fd, const void *bytes, size_t size);

#endif
