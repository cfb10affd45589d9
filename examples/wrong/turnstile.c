/*
 * The first semctl forgets the value, so the semaphore starts with whatever a register holds: a door that is open for
 * a random number of people. The log file is created the same way, with random permissions.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <unistd.h>

int main(void) {
  int set = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
  if (set == -1) {
    perror("semget");
    return EXIT_FAILURE;
  }
  if (semctl(set, 0, SETVAL) == -1)
    perror("semctl");

  int log = open("/tmp/ipc-lens-turnstile.log", O_WRONLY | O_CREAT | O_APPEND);
  if (log == -1)
    perror("open");

  struct sembuf enter = {.sem_num = 0, .sem_op = -1, .sem_flg = IPC_NOWAIT};
  while (semop(set, &enter, 1) == 0)
    puts("somebody enters");

  semctl(set, 0, IPC_RMID);
  return EXIT_SUCCESS;
}
