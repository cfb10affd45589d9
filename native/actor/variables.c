#include "variables.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VARIABLES_MAX = 128 };

static struct variable {
    char name[NAME_SIZE];
    struct value value;
    unsigned char *owned; /* the memory behind value.data */
} variables[VARIABLES_MAX];
static size_t variable_count;

static struct variable *find(const char *name)
{
    for (size_t i = 0; i < variable_count; i++)
        if (strcmp(variables[i].name, name) == 0)
            return &variables[i];
    return NULL;
}

static struct variable *find_or_add(const char *name)
{
    struct variable *variable = find(name);
    if (variable != NULL)
        return variable;
    if (variable_count == VARIABLES_MAX || strlen(name) >= NAME_SIZE)
        return NULL;
    variable = &variables[variable_count++];
    snprintf(variable->name, sizeof variable->name, "%s", name);
    return variable;
}

bool variable_set_number(const char *name, long long number)
{
    struct variable *variable = find_or_add(name);
    if (variable == NULL)
        return false;
    free(variable->owned);
    variable->owned = NULL;
    variable->value = (struct value){.number = number};
    return true;
}

bool variable_set_bytes(const char *name, const void *data, size_t size)
{
    unsigned char *copy = malloc(size + 1);
    if (copy == NULL)
        return false;
    memcpy(copy, data, size);
    copy[size] = '\0';
    struct variable *variable = find_or_add(name);
    if (variable == NULL) {
        free(copy);
        return false;
    }
    free(variable->owned);
    variable->owned = copy;
    variable->value = (struct value){.is_bytes = true, .data = copy, .size = size};
    return true;
}

const struct value *variable_find(const char *name)
{
    struct variable *variable = find(name);
    return variable == NULL ? NULL : &variable->value;
}

size_t name_length(const char *text)
{
    size_t length = 0;
    if (!isalpha((unsigned char)text[0]) && text[0] != '_')
        return 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_')
        length++;
    if (text[length] != '[')
        return length;
    size_t end = length + 1;
    while (isdigit((unsigned char)text[end]))
        end++;
    return text[end] == ']' && end > length + 1 ? end + 1 : length;
}

bool is_variable_name(const char *name)
{
    size_t length = name_length(name);
    return length > 0 && length < NAME_SIZE && name[length] == '\0';
}
