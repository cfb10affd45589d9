/* A pseudo-terminal, seen from a descriptor of its master or its slave. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "peek.h"

void peek_terminal(const char *tag, const struct actor *actor, const char *what)
{
    int fd = actor == NULL ? -1 : copy_descriptor(actor, atoi(what));
    struct termios modes;
    char name[64] = "";
    int unread = 0;
    int session = 0;
    if (fd == -1 || tcgetattr(fd, &modes) == -1) {
        unseen(tag, strerror(errno));
        if (fd != -1)
            close(fd);
        return;
    }
    bool master = ptsname_r(fd, name, sizeof name) == 0;
    if (ioctl(fd, FIONREAD, &unread) == -1)
        unread = 0;
    if (ioctl(fd, TIOCGSID, &session) == -1)
        session = 0;
    tell("seen %s master=%d echo=%d lines=%d unread=%d session=%d name=%s", tag, master, (modes.c_lflag & ECHO) != 0,
         (modes.c_lflag & ICANON) != 0, unread, session, name[0] == '\0' ? "%_" : name);
    close(fd);
}
