/* Calls that make, end, await and name processes. */
#include "call.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

static void run_fork(struct frame *frame)
{
    actor_fork(frame, frame->argument[0].name);
}

static void run_exit(struct frame *frame)
{
    _exit(NUMBER(frame, 0));
}

static void run_waitpid(struct frame *frame)
{
    int status = 0;
    ISSUE(frame, waitpid((pid_t)NUMBER(frame, 0), &status, NUMBER(frame, 2)));
    if (frame->result > 0) {
        if (strcmp(frame->argument[1].name, "NULL") != 0)
            store_number(frame, frame->argument[1].name, status);
        if (WIFEXITED(status))
            text_add(frame->details, " exited=%d", WEXITSTATUS(status));
        else if (WIFSIGNALED(status))
            text_add(frame->details, " killed=%d", WTERMSIG(status));
        else if (WIFSTOPPED(status))
            text_add(frame->details, " stopped=%d", WSTOPSIG(status));
        else
            text_add(frame->details, " continued=1");
    }
}

static void run_kill(struct frame *frame)
{
    int pid = NUMBER(frame, 0);
    if (!actor_may_signal(pid)) {
        frame->refused = "a demo process signals only processes of its own demo";
        return;
    }
    ISSUE(frame, kill(pid, NUMBER(frame, 1)));
}

static void run_raise(struct frame *frame)
{
    ISSUE(frame, raise(NUMBER(frame, 0)));
}

static void run_getpid(struct frame *frame)
{
    ISSUE(frame, getpid());
}

static void run_getppid(struct frame *frame)
{
    ISSUE(frame, getppid());
}

static void run_pause(struct frame *frame)
{
    ISSUE(frame, pause());
}

static void run_sleep(struct frame *frame)
{
    ISSUE(frame, sleep((unsigned)NUMBER(frame, 0)));
}

static void run_alarm(struct frame *frame)
{
    ISSUE(frame, alarm((unsigned)NUMBER(frame, 0)));
}

static const struct call calls[] = {
    {"fork", "n", run_fork},
    {"_exit", "i", run_exit},
    {"exit", "i", run_exit}, /* an actor has no buffers of a demo's to write out */
    {"waitpid", "ini", run_waitpid},
    {"kill", "ii", run_kill},
    {"raise", "i", run_raise},
    {"getpid", "", run_getpid},
    {"getppid", "", run_getppid},
    {"pause", "", run_pause},
    {"sleep", "i", run_sleep},
    {"alarm", "i", run_alarm},
    {NULL, NULL, NULL},
};

static const struct constant constants[] = {
    CONSTANT(EXIT_SUCCESS),
    CONSTANT(EXIT_FAILURE),
    CONSTANT(WNOHANG),
    CONSTANT(WUNTRACED),
    CONSTANT(WCONTINUED),
    {NULL, 0},
};

const struct table process_table = {calls, constants};
