/*
 * Failures that nobody sees: mq_open refuses the name, mmap's failure is compared with the wrong value, and the
 * thread's error is looked for where it never is. When the mapping fails, the program crashes at the first store.
 */
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void *count(void *value) {
  ++*(long *)value;
  return NULL;
}

int main(void) {
  mqd_t results = mq_open("results", O_RDONLY);
  if (!results)
    return EXIT_FAILURE;

  int fd = shm_open("/ipc-lens-wrong", O_RDWR | O_CREAT, 0600);
  if (fd == -1)
    return EXIT_FAILURE;
  shm_unlink("/ipc-lens-wrong");
  if (ftruncate(fd, sizeof(long)) == -1)
    return EXIT_FAILURE;

  long *value = mmap(NULL, sizeof *value, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (value == NULL) {
    perror("mmap");
    return EXIT_FAILURE;
  }

  pthread_t thread;
  if (pthread_create(&thread, NULL, count, value) == -1) {
    perror("pthread_create");
    return EXIT_FAILURE;
  }
  pthread_join(thread, NULL);
  printf("%ld\n", *value);
  return EXIT_SUCCESS;
}
