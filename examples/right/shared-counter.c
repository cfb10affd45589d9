/*
 * Two processes add to one number in shared memory. The semaphore lies in the same memory and is shared between
 * processes; without it, additions would be lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/ipc-lens-counter"
#define TIMES 100000

struct shared {
  sem_t lock;
  long value;
};

static void die(const char *what) {
  perror(what);
  exit(EXIT_FAILURE);
}

static void lock(sem_t *sem) {
  while (sem_wait(sem) == -1)
    if (errno != EINTR)
      die("sem_wait");
}

static void count(struct shared *shared) {
  for (int i = 0; i < TIMES; i++) {
    lock(&shared->lock);
    shared->value++;
    if (sem_post(&shared->lock) == -1)
      die("sem_post");
  }
}

int main(void) {
  int fd = shm_open(NAME, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (fd == -1)
    die("shm_open");
  if (shm_unlink(NAME) == -1)
    die("shm_unlink");
  if (ftruncate(fd, sizeof(struct shared)) == -1)
    die("ftruncate");

  struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (shared == MAP_FAILED)
    die("mmap");
  close(fd);
  if (sem_init(&shared->lock, 1, 1) == -1)
    die("sem_init");

  pid_t pid = fork();
  if (pid == -1)
    die("fork");
  count(shared);
  if (pid == 0)
    _exit(EXIT_SUCCESS);

  if (waitpid(pid, NULL, 0) == -1)
    die("waitpid");
  printf("%ld of %d\n", shared->value, 2 * TIMES);
  sem_destroy(&shared->lock);
  munmap(shared, sizeof *shared);
  return EXIT_SUCCESS;
}
