/* Calls on signals. A handler is chosen by name among the few that are here. */
#include "call.h"

#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "actor.h"

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
    if (number < 1 || number > 64) {
        frame->refused = "signals have the numbers 1 to 64";
        return;
    }
    frame->result = handled[number];
}

/* The set of the signals in the arguments from `first` on. */
static sigset_t set_from(struct frame *frame, int first)
{
    sigset_t set;
    sigemptyset(&set);
    for (int i = first; i < ARGUMENTS_MAX && frame->argument[i].given; i++)
        sigaddset(&set, NUMBER(frame, i));
    return set;
}

/* how, signals */
static void run_sigprocmask(struct frame *frame)
{
    sigset_t set = set_from(frame, 1);
    ISSUE(frame, sigprocmask(NUMBER(frame, 0), &set, NULL));
}

/* Tells which of the signals of its arguments are pending. */
static void run_sigpending(struct frame *frame)
{
    sigset_t pending;
    ISSUE(frame, sigpending(&pending));
    int found = 0;
    for (int i = 0; frame->result == 0 && i < ARGUMENTS_MAX && frame->argument[i].given; i++)
        found += sigismember(&pending, NUMBER(frame, i)) == 1;
    if (frame->result == 0)
        text_add(frame->details, " data=%d", found);
}

/* the signals that stay blocked meanwhile */
static void run_sigsuspend(struct frame *frame)
{
    sigset_t set = set_from(frame, 0);
    ISSUE(frame, sigsuspend(&set));
}

static void report_value(struct frame *frame, int number, int value)
{
    text_add(frame->details, " data=%d sent=%d", value, number);
}

/* process, signal, value */
static void run_sigqueue(struct frame *frame)
{
    union sigval value = {.sival_int = NUMBER(frame, 2)};
    if (!actor_may_signal(NUMBER(frame, 0))) {
        frame->refused = "a demo process signals only processes of its own demo";
        return;
    }
    ISSUE(frame, sigqueue(NUMBER(frame, 0), NUMBER(frame, 1), value));
    if (frame->result == 0)
        report_value(frame, NUMBER(frame, 1), value.sival_int);
}

/* signals */
static void run_sigwaitinfo(struct frame *frame)
{
    sigset_t set = set_from(frame, 0);
    siginfo_t info;
    memset(&info, 0, sizeof info);
    ISSUE(frame, sigwaitinfo(&set, &info));
    if (frame->result > 0)
        report_value(frame, info.si_signo, info.si_value.sival_int);
}

/* seconds, signals */
static void run_sigtimedwait(struct frame *frame)
{
    sigset_t set = set_from(frame, 1);
    siginfo_t info;
    memset(&info, 0, sizeof info);
    ISSUE(frame, sigtimedwait(&set, &info, &(struct timespec){.tv_sec = NUMBER(frame, 0)}));
    if (frame->result > 0)
        report_value(frame, info.si_signo, info.si_value.sival_int);
}

/* flags, signals */
static void run_signalfd(struct frame *frame)
{
    sigset_t set = set_from(frame, 1);
    ISSUE(frame, signalfd(-1, &set, NUMBER(frame, 0)));
}

/* Not a call of its own: read, which finds one signal. */
static void run_read_signal(struct frame *frame)
{
    struct signalfd_siginfo info;
    memset(&info, 0, sizeof info);
    ISSUE(frame, read(NUMBER(frame, 0), &info, sizeof info));
    if (frame->result == (long long)sizeof info)
        report_value(frame, (int)info.ssi_signo, info.ssi_int);
}

static const struct call calls[] = {
    {"sigaction", "in?i", run_sigaction},
    {"signal", "in", run_signal},
    {"handled", "i", run_handled},
    {"sigprocmask", "i?iiii", run_sigprocmask},
    {"sigpending", "?iiii", run_sigpending},
    {"sigsuspend", "?iiii", run_sigsuspend},
    {"sigqueue", "iii", run_sigqueue},
    {"sigwaitinfo", "i?iii", run_sigwaitinfo},
    {"sigtimedwait", "ii?iii", run_sigtimedwait},
    {"signalfd", "ii?iii", run_signalfd},
    {"read_signal", "d", run_read_signal},
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
    /* A function call in C; so many numbers below it glibc keeps for itself. */
    {"SIGRTMIN", 34},
    CONSTANT(SIG_BLOCK),
    CONSTANT(SIG_UNBLOCK),
    CONSTANT(SIG_SETMASK),
    CONSTANT(SFD_CLOEXEC),
    CONSTANT(SFD_NONBLOCK),
    CONSTANT(SA_RESTART),
    CONSTANT(SA_NOCLDWAIT),
    CONSTANT(SA_NOCLDSTOP),
    CONSTANT(SA_RESETHAND),
    CONSTANT(SA_NODEFER),
    {NULL, 0},
};

const struct table signal_table = {calls, constants};
