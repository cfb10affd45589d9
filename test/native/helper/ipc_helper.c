/*
 * Makes and uses IPC objects at a test's word: one command a line on stdin, one answer a line on stdout: `ok NUMBER`
 * or `error ERRNO`. It ends at end-of-file, so it cannot outlive the test.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd_helper.h"

enum { MAX_WORDS = 12, MAX_LINE = 512, MAX_BYTES = 8192 };

static char bytes[sizeof(long) + MAX_BYTES];

static long number(const char *word) { return word ? strtol(word, NULL, 0) : 0; }

static long sysv_msg(char **w)
{
    if (!strcmp(w[0], "msgget"))
        return msgget((key_t) number(w[1]), IPC_CREAT | IPC_EXCL | (int) number(w[2]));
    *(long *) bytes = number(w[2]);
    if (!strcmp(w[0], "msgsnd"))
        return msgsnd((int) number(w[1]), bytes, (size_t) number(w[3]), 0);
    return msgrcv((int) number(w[1]), bytes, MAX_BYTES, number(w[2]), 0);
}

static long sysv_sem(char **w)
{
    if (!strcmp(w[0], "semget"))
        return semget((key_t) number(w[1]), (int) number(w[2]), IPC_CREAT | IPC_EXCL | (int) number(w[3]));
    if (!strcmp(w[0], "semset"))
        return semctl((int) number(w[1]), (int) number(w[2]), SETVAL, (int) number(w[3]));
    /* semop ID NUMBER CHANGE [undo] */
    short undo = w[4] && !strcmp(w[4], "undo") ? SEM_UNDO : 0;
    struct sembuf operation = {(unsigned short) number(w[2]), (short) number(w[3]), undo};
    return semop((int) number(w[1]), &operation, 1);
}

static long sysv_shm(char **w)
{
    static void *attached;
    if (!strcmp(w[0], "shmget"))
        return shmget((key_t) number(w[1]), (size_t) number(w[2]), IPC_CREAT | IPC_EXCL | (int) number(w[3]));
    if (!strcmp(w[0], "shmdt"))
        return shmdt(attached);
    attached = shmat((int) number(w[1]), NULL, 0);
    return attached == (void *) -1 ? -1 : 0;
}

/* Descriptors stay open: the test may ask for a queue in use. */
static long posix_mq(char **w)
{
    if (!strcmp(w[0], "mq_open")) {
        struct mq_attr attributes = {.mq_maxmsg = number(w[3]), .mq_msgsize = number(w[4])};
        return mq_open(w[1], O_RDWR | O_CREAT | O_EXCL, (mode_t) number(w[2]), &attributes);
    }
    mqd_t queue = mq_open(w[1], O_RDWR);
    if (queue == -1)
        return -1;
    if (!strcmp(w[0], "mq_send"))
        return mq_send(queue, bytes, (size_t) number(w[2]), (unsigned) number(w[3]));
    if (!strcmp(w[0], "mq_receive"))
        return mq_receive(queue, bytes, MAX_BYTES, NULL);
    /* mq_notify NAME [SIGNAL] */
    int signal = (int) number(w[2]);
    struct sigevent event = {.sigev_notify = signal ? SIGEV_SIGNAL : SIGEV_NONE, .sigev_signo = signal};
    return mq_notify(queue, &event);
}

static long posix_sem(char **w)
{
    if (!strcmp(w[0], "sem_open")) {
        sem_t *made = sem_open(w[1], O_CREAT | O_EXCL, (mode_t) number(w[2]), (unsigned) number(w[3]));
        return made == SEM_FAILED ? -1 : 0;
    }
    sem_t *semaphore = sem_open(w[1], 0);
    if (semaphore == SEM_FAILED)
        return -1;
    return !strcmp(w[0], "sem_wait") ? sem_wait(semaphore) : sem_post(semaphore);
}

static long posix_shm(char **w)
{
    int fd = shm_open(w[1], O_RDWR | (!strcmp(w[0], "shm_open") ? O_CREAT | O_EXCL : 0), (mode_t) number(w[2]));
    if (fd == -1)
        return -1;
    if (!strcmp(w[0], "shm_open"))
        return ftruncate(fd, number(w[3]));
    return pwrite(fd, bytes, (size_t) number(w[3]), 0);
}

/* Makes and removes one of each kind, over and over. */
static long churn(char **w)
{
    long times = number(w[1]);
    for (long i = 0; i < times; i++) {
        int sem = semget(IPC_PRIVATE, 4, 0600);
        int msg = msgget(IPC_PRIVATE, 0600);
        int shm = shmget(IPC_PRIVATE, 4096, 0600);
        mqd_t mq = mq_open("/churn", O_RDWR | O_CREAT, 0600, NULL);
        int object = shm_open("/churn", O_RDWR | O_CREAT, 0600);
        sem_t *named = sem_open("/churn", O_CREAT, 0600, 1);
        if (sem == -1 || msg == -1 || shm == -1 || mq == -1 || object == -1 || named == SEM_FAILED)
            return -1;
        close(mq);
        close(object);
        sem_close(named);
        if (semctl(sem, 0, IPC_RMID) == -1 || msgctl(msg, IPC_RMID, NULL) == -1 || shmctl(shm, IPC_RMID, NULL) == -1 ||
            mq_unlink("/churn") == -1 || shm_unlink("/churn") == -1 || sem_unlink("/churn") == -1)
            return -1;
    }
    return times;
}

/* Many of each System V kind, left to the namespace's end. */
static long many(char **w)
{
    long each = number(w[1]);
    for (long i = 0; i < each; i++) {
        if (semget(IPC_PRIVATE, 3, 0600) == -1 || msgget(IPC_PRIVATE, 0600) == -1 ||
            shmget(IPC_PRIVATE, 4096, 0600) == -1)
            return -1;
    }
    return each;
}

long act(char **w)
{
    if (is_fd_command(w[0]))
        return fd_act(w);
    if (!strcmp(w[0], "many"))
        return many(w);
    if (!strcmp(w[0], "churn"))
        return churn(w);
    if (!strcmp(w[0], "setuid")) {
        /* The group goes first, while we may. */
        if (setresgid((gid_t) number(w[1]), (gid_t) number(w[1]), (gid_t) number(w[1])) == -1)
            return -1;
        return setresuid((uid_t) number(w[1]), (uid_t) number(w[1]), (uid_t) number(w[1]));
    }
    if (!strcmp(w[0], "ftok"))
        return ftok(w[1], (int) number(w[2]));
    if (!strcmp(w[0], "umask"))
        return umask((mode_t) number(w[1]));
    if (!strncmp(w[0], "msg", 3))
        return sysv_msg(w);
    if (!strncmp(w[0], "mq_", 3))
        return posix_mq(w);
    if (!strncmp(w[0], "sem_", 4))
        return posix_sem(w);
    if (!strncmp(w[0], "shm_", 4))
        return posix_shm(w);
    if (!strncmp(w[0], "sem", 3))
        return sysv_sem(w);
    if (!strncmp(w[0], "shm", 3))
        return sysv_shm(w);
    errno = ENOSYS;
    return -1;
}

int main(void)
{
    char line[MAX_LINE];
    umask(0);
    while (fgets(line, sizeof line, stdin)) {
        char *words[MAX_WORDS] = {NULL};
        char *rest = line;
        for (int i = 0; i < MAX_WORDS - 1 && (words[i] = strtok_r(rest, " \n", &rest)); i++)
            ;
        if (!words[0])
            continue;
        second_result = -1;
        long result = act(words);
        if (result == -1)
            printf("error %d\n", errno);
        else if (second_result == -1)
            printf("ok %ld\n", result);
        else
            printf("ok %ld %ld\n", result, second_result);
        fflush(stdout);
    }
    return 0;
}
