/*
 * The worker waits once and goes on, although a wait may return without a signal and another worker may have taken
 * the job. And the main thread's wake-up never arrives: an eventfd takes eight bytes, and int has four.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static int jobs;

static void *worker(void *unused) {
  (void)unused;
  pthread_mutex_lock(&lock);
  if (jobs == 0)
    pthread_cond_wait(&filled, &lock);
  jobs--;
  pthread_mutex_unlock(&lock);
  return NULL;
}

int main(void) {
  int done = eventfd(0, EFD_CLOEXEC);
  if (done == -1) {
    perror("eventfd");
    return EXIT_FAILURE;
  }

  pthread_t thread;
  if (pthread_create(&thread, NULL, worker, NULL) != 0)
    return EXIT_FAILURE;
  pthread_mutex_lock(&lock);
  jobs++;
  pthread_cond_signal(&filled);
  pthread_mutex_unlock(&lock);
  pthread_join(thread, NULL);

  int one = 1;
  if (write(done, &one, sizeof one) == -1)
    perror("write");
  return EXIT_SUCCESS;
}
