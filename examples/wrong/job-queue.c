/*
 * Two mistakes that System V message queues invite. As root the program seems to work; as anybody else msgsnd fails
 * with "Permission denied", because the queue was created with no permission bits. And each message takes eight bytes
 * from behind the structure along.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

struct job {
  long priority;
  char name[32];
};

int main(void) {
  int queue = msgget(IPC_PRIVATE, IPC_CREAT);
  if (queue == -1) {
    perror("msgget");
    return EXIT_FAILURE;
  }

  struct job job = {.priority = 1};
  strcpy(job.name, "put out the fire");
  if (msgsnd(queue, &job, sizeof(job), 0) == -1)
    perror("msgsnd");
  if (msgrcv(queue, &job, sizeof(struct job), 0, IPC_NOWAIT) == -1)
    perror("msgrcv");
  else
    printf("%ld %s\n", job.priority, job.name);

  msgctl(queue, IPC_RMID, NULL);
  return EXIT_SUCCESS;
}
