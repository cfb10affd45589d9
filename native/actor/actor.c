#include "actor.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "address.h"
#include "call.h"
#include "run.h"

static pid_t supervisor;

/*
 * Binds this process's life to the supervisor's. The pipe behind LIFELINE_FD never carries a byte; when the supervisor
 * ends, in whatever way, its write end is closed and the kernel sends each reader the signal chosen with F_SETSIG.
 * SIGKILL as that signal needs no handler, cannot be blocked or ignored, and ends a process that waits in any call.
 * Owner and signal belong to the open file, which fork() shares: each process opens the pipe anew for itself.
 */
static void tie_life(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", LIFELINE_FD);
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (move_descriptor(fd, LIFELINE_FD, true) == -1 || fcntl(LIFELINE_FD, F_SETOWN, getpid()) == -1 ||
        fcntl(LIFELINE_FD, F_SETSIG, SIGKILL) == -1 || fcntl(LIFELINE_FD, F_SETFL, O_NONBLOCK | O_ASYNC) == -1)
        _exit(EXIT_LOST);
    /* Had the supervisor ended before that, no signal would come. */
    struct pollfd ended = {.fd = LIFELINE_FD};
    if (poll(&ended, 1, 0) != 0)
        _exit(EXIT_LOST);
}

static void send_packet(const struct text *packet)
{
    if (send(CONTROL_FD, packet->start, packet->used, MSG_NOSIGNAL) == -1)
        _exit(EXIT_LOST);
}

/* Hands the supervisor its end of a new actor's control channel. */
static void announce_child(const char *name, pid_t pid, int fd)
{
    char line[NAME_SIZE + 32];
    int length = snprintf(line, sizeof line, "forked %s %d", name, (int)pid);
    struct iovec part = {.iov_base = line, .iov_len = (size_t)length};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof fd)];
    } control;
    memset(&control, 0, sizeof control);
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    if (sendmsg(CONTROL_FD, &message, MSG_NOSIGNAL) == -1)
        _exit(EXIT_LOST);
}

static _Noreturn void serve(void);

void actor_fork(struct frame *frame, const char *child)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1) {
        frame->refused = "no control channel could be made for the child";
        return;
    }
    int theirs = move_descriptor(pair[0], FIRST_FREE_PRIVATE_FD, false);
    int ours = move_descriptor(pair[1], FIRST_FREE_PRIVATE_FD, false);
    ISSUE(frame, fork());
    if (frame->result == 0) {
        close(theirs);
        if (move_descriptor(ours, CONTROL_FD, true) == -1)
            _exit(EXIT_LOST);
        tie_life();
        if (frame->into[0] != '\0')
            variable_set_number(frame->into, 0);
        serve();
    }
    if (frame->result > 0)
        announce_child(child, (pid_t)frame->result, theirs);
    close(theirs);
    close(ours);
}

static pid_t parent_of(pid_t pid)
{
    char path[64];
    char text[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd == -1 ? -1 : read(fd, text, sizeof text - 1);
    if (fd != -1)
        close(fd);
    int parent = 0;
    char *name_end = length > 0 ? strrchr(text, ')') : NULL;
    return name_end != NULL && sscanf(name_end, ") %*c %d", &parent) == 1 ? parent : 0;
}

bool actor_may_signal(int pid)
{
    if (pid == -1)
        return false;
    /* The supervisor leads a session and a group of its own, and the first actors lead theirs: 0 means no one else. */
    if (pid == 0)
        return getpgrp() != getpgid(supervisor);
    pid_t at = pid < 0 ? -pid : pid;
    if (at == supervisor)
        return false;
    /* Who does not exist cannot be harmed; the kernel answers ESRCH. */
    if (kill(at, 0) == -1 && errno == ESRCH)
        return true;
    for (int depth = 0; at > 1 && depth < 64; depth++) {
        at = parent_of(at);
        if (at == supervisor)
            return true;
    }
    return false;
}

static void reply(long long number, const struct frame *frame)
{
    static char buffer[PACKET_SIZE];
    struct text packet;
    text_begin(&packet, buffer, sizeof buffer);
    if (frame->refused != NULL) {
        text_add(&packet, "refused %lld ", number);
        text_add_bytes(&packet, frame->refused, strlen(frame->refused));
    } else {
        long long took = (frame->ended.tv_sec - frame->began.tv_sec) * 1000000000LL +
                         (frame->ended.tv_nsec - frame->began.tv_nsec);
        text_add(&packet, "reply %lld %lld %d %lld%s", number, frame->result, frame->error, took,
                 frame->details->start);
    }
    send_packet(&packet);
}

/* A request: `number into call argument...`, where into is `-` when the result is not stored. */
static void answer(char *request)
{
    enum { NUMBER_WORD, INTO_WORD, CALL_WORD, FIRST_ARGUMENT };
    static char details[PACKET_SIZE];
    char *words[WORDS_MAX];
    struct text text;
    struct frame frame = {.details = &text};
    text_begin(&text, details, sizeof details);
    int count = split_words(request, words, WORDS_MAX);
    bool good = count >= FIRST_ARGUMENT && count - FIRST_ARGUMENT <= ARGUMENTS_MAX;
    for (int i = 0; good && i < count; i++) {
        ssize_t length = decode_word(words[i]);
        good = length >= 0 && strlen(words[i]) == (size_t)length;
    }
    if (good)
        perform(&frame, words[INTO_WORD], words[CALL_WORD], words + FIRST_ARGUMENT, count - FIRST_ARGUMENT);
    else
        frame.refused = "this request cannot be read";
    reply(count > 0 ? strtoll(words[NUMBER_WORD], NULL, 10) : 0, &frame);
}

static _Noreturn void serve(void)
{
    static char request[PACKET_SIZE];
    for (;;) {
        ssize_t length = recvfrom(CONTROL_FD, request, sizeof request - 1, 0, NULL, NULL);
        if (length == -1 && errno == EINTR)
            continue; /* a handler of the demo ran */
        if (length <= 0)
            _exit(EXIT_LOST);
        request[length] = '\0';
        answer(request);
    }
}

/* The state that a program started from a shell would find. */
static void begin_plainly(void)
{
    for (int number = 1; number < NSIG; number++)
        if (number != SIGKILL && number != SIGSTOP)
            signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    umask(077);
    setpgid(0, 0);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= 2; fd++)
        if (dup2(null, fd) == -1)
            _exit(EXIT_LOST);
    close(null);
}

/* All that the supervisor holds open, other than what an actor shares with it. */
static void close_others(void)
{
    for (int fd = 3; fd < CONTROL_FD; fd++)
        close(fd);
    if (syscall(SYS_close_range, RUN_FD + 1, ~0U, 0) == 0)
        return;
    for (int fd = RUN_FD + 1; fd < 1024; fd++)
        close(fd);
}

_Noreturn void actor_main(int control)
{
    supervisor = getppid();
    if (move_descriptor(control, CONTROL_FD, true) == -1 || fchdir(RUN_FD) == -1 || chdir("files") == -1)
        _exit(EXIT_LOST);
    close_others();
    begin_plainly();
    tie_life();
    for (int i = 0; i < RUN_KEYS; i++) {
        char name[NAME_SIZE];
        snprintf(name, sizeof name, "run_key[%d]", i);
        variable_set_number(name, run.keys[i]);
    }
    variable_set_number("run_port", run_port());
    variable_set_bytes("run_name", run.name, strlen(run.name));
    serve();
}
