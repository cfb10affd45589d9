#include "lookup.h"

#include <string.h>

#define TABLE(name) &name,
static const struct table *const tables[] = {
#include "tables.h"
};
#undef TABLE

enum { TABLES = sizeof tables / sizeof tables[0] };

const struct call *find_call(const char *name)
{
    for (size_t i = 0; i < TABLES; i++)
        for (const struct call *call = tables[i]->calls; call->name != NULL; call++)
            if (strcmp(call->name, name) == 0)
                return call;
    return NULL;
}

bool constant_find(const char *name, long long *value)
{
    for (size_t i = 0; i < TABLES; i++) {
        for (const struct constant *constant = tables[i]->constants; constant->name != NULL; constant++) {
            if (strcmp(constant->name, name) == 0) {
                *value = constant->value;
                return true;
            }
        }
    }
    return false;
}

void visit_tables(void (*visit_call)(const struct call *call, void *with),
                  void (*visit_constant)(const struct constant *constant, void *with), void *with)
{
    for (size_t i = 0; i < TABLES; i++) {
        for (const struct call *call = tables[i]->calls; visit_call != NULL && call->name != NULL; call++)
            visit_call(call, with);
        const struct constant *constant = tables[i]->constants;
        for (; visit_constant != NULL && constant->name != NULL; constant++)
            visit_constant(constant, with);
    }
}
