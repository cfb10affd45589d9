#include "address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "run.h"
#include "evaluate.h"

/* The six random signs of the run's name, as a number: the same in every process of the run, another in every other run. */
static unsigned run_number(void)
{
    unsigned number = 2166136261u;
    for (const char *sign = run.name; *sign != '\0'; sign++)
        number = (number ^ (unsigned char)*sign) * 16777619u;
    return number;
}

/* Each part between 1 and 254: neither the network's own address nor a broadcast one. */
static unsigned in_block(unsigned block)
{
    unsigned number = run_number();
    unsigned address = block;
    for (int part = 0; part < 3; part++, number >>= 8)
        address = address << 8 | ((number & 0xff) % 254 + 1);
    return address;
}

unsigned run_host(void)
{
    return in_block(127);
}

unsigned run_port(void)
{
    /* Two bytes that differ, so that with its bytes swapped it is another port; both ways it needs no privilege. */
    enum { LOWEST = 0x28, COUNT = 0x58 };
    unsigned number = run_number();
    unsigned high = (number >> 8 & 0xff) % COUNT;
    unsigned low = (high + 1 + (number >> 16 & 0xff) % (COUNT - 1)) % COUNT;
    return (LOWEST + high) << 8 | (LOWEST + low);
}

unsigned run_group(void)
{
    return in_block(239);
}

static bool fail(char *problem, size_t size, const char *reason)
{
    snprintf(problem, size, "%s", reason);
    return false;
}

/* Demo processes work in the run's own directory: a path is a plain name there. An abstract name begins with the run's. */
static bool unix_is_ours(const struct sockaddr_un *address, size_t length)
{
    if (length == 0 || address->sun_path[0] == '\0')
        return length > strlen(run.name) + 1 && memcmp(address->sun_path + 1, run.name, strlen(run.name)) == 0;
    return memchr(address->sun_path, '/', length) == NULL;
}

/* Nothing of a demo is reachable from outside: only this machine's own addresses, and the run's own group. */
static bool inet_is_ours(const struct sockaddr_in *address)
{
    unsigned host = ntohl(address->sin_addr.s_addr);
    return host >> 24 == 127 || host == run_group();
}

static bool is_ours(const struct sockaddr_storage *address, socklen_t size)
{
    if (size == 0)
        return true; /* the sender had no name: the kernel refuses it */
    if (address->ss_family == AF_UNIX)
        return unix_is_ours((const struct sockaddr_un *)address, size - offsetof(struct sockaddr_un, sun_path));
    return address->ss_family == AF_INET && inet_is_ours((const struct sockaddr_in *)address);
}

static bool make_unix(bool abstract, const struct value *name, struct sockaddr_storage *address, socklen_t *size)
{
    struct sockaddr_un *made = (struct sockaddr_un *)address;
    int length;
    made->sun_family = AF_UNIX;
    if (!name->is_bytes || name->size == 0 || memchr(name->data, '\0', name->size) != NULL)
        return false;
    if (abstract)
        length = 1 + snprintf(made->sun_path + 1, sizeof made->sun_path - 1, "%s-%s", run.name, (const char *)name->data);
    else
        length = snprintf(made->sun_path, sizeof made->sun_path, "%s", (const char *)name->data);
    if (length < 0 || (size_t)length >= sizeof made->sun_path)
        return false;
    /* A path takes its final 0 with it; an abstract name is as long as it is. */
    *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length + (abstract ? 0 : 1));
    return true;
}

static bool make_inet(unsigned host, const struct value *port, struct sockaddr_storage *address, socklen_t *size)
{
    struct sockaddr_in *made = (struct sockaddr_in *)address;
    made->sin_family = AF_INET;
    if (port->is_bytes || port->number < 0 || port->number > 0xffff)
        return false;
    made->sin_port = (in_port_t)port->number;
    made->sin_addr.s_addr = htonl(host);
    *size = sizeof *made;
    return true;
}

/* The variable that an earlier recvfrom filled. */
static bool from_variable(const char *text, struct sockaddr_storage *address, socklen_t *size)
{
    const struct value *value = variable_find(text);
    if (value == NULL || !value->is_bytes || value->size > sizeof *address)
        return false;
    memcpy(address, value->data, value->size);
    *size = (socklen_t)value->size;
    return true;
}

bool address_read(const char *text, struct sockaddr_storage *address, socklen_t *size, char *problem, size_t problem_size)
{
    char form[16] = "";
    int begin = 0;
    struct value inner;
    char expression[256];
    memset(address, 0, sizeof *address);
    bool good;
    if (sscanf(text, "%15[a-z](%n", form, &begin) == 1 && begin > 0 && text[strlen(text) - 1] == ')') {
        snprintf(expression, sizeof expression, "%.*s", (int)(strlen(text) - (size_t)begin - 1), text + begin);
        if (!evaluate(expression, &inner, problem, problem_size))
            return false;
        if (strcmp(form, "unix") == 0 || strcmp(form, "abstract") == 0)
            good = make_unix(form[0] == 'a', &inner, address, size);
        else if (strcmp(form, "loopback") == 0)
            good = make_inet(run_host(), &inner, address, size);
        else if (strcmp(form, "group") == 0)
            good = make_inet(run_group(), &inner, address, size);
        else
            good = strcmp(form, "broadcast") == 0 && make_inet(0x7fffffff, &inner, address, size);
    } else {
        good = from_variable(text, address, size);
    }
    if (!good)
        return fail(problem, problem_size, "this is no address");
    if (!is_ours(address, *size))
        return fail(problem, problem_size, "a demo uses addresses of its own run only: plain names, and this machine's loopback");
    return true;
}

void address_text(const struct sockaddr_storage *address, socklen_t size, char *text, size_t text_size)
{
    const struct sockaddr_un *local = (const struct sockaddr_un *)address;
    const struct sockaddr_in *inet = (const struct sockaddr_in *)address;
    size_t path = offsetof(struct sockaddr_un, sun_path);
    text[0] = '\0';
    if (size > path && address->ss_family == AF_UNIX) {
        size_t length = size - path;
        if (local->sun_path[0] != '\0') {
            snprintf(text, text_size, "%.*s", (int)strnlen(local->sun_path, length), local->sun_path);
            return;
        }
        /* The run's own name in front is no part of the demo. */
        size_t skip = 1 + strlen(run.name) + 1;
        if (length > skip && memcmp(local->sun_path + 1, run.name, strlen(run.name)) == 0)
            snprintf(text, text_size, "@%.*s", (int)(length - skip), local->sun_path + skip);
        else
            snprintf(text, text_size, "@%.*s", (int)(length - 1), local->sun_path + 1);
    } else if (size >= sizeof *inet && address->ss_family == AF_INET) {
        char host[INET_ADDRSTRLEN] = "";
        inet_ntop(AF_INET, &inet->sin_addr, host, sizeof host);
        snprintf(text, text_size, "%s:%u", host, (unsigned)ntohs(inet->sin_port));
    }
}
