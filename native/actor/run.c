#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire.h"

struct run run;

int move_descriptor(int fd, int number, bool exactly)
{
    if (fd == -1)
        return -1;
    int moved = exactly ? dup3(fd, number, O_CLOEXEC) : fcntl(fd, F_DUPFD_CLOEXEC, number);
    close(fd);
    return moved;
}

static bool is_private_directory(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
           (status.st_mode & 077) == 0;
}

static bool key_is_free(int key)
{
    return key != IPC_PRIVATE && msgget(key, 0) == -1 && errno == ENOENT && semget(key, 0, 0) == -1 &&
           errno == ENOENT && shmget(key, 0, 0) == -1 && errno == ENOENT;
}

/* Keys are chosen and written down before anything is made with them: no moment is left in which an object exists unlisted. */
static bool choose_keys(void)
{
    unsigned random = 0;
    int source = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    bool good = source != -1 && read(source, &random, sizeof random) == (ssize_t)sizeof random;
    if (source != -1)
        close(source);
    for (int chosen = 0, tries = 0; good && chosen < RUN_KEYS; tries++) {
        int key = (int)(0x49000000u | (random++ & 0xffffffu)); /* 'I' leads, so that ipcs shows whose they are */
        if (key_is_free(key))
            run.keys[chosen++] = key;
        good = tries < 1000;
    }
    return good;
}

static ino_t ipc_namespace(void)
{
    struct stat status;
    return stat("/proc/self/ns/ipc", &status) == 0 ? status.st_ino : 0;
}

static bool write_ledger(void)
{
    int fd = openat(RUN_FD, "ledger", O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (move_descriptor(fd, LEDGER_FD, true) == -1)
        return false;
    bool good = ledger_add("namespace", (long long)ipc_namespace());
    for (int i = 0; good && i < RUN_KEYS; i++)
        good = ledger_add("key", run.keys[i]);
    return good;
}

/* Makes the directory and locks it. Between the two a sweep may take it for stale: then another is made. */
static bool make_directory(const char *base)
{
    for (int tries = 0; tries < 10; tries++) {
        int length = snprintf(run.directory, sizeof run.directory, "%s/ipc-lens-%u-XXXXXX", base, (unsigned)geteuid());
        if (length < 0 || (size_t)length >= sizeof run.directory || mkdtemp(run.directory) == NULL)
            return false;
        int fd = move_descriptor(open(run.directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), RUN_FD, true);
        struct stat status;
        if (fd != -1 && is_private_directory(fd) && flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &status) == 0 &&
            status.st_nlink > 0)
            return true;
    }
    return false;
}

bool run_create(const char *base, char *problem, size_t size)
{
    if (!make_directory(base)) {
        snprintf(problem, size, "Cannot make a directory under %s: %s.", base, strerror(errno));
        return false;
    }
    snprintf(run.name, sizeof run.name, "ipc-lens-%s", strrchr(run.directory, '-') + 1);
    if (!choose_keys() || !write_ledger() || mkdirat(RUN_FD, "files", 0700) == -1) {
        snprintf(problem, size, "Cannot prepare %s: %s.", run.directory, strerror(errno));
        run_remove();
        return false;
    }
    return true;
}

bool ledger_add(const char *kind, long long number)
{
    char line[64];
    int length = snprintf(line, sizeof line, "%s %lld\n", kind, number);
    /* One write in append mode: lines of several actors never mix. */
    return length > 0 && write_all(LEDGER_FD, line, (size_t)length);
}

/* Calls `visit` for each line of a ledger until it returns true. */
static bool ledger_visit(int ledger, bool (*visit)(const char *kind, long long number, void *with), void *with)
{
    char text[4096] = "";
    size_t held = 0;
    off_t offset = 0;
    ssize_t count;
    while ((count = pread(ledger, text + held, sizeof text - 1 - held, offset)) > 0) {
        offset += count;
        held += (size_t)count;
        text[held] = '\0';
        char *line = text;
        for (char *end = strchr(line, '\n'); end != NULL; end = strchr(line, '\n')) {
            char kind[16];
            long long number;
            *end = '\0';
            if (sscanf(line, "%15s %lld", kind, &number) == 2 && visit(kind, number, with))
                return true;
            line = end + 1;
        }
        held -= (size_t)(line - text);
        memmove(text, line, held + 1);
    }
    return false;
}

struct entry {
    const char *kind;
    long long number;
};

static bool same_entry(const char *kind, long long number, void *with)
{
    const struct entry *wanted = with;
    return number == wanted->number && strcmp(kind, wanted->kind) == 0;
}

bool ledger_has(const char *kind, long long number)
{
    return ledger_visit(LEDGER_FD, same_entry, &(struct entry){kind, number});
}

bool run_has_key(int key)
{
    for (int i = 0; i < RUN_KEYS; i++)
        if (run.keys[i] == key)
            return true;
    return false;
}

static bool is_plain_name(const char *given, size_t length)
{
    return length > 1 && length < 32 && given[0] == '/' && memchr(given + 1, '/', length - 1) == NULL &&
           memchr(given, '\0', length) == NULL;
}

bool run_posix_name(const char *given, size_t length, char *name, size_t size)
{
    if (!is_plain_name(given, length))
        return false;
    snprintf(name, size, "/%s-%.*s", run.name, (int)length - 1, given + 1);
    return true;
}

struct claim {
    long long wanted;
    long long seen[RUN_NAMES];
    int count;
};

/* Counts the different names in the order in which they were claimed; stops at the wanted one, or when there are too many. */
static bool counts_claim(const char *kind, long long number, void *with)
{
    struct claim *claim = with;
    if (strcmp(kind, "queue-name") != 0)
        return false;
    for (int i = 0; i < claim->count; i++)
        if (claim->seen[i] == number)
            return false;
    if (claim->count == RUN_NAMES)
        return true;
    claim->seen[claim->count++] = number;
    return number == claim->wanted;
}

/* A sweep finds queues by few fixed names only: the ledger says which of the script's names comes as which of these. */
bool run_queue_name(const char *given, size_t length, char *name, size_t size)
{
    struct claim claim = {.wanted = 5381};
    if (!is_plain_name(given, length))
        return false;
    for (size_t i = 0; i < length; i++)
        claim.wanted = (claim.wanted * 33 + (unsigned char)given[i]) & 0xffffffffffffLL;
    /* Whoever is first in the ledger counts, so that two processes that claim at once come to the same answer. */
    if (!ledger_has("queue-name", claim.wanted) && !ledger_add("queue-name", claim.wanted))
        return false;
    ledger_visit(LEDGER_FD, counts_claim, &claim);
    if (claim.count == 0 || claim.seen[claim.count - 1] != claim.wanted)
        return false;
    snprintf(name, size, "/%s-%d", run.name, claim.count);
    return true;
}

/* ------------------------------------------------------------------- sweep */

static void remove_key(int key)
{
    int id = msgget(key, 0);
    if (id != -1)
        msgctl(id, IPC_RMID, NULL);
    id = semget(key, 0, 0);
    if (id != -1)
        semctl(id, 0, IPC_RMID);
    id = shmget(key, 0, 0);
    if (id != -1)
        shmctl(id, IPC_RMID, NULL);
}

static bool remove_entry(const char *kind, long long number, void *with)
{
    (void)with;
    if (strcmp(kind, "key") == 0)
        remove_key((int)number);
    else if (strcmp(kind, "msg") == 0)
        msgctl((int)number, IPC_RMID, NULL);
    else if (strcmp(kind, "sem") == 0)
        semctl((int)number, 0, IPC_RMID);
    else if (strcmp(kind, "shm") == 0)
        shmctl((int)number, IPC_RMID, NULL);
    return false;
}

/* System V objects of another IPC namespace cannot be reached from here; such a run is left alone. */
static bool other_namespace(const char *kind, long long number, void *with)
{
    (void)with;
    return strcmp(kind, "namespace") == 0 && (ino_t)number != ipc_namespace();
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status, (void)kind, (void)place;
    return remove(path) == -1 && errno != ENOENT ? 1 : 0;
}

static void remove_tree(const char *directory)
{
    nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* Removes POSIX objects whose name begins with the run's: `/dev/shm/ipc-lens-Ab3xYz...`, `sem.ipc-lens-...`, queues. */
static void remove_names_in(const char *directory, const char *prefix)
{
    DIR *list = opendir(directory);
    if (list == NULL)
        return;
    for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list))
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
            unlinkat(dirfd(list), entry->d_name, 0);
    closedir(list);
}

static void remove_names(const char *id)
{
    char prefix[64];
    snprintf(prefix, sizeof prefix, "ipc-lens-%s", id);
    remove_names_in("/dev/shm", prefix);
    remove_names_in("/dev/mqueue", prefix);
    /* Queues exist even where /dev/mqueue is not mounted: there a run's queues bear one of a few known names. */
    for (int i = 0; i <= RUN_NAMES; i++) {
        char name[80];
        snprintf(name, sizeof name, i == 0 ? "/%s" : "/%s-%d", prefix, i);
        mq_unlink(name);
    }
    snprintf(prefix, sizeof prefix, "sem.ipc-lens-%s", id);
    remove_names_in("/dev/shm", prefix);
}

/* Removes what the directory open at `fd` describes, and the directory. */
static void sweep(int fd, const char *directory)
{
    int ledger = openat(fd, "ledger", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (ledger != -1) {
        bool foreign = ledger_visit(ledger, other_namespace, NULL);
        if (!foreign)
            ledger_visit(ledger, remove_entry, NULL);
        close(ledger);
        if (foreign)
            return;
    }
    remove_names(strrchr(directory, '-') + 1);
    remove_tree(directory);
}

static bool lock_within(int fd, unsigned seconds)
{
    for (unsigned waited = 0; flock(fd, LOCK_EX | LOCK_NB) == -1; waited++) {
        if (errno != EWOULDBLOCK || waited >= seconds * 200)
            return false;
        usleep(5000);
    }
    return true;
}

bool run_sweep(const char *directory, unsigned seconds)
{
    const char *last = strrchr(directory, '/');
    if (last == NULL || strncmp(last + 1, "ipc-lens-", strlen("ipc-lens-")) != 0)
        return false;
    /* Names are removed that begin with what stands behind the last dash: without that, those of every run would. */
    if (directory[strlen(directory) - 1] == '-')
        return false;
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd == -1)
        return errno == ENOENT;
    bool mine = is_private_directory(fd) && lock_within(fd, seconds);
    if (mine)
        sweep(fd, directory);
    close(fd);
    return mine;
}

void run_sweep_stale(const char *base)
{
    char prefix[64];
    snprintf(prefix, sizeof prefix, "ipc-lens-%u-", (unsigned)geteuid());
    DIR *list = opendir(base);
    if (list == NULL)
        return;
    for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        char path[PATH_MAX];
        int length = snprintf(path, sizeof path, "%s/%s", base, entry->d_name);
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 && length > 0 && (size_t)length < sizeof path)
            run_sweep(path, 0);
    }
    closedir(list);
}

void run_remove(void)
{
    sweep(RUN_FD, run.directory);
}
