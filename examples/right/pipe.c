/*
 * A parent sends three lines to its child through a pipe.
 *
 * Each process closes the end it does not use. That is what lets the child see end-of-file: as long as anybody holds
 * the write end, the child itself included, read would wait for more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what) {
  perror(what);
  exit(EXIT_FAILURE);
}

static void send_line(int fd, const char *line) {
  size_t left = strlen(line);
  while (left > 0) {
    ssize_t n = write(fd, line, left);
    if (n == -1)
      die("write");
    line += n;
    left -= (size_t)n;
  }
}

static int child(int from) {
  char buffer[64];
  ssize_t n;
  while ((n = read(from, buffer, sizeof buffer)) > 0)
    if (fwrite(buffer, 1, (size_t)n, stdout) != (size_t)n)
      return EXIT_FAILURE;
  if (n == -1)
    die("read");
  return fclose(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(void) {
  int fd[2];
  if (pipe(fd) == -1)
    die("pipe");

  pid_t pid = fork();
  if (pid == -1)
    die("fork");
  if (pid == 0) {
    close(fd[1]);
    _exit(child(fd[0]));
  }

  close(fd[0]);
  send_line(fd[1], "one\n");
  send_line(fd[1], "two\n");
  send_line(fd[1], "three\n");
  close(fd[1]);

  int status;
  if (waitpid(pid, &status, 0) == -1)
    die("waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}
