/* The constants that arguments may name, with the values of the machine this is compiled on. */
#include "value.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONSTANT(name) {#name, name}

static const struct {
    const char *name;
    long long value;
} constants[] = {
    {"NULL", 0},
    CONSTANT(STDIN_FILENO), CONSTANT(STDOUT_FILENO), CONSTANT(STDERR_FILENO),
    CONSTANT(EXIT_SUCCESS), CONSTANT(EXIT_FAILURE),
    /* open, pipe2, fcntl */
    CONSTANT(O_RDONLY), CONSTANT(O_WRONLY), CONSTANT(O_RDWR), CONSTANT(O_CREAT), CONSTANT(O_EXCL),
    CONSTANT(O_TRUNC), CONSTANT(O_APPEND), CONSTANT(O_NONBLOCK), CONSTANT(O_CLOEXEC), CONSTANT(O_DIRECT),
    CONSTANT(F_GETFD), CONSTANT(F_SETFD), CONSTANT(FD_CLOEXEC), CONSTANT(F_GETFL), CONSTANT(F_SETFL),
    CONSTANT(F_DUPFD), CONSTANT(F_DUPFD_CLOEXEC), CONSTANT(F_GETPIPE_SZ), CONSTANT(F_SETPIPE_SZ),
    CONSTANT(SEEK_SET), CONSTANT(SEEK_CUR), CONSTANT(SEEK_END),
    CONSTANT(PIPE_BUF),
    /* System V IPC */
    CONSTANT(IPC_PRIVATE), CONSTANT(IPC_CREAT), CONSTANT(IPC_EXCL), CONSTANT(IPC_NOWAIT), CONSTANT(IPC_RMID),
    CONSTANT(IPC_STAT), CONSTANT(IPC_SET), CONSTANT(MSG_NOERROR), CONSTANT(MSG_EXCEPT),
    /* waitpid */
    CONSTANT(WNOHANG), CONSTANT(WUNTRACED), CONSTANT(WCONTINUED),
    /* signals */
    CONSTANT(SIGHUP), CONSTANT(SIGINT), CONSTANT(SIGQUIT), CONSTANT(SIGILL), CONSTANT(SIGTRAP), CONSTANT(SIGABRT),
    CONSTANT(SIGBUS), CONSTANT(SIGFPE), CONSTANT(SIGKILL), CONSTANT(SIGUSR1), CONSTANT(SIGSEGV), CONSTANT(SIGUSR2),
    CONSTANT(SIGPIPE), CONSTANT(SIGALRM), CONSTANT(SIGTERM), CONSTANT(SIGCHLD), CONSTANT(SIGCONT),
    CONSTANT(SIGSTOP), CONSTANT(SIGTSTP), CONSTANT(SIGTTIN), CONSTANT(SIGTTOU), CONSTANT(SIGURG),
    CONSTANT(SIGIO), CONSTANT(SIGWINCH),
    CONSTANT(SA_RESTART), CONSTANT(SA_NOCLDWAIT), CONSTANT(SA_NOCLDSTOP), CONSTANT(SA_RESETHAND), CONSTANT(SA_NODEFER),
};

bool constant_find(const char *name, long long *value)
{
    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++) {
        if (strcmp(constants[i].name, name) == 0) {
            *value = constants[i].value;
            return true;
        }
    }
    return false;
}
