#include "cast.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"
#include "run.h"
#include "tell.h"

static struct actor actors[ACTORS_MAX];
static size_t actor_count;

struct actor *find_actor(const char *name)
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

void start_actor(const char *name)
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

/* ------------------------------------------------------------ what they say */

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

void reap(void)
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

/* ------------------------------------------------------------------ all of them */

size_t watch_actors(struct pollfd *list)
{
    for (size_t i = 0; i < actor_count; i++) {
        list[2 * i] = (struct pollfd){.fd = actors[i].control, .events = POLLIN};
        list[2 * i + 1] = (struct pollfd){.fd = actors[i].pidfd, .events = POLLIN};
    }
    return 2 * actor_count;
}

void hear_actors(const struct pollfd *list, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        if (list[2 * i].revents != 0 && actors[i].control != -1)
            take_packet(&actors[i]);
        if (list[2 * i + 1].revents != 0 && !actors[i].ended)
            look_at_end(&actors[i]);
    }
}

void kill_actors(void)
{
    for (size_t i = 0; i < actor_count; i++)
        if (actors[i].pidfd != -1)
            syscall(SYS_pidfd_send_signal, actors[i].pidfd, SIGKILL, NULL, 0);
}
