#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "actor.h"
#include "peek.h"
#include "run.h"

enum { LINE_SIZE = 2 * PACKET_SIZE };

static struct actor actors[ACTORS_MAX];
static size_t actor_count;
static int lifeline = -1; /* write end: closing it kills every actor */
static int child_signals = -1;
static bool going = true;

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
        going = false; /* the server is gone */
}

static void complain(const char *about)
{
    char buffer[512];
    struct text text;
    text_begin(&text, buffer, sizeof buffer);
    text_add_bytes(&text, about, strlen(about));
    tell("error %s", buffer);
}

/* The actor that answers to this name: the latest one, since a name may be used again. */
static struct actor *find_actor(const char *name)
{
    for (size_t i = actor_count; i-- > 0;)
        if (strcmp(actors[i].name, name) == 0)
            return &actors[i];
    return NULL;
}

/* Takes over the descriptor. A process that cannot be added loses its channel, and ends. */
static bool add_actor(const char *name, pid_t pid, int control)
{
    struct actor actor = {.pid = pid, .control = move_descriptor(control, FIRST_FREE_PRIVATE_FD, false)};
    actor.pidfd = move_descriptor((int)syscall(SYS_pidfd_open, pid, 0), FIRST_FREE_PRIVATE_FD, false);
    if (actor_count == ACTORS_MAX || strlen(name) >= NAME_SIZE || actor.control == -1 || actor.pidfd == -1) {
        if (actor.control != -1)
            close(actor.control);
        if (actor.pidfd != -1)
            close(actor.pidfd);
        return false;
    }
    snprintf(actor.name, sizeof actor.name, "%s", name);
    actors[actor_count++] = actor;
    return true;
}

/* -------------------------------------------------------------- from actors */

/* An actor forked: its packet brings the new actor's control channel. */
static void take_child(const struct actor *parent, char *packet, int control)
{
    char name[NAME_SIZE];
    int pid;
    bool named = sscanf(packet, "forked %31s %d", name, &pid) == 2;
    if (!named)
        close(control);
    if (named && add_actor(name, pid, control))
        tell("forked %s %s %d", parent->name, name, pid);
    else
        complain("A child process could not be taken in.");
}

/*
 * The channel is closed when the process ends, and when another program takes its place. A process that ends has given up
 * its program by then; one that goes on has another.
 */
static void tell_replaced(const struct actor *actor)
{
    char path[64];
    char program[PATH_MAX], own[PATH_MAX];
    snprintf(path, sizeof path, "/proc/%d/exe", (int)actor->pid);
    ssize_t length = readlink(path, program, sizeof program);
    ssize_t own_length = readlink("/proc/self/exe", own, sizeof own);
    if (length > 0 && (length != own_length || memcmp(program, own, (size_t)length) != 0))
        tell("replaced %s %d", actor->name, (int)actor->pid);
}

/* Passes on one packet. Returns false when there is none now. */
static bool take_packet(struct actor *actor)
{
    static char packet[PACKET_SIZE + 1];
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {.iov_base = packet, .iov_len = PACKET_SIZE};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
    ssize_t length = recvmsg(actor->control, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (length == -1 && (errno == EINTR || errno == EAGAIN))
        return errno == EINTR;
    if (length <= 0) {
        close(actor->control);
        actor->control = -1;
        tell_replaced(actor);
        return false;
    }
    packet[length] = '\0';
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_type == SCM_RIGHTS) {
        int fd;
        memcpy(&fd, CMSG_DATA(header), sizeof fd);
        take_child(actor, packet, fd);
        return true;
    }
    /* `reply 7 ...` becomes `reply parent 7 ...`. */
    char *rest = strchr(packet, ' ');
    if (rest != NULL)
        tell("%.*s %s%s", (int)(rest - packet), packet, actor->name, rest);
    return true;
}

/* What an actor said before it ended comes first. */
static void announce_end(struct actor *actor, const char *how)
{
    while (actor->control != -1 && take_packet(actor))
        continue;
    actor->ended = true;
    close(actor->pidfd);
    actor->pidfd = -1;
    if (actor->control != -1)
        close(actor->control);
    actor->control = -1;
    tell("ended %s %d %s", actor->name, (int)actor->pid, how);
}

static void describe_status(char *how, size_t size, int status, const char *left)
{
    if (WIFSIGNALED(status))
        snprintf(how, size, "killed=%d %s", WTERMSIG(status), left);
    else
        snprintf(how, size, "exited=%d %s", WEXITSTATUS(status), left);
}

/* Takes in the processes whose parent is the supervisor: its own actors, and those whose parent ended before them. */
static void reap(void)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        bool known = false;
        for (size_t i = 0; i < actor_count; i++) {
            if (actors[i].pid != pid || actors[i].ended)
                continue;
            char how[64];
            describe_status(how, sizeof how, status, "gone");
            announce_end(&actors[i], how);
            known = true;
        }
        if (!known)
            tell("reaped %d", (int)pid);
    }
}

/* An actor's pidfd says that it ended. Its status is its parent's to collect; /proc shows it without collecting. */
static void look_at_end(struct actor *actor)
{
    reap();
    if (actor->ended)
        return;
    char path[64];
    char stat[1024] = "";
    char how[64] = "unknown gone";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)actor->pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd == -1 ? -1 : read(fd, stat, sizeof stat - 1);
    if (fd != -1)
        close(fd);
    char *after_name = length > 0 ? strrchr(stat, ')') : NULL;
    if (after_name != NULL && after_name[1] == ' ' && after_name[2] == 'Z') {
        char *last = strrchr(stat, ' '); /* exit_code is the last field */
        describe_status(how, sizeof how, last == NULL ? 0 : atoi(last + 1), "zombie");
    }
    announce_end(actor, how);
}

/* -------------------------------------------------------------- from the server */

/* Names stand in lines of words: letters, digits and - only. */
static bool is_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
    return length > 0 && length < NAME_SIZE && name[length] == '\0';
}

static void start_actor(const char *name)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1) {
        complain("No control channel could be made.");
        return;
    }
    pid_t pid = fork();
    if (pid == 0)
        actor_main(pair[1]);
    close(pair[1]);
    if (pid == -1)
        close(pair[0]);
    if (pid != -1 && add_actor(name, pid, pair[0]))
        tell("started %s %d", name, (int)pid);
    else
        complain("A process could not be started.");
}

static void pass_call(char *rest)
{
    char *request = strchr(rest, ' ');
    if (request == NULL) {
        complain("A call needs a process and a request.");
        return;
    }
    *request++ = '\0';
    struct actor *actor = find_actor(rest);
    if (actor == NULL || actor->control == -1 ||
        send(actor->control, request, strlen(request), MSG_NOSIGNAL | MSG_DONTWAIT) == -1)
        tell("refused %s %lld this%%20process%%20does%%20not%%20run", rest, strtoll(request, NULL, 10));
}

/*
 * `signal NAME NUMBER`: what a person does to a process from outside. A pidfd names the process and no other that may get its
 * number.
 */
static void signal_actor(const char *name, const char *number)
{
    static const int offered[] = {SIGKILL, SIGSTOP, SIGCONT};
    struct actor *actor = find_actor(name);
    for (size_t i = 0; i < sizeof offered / sizeof offered[0]; i++) {
        if (offered[i] != atoi(number))
            continue;
        if (actor != NULL && actor->pidfd != -1)
            syscall(SYS_pidfd_send_signal, actor->pidfd, offered[i], NULL, 0);
        return;
    }
    complain("This signal is not one that is sent from outside.");
}

static const struct {
    const char *name;
    void (*look)(const char *tag, const struct actor *actor, const char *what);
} peeks[] = {
#define PEEK(name) {"peek-" #name, peek_##name},
#include "peeks.h"
#undef PEEK
};

/* `peek-NAME TAG PROCESS WHAT`, where the process is `-` when none is needed. */
static void pass_peek(char **words, int count)
{
    for (size_t i = 0; i < sizeof peeks / sizeof peeks[0] && count == 4; i++) {
        if (strcmp(words[0], peeks[i].name) != 0)
            continue;
        struct actor *actor = find_actor(words[2]);
        bool needed = strcmp(words[2], "-") != 0;
        if (decode_word(words[3]) < 0 || (needed && (actor == NULL || actor->ended)))
            unseen(words[1], "gone");
        else
            peeks[i].look(words[1], actor, words[3]);
        return;
    }
    complain("This request is not known.");
}

static void obey(char *line)
{
    if (strncmp(line, "call ", 5) == 0) {
        pass_call(line + 5);
        return;
    }
    char *words[WORDS_MAX];
    int count = split_words(line, words, WORDS_MAX);
    if (count == 2 && strcmp(words[0], "start") == 0 && is_name(words[1]))
        start_actor(words[1]);
    else if (count == 3 && strcmp(words[0], "signal") == 0)
        signal_actor(words[1], words[2]);
    else if (count == 1 && strcmp(words[0], "end") == 0)
        going = false;
    else if (count > 0)
        pass_peek(words, count);
    else if (count < 0)
        complain("This request has too many words.");
}

static void read_server(void)
{
    static char held[LINE_SIZE];
    static size_t used;
    ssize_t count = read(STDIN_FILENO, held + used, sizeof held - 1 - used);
    if (count == -1 && errno == EINTR)
        return;
    if (count <= 0) {
        going = false;
        return;
    }
    used += (size_t)count;
    held[used] = '\0';
    char *line = held;
    for (char *end = memchr(line, '\n', used); end != NULL && going;
         end = memchr(line, '\n', used - (size_t)(line - held))) {
        *end = '\0';
        obey(line);
        line = end + 1;
    }
    used -= (size_t)(line - held);
    memmove(held, line, used);
    if (used == sizeof held - 1) {
        complain("A request is too long.");
        used = 0;
    }
}

/* -------------------------------------------------------------------- the loop */

static void wait_and_handle(void)
{
    struct pollfd list[2 + 2 * ACTORS_MAX];
    size_t known = actor_count;
    list[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    list[1] = (struct pollfd){.fd = child_signals, .events = POLLIN};
    for (size_t i = 0; i < known; i++) {
        list[2 + 2 * i] = (struct pollfd){.fd = actors[i].control, .events = POLLIN};
        list[3 + 2 * i] = (struct pollfd){.fd = actors[i].pidfd, .events = POLLIN};
    }
    if (poll(list, 2 + 2 * known, -1) == -1)
        return;
    for (size_t i = 0; i < known; i++) {
        if (list[2 + 2 * i].revents != 0 && actors[i].control != -1)
            take_packet(&actors[i]);
        if (list[3 + 2 * i].revents != 0 && !actors[i].ended)
            look_at_end(&actors[i]);
    }
    if (list[1].revents != 0) {
        struct signalfd_siginfo info;
        if (read(child_signals, &info, sizeof info) > 0)
            reap();
    }
    if (list[0].revents != 0)
        read_server();
}

static void kill_children(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *list = fopen(path, "re");
    int pid;
    while (list != NULL && fscanf(list, "%d", &pid) == 1)
        kill(pid, SIGKILL);
    if (list != NULL)
        fclose(list);
}

/* Ends every process of the run. As their subreaper the supervisor inherits all of them in the end. */
static void end_all(void)
{
    close(lifeline);
    for (size_t i = 0; i < actor_count; i++)
        if (actors[i].pidfd != -1)
            syscall(SYS_pidfd_send_signal, actors[i].pidfd, SIGKILL, NULL, 0);
    for (int tries = 0; tries < 300; tries++) {
        pid_t pid;
        while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
            continue;
        if (pid == -1 && errno == ECHILD)
            return;
        kill_children();
        poll(&(struct pollfd){.fd = child_signals, .events = POLLIN}, 1, 10);
        struct signalfd_siginfo info;
        if (read(child_signals, &info, sizeof info) == -1 && errno != EAGAIN)
            return;
    }
}

static bool prepare(const char *base, char *problem, size_t size)
{
    int pair[2];
    sigset_t children;
    setsid(); /* no terminal's Ctrl+C reaches the demo, and no group kill leaves it */
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    child_signals = move_descriptor(signalfd(-1, &children, SFD_NONBLOCK | SFD_CLOEXEC), FIRST_FREE_PRIVATE_FD, false);
    bool good = child_signals != -1 && prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 && pipe2(pair, O_CLOEXEC) == 0;
    if (good) {
        lifeline = move_descriptor(pair[1], FIRST_FREE_PRIVATE_FD, false);
        good = lifeline != -1 && move_descriptor(pair[0], LIFELINE_FD, true) != -1;
    }
    if (!good)
        snprintf(problem, size, "Cannot prepare the demo's supervisor: %s.", strerror(errno));
    int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
    if (pidfd == -1) {
        snprintf(problem, size, "Live demos need Linux 5.6 or later.");
        return false;
    }
    close(pidfd);
    return good && run_create(base, problem, size);
}

int stage_main(const char *base)
{
    char problem[PATH_MAX + 128] = "";
    run_sweep_stale(base);
    if (!prepare(base, problem, sizeof problem)) {
        complain(problem);
        return EXIT_FAILURE;
    }
    char buffer[3 * PATH_MAX];
    struct text text;
    text_begin(&text, buffer, sizeof buffer);
    text_add_bytes(&text, run.directory, strlen(run.directory));
    tell("ready directory=%s recvfrom=%d control=%d", buffer, SYS_recvfrom, CONTROL_FD);
    while (going)
        wait_and_handle();
    end_all();
    run_remove();
    tell("bye");
    return EXIT_SUCCESS;
}
