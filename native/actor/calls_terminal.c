/* Pseudo-terminals. */
#include "call.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static void run_posix_openpt(struct frame *frame)
{
    ISSUE(frame, posix_openpt(NUMBER(frame, 0)));
}

static void run_grantpt(struct frame *frame)
{
    ISSUE(frame, grantpt(NUMBER(frame, 0)));
}

static void run_unlockpt(struct frame *frame)
{
    ISSUE(frame, unlockpt(NUMBER(frame, 0)));
}

/* open(ptsname(master), flags): no other path can be given. */
static void run_open_slave(struct frame *frame)
{
    char path[64];
    int error = ptsname_r(NUMBER(frame, 0), path, sizeof path);
    if (error != 0) {
        frame->result = -1;
        frame->error = error;
        return;
    }
    ISSUE(frame, open(path, NUMBER(frame, 1) & (O_ACCMODE | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)));
}

static void run_setsid(struct frame *frame)
{
    ISSUE(frame, setsid());
}

/* ioctl with TIOCSCTTY: the only command, since others would read or write through an address. */
static void run_ioctl(struct frame *frame)
{
    if (NUMBER(frame, 1) != TIOCSCTTY) {
        frame->refused = "this ioctl command is not one that a demo process may issue";
        return;
    }
    ISSUE(frame, ioctl(NUMBER(frame, 0), TIOCSCTTY, 0));
}

/* tcgetattr, the modes removed from c_lflag, tcsetattr */
static void run_turn_off(struct frame *frame)
{
    struct termios modes;
    ISSUE(frame, tcgetattr(NUMBER(frame, 0), &modes));
    if (frame->result == -1)
        return;
    modes.c_lflag &= ~(tcflag_t)NUMBER(frame, 1);
    ISSUE(frame, tcsetattr(NUMBER(frame, 0), TCSANOW, &modes));
}

static const struct call calls[] = {
    {"posix_openpt", "i", run_posix_openpt},
    {"grantpt", "d", run_grantpt},
    {"unlockpt", "d", run_unlockpt},
    {"open_slave", "di", run_open_slave},
    {"setsid", "", run_setsid},
    {"ioctl", "diii", run_ioctl},
    {"turn_off", "di", run_turn_off},
    {NULL, NULL, NULL},
};

static const struct constant constants[] = {
    CONSTANT(O_NOCTTY),
    CONSTANT(TIOCSCTTY),
    CONSTANT(ECHO),
    CONSTANT(ICANON),
    {NULL, 0},
};

const struct table terminal_table = {calls, constants};
