#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cast.h"
#include "peek.h"
#include "run.h"
#include "tell.h"

static int lifeline = -1; /* write end: closing it kills every actor */
static int child_signals = -1;
static bool going = true;

/* -------------------------------------------------------------- from the server */

/* Names stand in lines of words: letters, digits and - only. */
static bool is_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
    return length > 0 && length < NAME_SIZE && name[length] == '\0';
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
    for (char *end = memchr(line, '\n', used); end != NULL && going && is_server_listening();
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
    list[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    list[1] = (struct pollfd){.fd = child_signals, .events = POLLIN};
    size_t watched = watch_actors(list + 2);
    if (poll(list, 2 + watched, -1) == -1)
        return;
    hear_actors(list + 2, watched);
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
    kill_actors();
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
    while (going && is_server_listening())
        wait_and_handle();
    end_all();
    run_remove();
    tell("bye");
    return EXIT_SUCCESS;
}
