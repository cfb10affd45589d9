#include <stdio.h>
#include <unistd.h>

int main(void) {
  int ends[2];
  char text[16];

  pipe(ends);
  write(ends[1], "hello", 5);
  ssize_t got = read(ends[0], text, sizeof text);
  if (got > 0) {
    printf("%.*s\n", (int)got, text);
  }
  close(ends[0]);
  close(ends[1]);
  return 0;
}
