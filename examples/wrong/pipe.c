/*
 * The child reads the pipe to its end, and never comes to it: it still has the write end that it got from its parent. The
 * parent waits for the child, and the child for end-of-file.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void shout(int from) {
  char text[128];
  ssize_t count;
  while ((count = read(from, text, sizeof text)) > 0)
    for (ssize_t i = 0; i < count; i++)
      putchar(toupper((unsigned char)text[i]));
  if (count == -1)
    perror("read");
  fflush(stdout);
}

int main(void) {
  const char *lines = "first\nsecond\n";
  int fd[2];
  if (pipe(fd) == -1) {
    perror("pipe");
    return EXIT_FAILURE;
  }

  pid_t child = fork();
  if (child == -1) {
    perror("fork");
    return EXIT_FAILURE;
  }
  if (child == 0) {
    shout(fd[0]);
    _exit(EXIT_SUCCESS);
  }

  close(fd[0]);
  if (write(fd[1], lines, strlen(lines)) == -1)
    perror("write");
  close(fd[1]);
  if (waitpid(child, NULL, 0) == -1)
    perror("waitpid");
  return EXIT_SUCCESS;
}
