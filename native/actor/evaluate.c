#include "evaluate.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "lookup.h"

/* Where the strings of one request are kept while its call runs. */
static unsigned char strings[PACKET_SIZE];
static size_t strings_used;

struct reader {
    const char *at;
    char *problem;
    size_t problem_size;
    int depth;
};

static bool sum(struct reader *reader, struct value *result, int lowest);

static bool fail(struct reader *reader, const char *reason, const char *what)
{
    snprintf(reader->problem, reader->problem_size, "%s '%.60s'", reason, what);
    return false;
}

static void skip_spaces(struct reader *reader)
{
    while (*reader->at == ' ' || *reader->at == '\t')
        reader->at++;
}

/* One character of a string or character literal, which may be an escape; -1 if it is none. */
static int literal_character(struct reader *reader)
{
    static const char escapes[][2] = {{'n', '\n'}, {'t', '\t'}, {'r', '\r'},  {'a', '\a'},
                                      {'b', '\b'}, {'f', '\f'}, {'v', '\v'},  {'\\', '\\'},
                                      {'"', '"'},  {'\'', '\''}, {'?', '?'}};
    unsigned char sign = (unsigned char)*reader->at;
    if (sign == '\0')
        return -1;
    reader->at++;
    if (sign != '\\')
        return sign;
    sign = (unsigned char)*reader->at;
    if (sign >= '0' && sign <= '7') {
        int code = 0;
        for (int i = 0; i < 3 && *reader->at >= '0' && *reader->at <= '7'; i++)
            code = code * 8 + (*reader->at++ - '0');
        return code & 0xff;
    }
    if (sign == 'x' && isxdigit((unsigned char)reader->at[1])) {
        char *end;
        long code = strtol(reader->at + 1, &end, 16);
        reader->at = end;
        return (int)(code & 0xff);
    }
    for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
        if ((unsigned char)escapes[i][0] == sign) {
            reader->at++;
            return (unsigned char)escapes[i][1];
        }
    }
    return -1;
}

static bool string_literal(struct reader *reader, struct value *result)
{
    const char *begin = reader->at++;
    size_t first = strings_used;
    while (*reader->at != '"') {
        int sign = literal_character(reader);
        if (sign < 0)
            return fail(reader, "this string does not end or has an unknown escape:", begin);
        if (strings_used + 1 >= sizeof strings)
            return fail(reader, "this string is too long:", begin);
        strings[strings_used++] = (unsigned char)sign;
    }
    reader->at++;
    *result = (struct value){.is_bytes = true, .data = strings + first, .size = strings_used - first};
    strings[strings_used++] = '\0';
    return true;
}

static bool character_literal(struct reader *reader, struct value *result)
{
    const char *begin = reader->at++;
    int sign = *reader->at == '\'' ? -1 : literal_character(reader);
    if (sign < 0 || *reader->at != '\'')
        return fail(reader, "this is no character:", begin);
    reader->at++;
    *result = (struct value){.number = (char)sign};
    return true;
}

static bool number_literal(struct reader *reader, struct value *result)
{
    const char *begin = reader->at;
    char *end;
    result->number = (long long)strtoull(begin, &end, 0);
    while (*end == 'u' || *end == 'U' || *end == 'l' || *end == 'L')
        end++;
    if (isalnum((unsigned char)*end) || *end == '_' || *end == '.' || result->number < 0)
        return fail(reader, "this is no whole number:", begin);
    reader->at = end;
    return true;
}

/* Between the byte order of this machine and that of the network. */
static long long swap_short(long long number)
{
    return htons((uint16_t)number);
}

/* The functions that arguments may call. */
static const struct {
    const char *name;
    long long (*apply)(long long);
} functions[] = {
    {"htons", swap_short},
    {"ntohs", swap_short},
};

/* `htons(PORT)`: the reader stands at the parenthesis. */
static bool function_of(struct reader *reader, const char *name, struct value *result)
{
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (strcmp(functions[i].name, name) != 0)
            continue;
        reader->at++;
        if (!sum(reader, result, 0))
            return false;
        if (*reader->at++ != ')' || result->is_bytes)
            return fail(reader, "one number in parentheses is needed behind", name);
        result->number = functions[i].apply(result->number);
        return true;
    }
    return fail(reader, "there is no function", name);
}

static bool named(struct reader *reader, struct value *result)
{
    char name[NAME_SIZE];
    size_t length = name_length(reader->at);
    if (length == 0 || length >= sizeof name)
        return fail(reader, length == 0 ? "cannot read" : "this name is too long:", reader->at);
    memcpy(name, reader->at, length);
    name[length] = '\0';
    reader->at += length;
    if (*reader->at == '(')
        return function_of(reader, name, result);
    const struct value *variable = variable_find(name);
    if (variable != NULL) {
        *result = *variable;
        return true;
    }
    *result = (struct value){0};
    if (constant_find(name, &result->number))
        return true;
    return fail(reader, "there is no variable or known constant", name);
}

/* Reads the plain name that the text begins with; false when there is none, or it is too long. */
static bool plain_name(struct reader *reader, char name[NAME_SIZE])
{
    size_t length = name_length(reader->at);
    const char *bracket = memchr(reader->at, '[', length);
    if (bracket != NULL)
        length = (size_t)(bracket - reader->at);
    if (length == 0 || length >= NAME_SIZE)
        return false;
    memcpy(name, reader->at, length);
    name[length] = '\0';
    reader->at += length;
    return true;
}

/* `&shared->mutex`, `&shared->box[1]`: the reader stands behind the &. */
static bool address_of(struct reader *reader, struct value *result)
{
    const char *begin = reader->at;
    char pointer[NAME_SIZE], member[NAME_SIZE];
    if (!plain_name(reader, pointer) || strncmp(reader->at, "->", 2) != 0)
        return fail(reader, "behind & a member is needed, as in &shared->mutex, not", begin);
    reader->at += 2;
    if (!plain_name(reader, member))
        return fail(reader, "the name of a member is needed in", begin);
    struct value index = {0};
    if (*reader->at == '[') {
        reader->at++;
        if (!sum(reader, &index, 0))
            return false;
        if (*reader->at++ != ']' || index.is_bytes)
            return fail(reader, "one number in brackets is needed in", begin);
    }
    const struct value *variable = variable_find(pointer);
    size_t offset;
    if (variable == NULL || variable->is_bytes)
        return fail(reader, "there is no pointer", pointer);
    if (!layout_offset(member, index.number, &offset))
        return fail(reader, "the structure has no member", begin);
    result->number = variable->number + (long long)offset;
    return true;
}

static bool size_of(struct reader *reader, struct value *result)
{
    reader->at += strlen("sizeof");
    skip_spaces(reader);
    if (strncmp(reader->at, "(struct ", 8) == 0) {
        const char *end = strchr(reader->at, ')');
        *result = (struct value){.number = (long long)layout_size()};
        if (end == NULL)
            return fail(reader, "a closing parenthesis is missing in", reader->at);
        reader->at = end + 1;
        return true;
    }
    if (*reader->at == '*') {
        char pointer[NAME_SIZE];
        reader->at++;
        *result = (struct value){.number = (long long)layout_size()};
        return plain_name(reader, pointer) || fail(reader, "a name is needed behind", "sizeof *");
    }
    struct value of;
    if (!named(reader, &of))
        return false;
    *result = (struct value){.number = of.is_bytes ? (long long)of.size : (long long)sizeof(int)};
    return true;
}

static bool term(struct reader *reader, struct value *result)
{
    *result = (struct value){0};
    skip_spaces(reader);
    char sign = *reader->at;
    if (++reader->depth > 32)
        return fail(reader, "this is nested too deeply:", reader->at);
    bool good;
    if (sign == '"') {
        good = string_literal(reader, result);
    } else if (sign == '\'') {
        good = character_literal(reader, result);
    } else if (isdigit((unsigned char)sign)) {
        good = number_literal(reader, result);
    } else if (sign == '-' || sign == '~') {
        const char *begin = reader->at++;
        good = term(reader, result);
        if (good && result->is_bytes)
            good = fail(reader, "a string has no sign:", begin);
        result->number = sign == '-' ? (long long)(0ULL - (unsigned long long)result->number) : ~result->number;
    } else if (sign == '&') {
        reader->at++;
        good = address_of(reader, result);
    } else if (sign == '(') {
        reader->at++;
        good = sum(reader, result, 0);
        if (good && *reader->at++ != ')')
            good = fail(reader, "a closing parenthesis is missing in", reader->at - 1);
    } else if (strncmp(reader->at, "sizeof ", 7) == 0 || strncmp(reader->at, "sizeof(struct ", 14) == 0) {
        good = size_of(reader, result);
    } else {
        good = named(reader, result);
    }
    reader->depth--;
    skip_spaces(reader);
    return good;
}

/* How tightly the operator at `text` binds; -1 if there is none. As in C: | below << below + - below *. */
static int binding(const char *text)
{
    switch (text[0]) {
    case '|':
        return text[1] == '|' ? -1 : 0;
    case '<':
        return text[1] == '<' ? 1 : -1;
    case '+':
    case '-':
        return 2;
    case '*':
        return 3;
    default:
        return -1;
    }
}

static bool apply(char operator, long long left, long long right, long long *result)
{
    switch (operator) {
    case '|':
        *result = left | right;
        return true;
    case '<':
        *result = right >= 0 && right < 62 ? (long long)((unsigned long long)left << right) : 0;
        return right >= 0 && right < 62;
    case '+':
        return !__builtin_add_overflow(left, right, result);
    case '-':
        return !__builtin_sub_overflow(left, right, result);
    default:
        return !__builtin_mul_overflow(left, right, result);
    }
}

static bool sum(struct reader *reader, struct value *result, int lowest)
{
    if (!term(reader, result))
        return false;
    for (int strength = binding(reader->at); strength >= lowest; strength = binding(reader->at)) {
        const char *operator= reader->at;
        struct value right;
        reader->at += *operator== '<' ? 2 : 1;
        if (!sum(reader, &right, strength + 1))
            return false;
        if (result->is_bytes || right.is_bytes)
            return fail(reader, "strings cannot be added or combined:", operator);
        if (!apply(*operator, result->number, right.number, &result->number))
            return fail(reader, "the result does not fit a number:", operator);
    }
    return true;
}

bool evaluate(const char *text, struct value *result, char *problem, size_t problem_size)
{
    struct reader reader = {.at = text, .problem = problem, .problem_size = problem_size};
    if (!sum(&reader, result, 0))
        return false;
    return *reader.at == '\0' || fail(&reader, "cannot read", reader.at);
}

void evaluate_reset(void)
{
    strings_used = 0;
}
