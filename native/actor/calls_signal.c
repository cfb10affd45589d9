/* Calls on signals. A handler is chosen by name among the few that are here. */
#include "call.h"

#include <signal.h>
#include <string.h>

/* How often each signal was handled. */
static volatile sig_atomic_t handled[65];

static void note(int number)
{
    if (number > 0 && number < 65)
        handled[number]++;
}

static const struct {
    const char *name;
    void (*handler)(int);
} handlers[] = {
    {"SIG_DFL", SIG_DFL},
    {"SIG_IGN", SIG_IGN},
    {"note", note},
};

static bool find_handler(struct frame *frame, void (**handler)(int))
{
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
        if (strcmp(handlers[i].name, frame->argument[1].name) == 0) {
            *handler = handlers[i].handler;
            return true;
        }
    }
    frame->refused = "a handler is SIG_DFL, SIG_IGN or note";
    return false;
}

static void run_sigaction(struct frame *frame)
{
    struct sigaction action = {.sa_flags = NUMBER(frame, 2)};
    sigemptyset(&action.sa_mask);
    if (!find_handler(frame, &action.sa_handler))
        return;
    if ((action.sa_flags & (SA_SIGINFO | SA_ONSTACK)) != 0) {
        frame->refused = "the handlers here take one argument and run on the usual stack";
        return;
    }
    ISSUE(frame, sigaction(NUMBER(frame, 0), &action, NULL));
}

static void run_signal(struct frame *frame)
{
    void (*handler)(int) = SIG_DFL;
    if (find_handler(frame, &handler))
        ISSUE(frame, signal(NUMBER(frame, 0), handler) == SIG_ERR ? -1 : 0);
}

/* Not a system call: how often the handler `note` ran for a signal. */
static void run_handled(struct frame *frame)
{
    int number = NUMBER(frame, 0);
    frame->result = number > 0 && number < 65 ? handled[number] : 0;
}

static const struct call calls[] = {
    {"sigaction", "in?i", run_sigaction},
    {"signal", "in", run_signal},
    {"handled", "i", run_handled},
    {NULL, NULL, NULL},
};

static const struct constant constants[] = {
    CONSTANT(SIGHUP),
    CONSTANT(SIGINT),
    CONSTANT(SIGQUIT),
    CONSTANT(SIGILL),
    CONSTANT(SIGTRAP),
    CONSTANT(SIGABRT),
    CONSTANT(SIGBUS),
    CONSTANT(SIGFPE),
    CONSTANT(SIGKILL),
    CONSTANT(SIGUSR1),
    CONSTANT(SIGSEGV),
    CONSTANT(SIGUSR2),
    CONSTANT(SIGPIPE),
    CONSTANT(SIGALRM),
    CONSTANT(SIGTERM),
    CONSTANT(SIGCHLD),
    CONSTANT(SIGCONT),
    CONSTANT(SIGSTOP),
    CONSTANT(SIGTSTP),
    CONSTANT(SIGTTIN),
    CONSTANT(SIGTTOU),
    CONSTANT(SIGURG),
    CONSTANT(SIGIO),
    CONSTANT(SIGWINCH),
    CONSTANT(SA_RESTART),
    CONSTANT(SA_NOCLDWAIT),
    CONSTANT(SA_NOCLDSTOP),
    CONSTANT(SA_RESETHAND),
    CONSTANT(SA_NODEFER),
    {NULL, 0},
};

const struct table signal_table = {calls, constants};
