/*
 * Answers one client after another on the loopback address. Try it with: nc 127.0.0.1 8080
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void die(const char *what) {
  perror(what);
  exit(EXIT_FAILURE);
}

static int listen_on(unsigned short port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd == -1)
    die("socket");

  int yes = 1;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == -1)
    die("setsockopt");

  struct sockaddr_in address = {
      .sin_family = AF_INET,
      .sin_port = htons(port),
      .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
  };
  if (bind(fd, (struct sockaddr *)&address, sizeof address) == -1)
    die("bind");
  if (listen(fd, 8) == -1)
    die("listen");
  return fd;
}

static void echo(int client) {
  char buffer[512];
  ssize_t n;
  while ((n = recv(client, buffer, sizeof buffer, 0)) > 0) {
    for (ssize_t sent = 0; sent < n;) {
      ssize_t m = send(client, buffer + sent, (size_t)(n - sent), MSG_NOSIGNAL);
      if (m == -1)
        return;
      sent += m;
    }
  }
}

int main(void) {
  int server = listen_on(8080);
  for (;;) {
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    int client = accept(server, (struct sockaddr *)&peer, &length);
    if (client == -1) {
      if (errno == EINTR)
        continue;
      die("accept");
    }
    printf("client on port %d\n", ntohs(peer.sin_port));
    echo(client);
    close(client);
  }
}
