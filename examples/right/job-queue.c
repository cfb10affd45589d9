/*
 * A System V message queue whose message types are priorities: a negative type asks for the lowest type there is.
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

/* The size of a message never counts its type. */
enum { job_size = sizeof(struct job) - sizeof(long) };

static void submit(int queue, long priority, const char *name) {
  struct job job = {.priority = priority};
  snprintf(job.name, sizeof job.name, "%s", name);
  if (msgsnd(queue, &job, job_size, 0) == -1) {
    perror("msgsnd");
    exit(EXIT_FAILURE);
  }
}

int main(void) {
  int queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
  if (queue == -1) {
    perror("msgget");
    return EXIT_FAILURE;
  }

  submit(queue, 3, "sweep the floor");
  submit(queue, 1, "put out the fire");
  submit(queue, 2, "open the door");

  struct job job;
  for (int i = 0; i < 3; i++) {
    if (msgrcv(queue, &job, job_size, -3, 0) == -1) {
      perror("msgrcv");
      break;
    }
    printf("%ld %s\n", job.priority, job.name);
  }

  if (msgctl(queue, IPC_RMID, NULL) == -1) {
    perror("msgctl");
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
