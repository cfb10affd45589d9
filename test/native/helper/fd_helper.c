#define _GNU_SOURCE
#include "fd_helper.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_BYTES = 1 << 20 };

long second_result = -1;

static char bytes[MOST_BYTES];

static int number(const char *word) { return word ? (int) strtol(word, NULL, 0) : 0; }

static long two(int result, const int *descriptors)
{
    if (result == -1)
        return -1;
    second_result = descriptors[1];
    return descriptors[0];
}

static long make_pipe(char **w)
{
    int ends[2];
    (void) w;
    return two(pipe(ends), ends);
}

static long make_socketpair(char **w)
{
    int ends[2];
    return two(socketpair(AF_UNIX, number(w[1]), 0, ends), ends);
}

static long make_fifo(char **w) { return mkfifo(w[1], 0600); }

/* open PATH r|w|rw: creates regular files. */
static long open_file(char **w)
{
    int flags = !strcmp(w[2], "r") ? O_RDONLY : !strcmp(w[2], "w") ? O_WRONLY | O_CREAT : O_RDWR | O_CREAT;
    return open(w[1], flags, 0600);
}

static long close_fd(char **w) { return close(number(w[1])); }
static long write_fd(char **w) { return write(number(w[1]), bytes, (size_t) number(w[2])); }
static long read_fd(char **w) { return read(number(w[1]), bytes, (size_t) number(w[2])); }
static long duplicate(char **w) { return dup(number(w[1])); }

/* @name is abstract. */
static socklen_t unix_address(const char *name, struct sockaddr_un *address)
{
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    strncpy(address->sun_path, name, sizeof address->sun_path - 1);
    if (name[0] == '@')
        address->sun_path[0] = '\0';
    return (socklen_t) (offsetof(struct sockaddr_un, sun_path) + strlen(name));
}

static long make_unix(char **w) { return socket(AF_UNIX, number(w[1]), 0); }

static long bind_unix(char **w)
{
    struct sockaddr_un address;
    socklen_t length = unix_address(w[2], &address);
    return bind(number(w[1]), (struct sockaddr *) &address, length);
}

static long connect_unix(char **w)
{
    struct sockaddr_un address;
    socklen_t length = unix_address(w[2], &address);
    return connect(number(w[1]), (struct sockaddr *) &address, length);
}

static long listen_on(char **w) { return listen(number(w[1]), number(w[2])); }
static long accept_from(char **w) { return accept(number(w[1]), NULL, NULL); }

static long make_inet(char **w) { return socket(AF_INET, number(w[1]), 0); }

/* The port that was given. */
static long bind_inet(char **w)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t) number(w[2]))};
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(number(w[1]), (struct sockaddr *) &address, length) == -1 ||
        getsockname(number(w[1]), (struct sockaddr *) &address, &length) == -1)
        return -1;
    return ntohs(address.sin_port);
}

static long connect_inet(char **w)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t) number(w[2]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect(number(w[1]), (struct sockaddr *) &address, sizeof address);
}

static long make_eventfd(char **w) { return eventfd((unsigned) number(w[1]), 0); }

static long make_signalfd(char **w)
{
    sigset_t set;
    sigemptyset(&set);
    for (int i = 1; w[i]; i++)
        sigaddset(&set, number(w[i]));
    return signalfd(-1, &set, 0);
}

static long make_timerfd(char **w)
{
    struct itimerspec when = {.it_value = {number(w[1]), 0}, .it_interval = {number(w[2]), 0}};
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    return fd == -1 || timerfd_settime(fd, 0, &when, NULL) == -1 ? -1 : fd;
}

static long make_epoll(char **w)
{
    (void) w;
    return epoll_create1(0);
}

static long epoll_add(char **w)
{
    struct epoll_event event = {.events = EPOLLIN};
    return epoll_ctl(number(w[1]), EPOLL_CTL_ADD, number(w[2]), &event);
}

static long make_memfd(char **w)
{
    int fd = memfd_create(w[1], 0);
    return fd == -1 || ftruncate(fd, number(w[2])) == -1 ? -1 : fd;
}

static long map_shared(char **w)
{
    int anonymous = !w[2];
    int flags = anonymous ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED;
    void *at = mmap(NULL, (size_t) number(w[1]), PROT_READ | PROT_WRITE, flags, anonymous ? -1 : number(w[2]), 0);
    return at == MAP_FAILED ? -1 : 0;
}

static long open_terminal(char **w)
{
    (void) w;
    int ends[2];
    ends[0] = posix_openpt(O_RDWR | O_NOCTTY);
    if (ends[0] == -1 || grantpt(ends[0]) == -1 || unlockpt(ends[0]) == -1)
        return -1;
    ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY);
    return two(ends[1] == -1 ? -1 : 0, ends);
}

static long lock_flock(char **w) { return flock(number(w[1]), !strcmp(w[2], "r") ? LOCK_SH : LOCK_EX); }

/* lock|ofd FD r|w START LENGTH, with WAIT as a last word. */
static long lock_range(char **w)
{
    struct flock lock = {.l_type = (short) (!strcmp(w[2], "r") ? F_RDLCK : F_WRLCK),
                         .l_whence = SEEK_SET,
                         .l_start = number(w[3]),
                         .l_len = number(w[4])};
    int traditional = !strcmp(w[0], "lock");
    int command = w[5] ? (traditional ? F_SETLKW : F_OFD_SETLKW) : (traditional ? F_SETLK : F_OFD_SETLK);
    return fcntl(number(w[1]), command, &lock);
}

static void do_nothing(int sig) { (void) sig; }

/* catch SIGNAL, ignore SIGNAL, mask SIGNAL, raise SIGNAL */
static long signals(char **w)
{
    int sig = number(w[1]);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, sig);
    if (!strcmp(w[0], "mask"))
        return sigprocmask(SIG_BLOCK, &set, NULL);
    if (!strcmp(w[0], "raise"))
        return raise(sig);
    struct sigaction action = {.sa_handler = !strcmp(w[0], "ignore") ? SIG_IGN : do_nothing};
    return sigaction(sig, &action, NULL);
}

/* forkdo COMMAND...: a child does it and then waits to be killed. Its pid. */
static long fork_do(char **w)
{
    pid_t parent = getpid();
    pid_t child = fork();
    if (child != 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    if (w[1] && act(w + 1) == -1)
        _exit(2);
    for (;;)
        pause();
}

/* poll FD...: until one of them has something to read. */
static long poll_fds(char **w)
{
    struct pollfd asked[8];
    nfds_t count = 0;
    for (; count < 8 && w[count + 1]; count++)
        asked[count] = (struct pollfd){.fd = number(w[count + 1]), .events = POLLIN};
    return poll(asked, count, -1);
}

static long select_fd(char **w)
{
    fd_set reading;
    FD_ZERO(&reading);
    FD_SET(number(w[1]), &reading);
    return select(number(w[1]) + 1, &reading, NULL, NULL, NULL);
}

/* sigwait SIGNAL, sigsuspend SIGNAL: for it, and for any but it. */
static long wait_signal(char **w)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number(w[1]));
    return !strcmp(w[0], "sigwait") ? sigwaitinfo(&set, NULL) : sigsuspend(&set);
}

/* waitchild: a child that waits to be killed is waited for. */
static long wait_child(char **w)
{
    char *nothing[] = {w[0], NULL};
    pid_t child = fork_do(nothing);
    return waitpid(child, NULL, 0);
}

/* rlimit RESOURCE SOFT */
static long set_limit(char **w)
{
    struct rlimit limit;
    if (getrlimit(number(w[1]), &limit) == -1)
        return -1;
    limit.rlim_cur = number(w[2]);
    return setrlimit(number(w[1]), &limit);
}

/* churnlocks FD: takes and leaves locks on it without end, some thousand times a second. */
static long churn_locks(char **w)
{
    for (int at = 0;; at = (at + 1) % 10) {
        struct flock lock = {.l_type = at < 5 ? F_WRLCK : F_UNLCK, .l_start = at % 5 * 10, .l_len = 5};
        if (fcntl(number(w[1]), F_SETLK, &lock) == -1)
            return -1;
        usleep(200);
    }
}

/* Memory whose first use waits for somebody who never brings it: userfaultfd(2). */
static char *absent_memory(void)
{
    int faults = (int) syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
    struct uffdio_api api = {.api = UFFD_API};
    char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct uffdio_register range = {{(unsigned long) memory, 4096}, UFFDIO_REGISTER_MODE_MISSING, 0};
    if (faults == -1 || memory == MAP_FAILED || ioctl(faults, UFFDIO_API, &api) == -1 ||
        ioctl(faults, UFFDIO_REGISTER, &range) == -1)
        return NULL;
    return memory;
}

/* absent: whether there can be such memory. absent poll, absent write FD: a call that is given it. */
static long use_absent(char **w)
{
    char *memory = absent_memory();
    if (!memory || !w[1])
        return memory ? 0 : -1;
    return !strcmp(w[1], "poll") ? poll((struct pollfd *) memory, 1, -1) : write(number(w[2]), memory, 1);
}

static long end_child(char **w)
{
    pid_t child = (pid_t) number(w[1]);
    kill(child, SIGKILL);
    return waitpid(child, NULL, 0) == child ? 0 : -1;
}

/* sendtext QUEUE TYPE TEXT */
static long send_text(char **w)
{
    struct {
        long type;
        char text[256];
    } message = {.type = number(w[2])};
    strncpy(message.text, w[3], sizeof message.text - 1);
    return msgsnd(number(w[1]), &message, strlen(w[3]), 0);
}

/* filltext SEGMENT TEXT: attaches the segment and writes into it. */
static long fill_text(char **w)
{
    char *at = shmat(number(w[1]), NULL, 0);
    if (at == (void *) -1)
        return -1;
    strcpy(at, w[2]);
    return 0;
}

/* puttext FD TEXT */
static long put_text(char **w) { return pwrite(number(w[1]), w[2], strlen(w[2]), 0); }

static long remove_file(char **w) { return unlink(w[1]); }

static long descriptors_most(char **w)
{
    (void) w;
    return sysconf(_SC_OPEN_MAX);
}

static const struct {
    const char *name;
    long (*act)(char **words);
} commands[] = {
    {"pipe", make_pipe},         {"mkfifo", make_fifo},       {"open", open_file},         {"close", close_fd},
    {"write", write_fd},         {"read", read_fd},           {"dup", duplicate},          {"socketpair", make_socketpair},
    {"unix", make_unix},         {"bind", bind_unix},         {"connect", connect_unix},   {"listen", listen_on},
    {"accept", accept_from},     {"inet", make_inet},         {"bindinet", bind_inet},     {"connectinet", connect_inet},
    {"eventfd", make_eventfd},   {"signalfd", make_signalfd}, {"timerfd", make_timerfd},   {"epoll", make_epoll},
    {"epolladd", epoll_add},     {"memfd", make_memfd},       {"mapshared", map_shared},   {"pty", open_terminal},
    {"flock", lock_flock},       {"lock", lock_range},        {"ofd", lock_range},         {"catch", signals},
    {"ignore", signals},         {"mask", signals},           {"raise", signals},          {"forkdo", fork_do},
    {"endchild", end_child},     {"unlink", remove_file},     {"openmax", descriptors_most}, {"sendtext", send_text},
    {"filltext", fill_text},     {"puttext", put_text},       {"poll", poll_fds},          {"select", select_fd},
    {"sigwait", wait_signal},    {"sigsuspend", wait_signal}, {"waitchild", wait_child},   {"rlimit", set_limit},
    {"absent", use_absent},      {"churnlocks", churn_locks},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

int is_fd_command(const char *name)
{
    for (int i = 0; i < COMMANDS; i++)
        if (!strcmp(commands[i].name, name))
            return 1;
    return 0;
}

long fd_act(char **words)
{
    for (int i = 0; i < COMMANDS; i++)
        if (!strcmp(commands[i].name, words[0]))
            return commands[i].act(words);
    errno = ENOSYS;
    return -1;
}
