/*
 * The server starts, nothing fails, and no client can connect to port 8080: it listens on port 36895. Even there it
 * would not answer, because the descriptor of the client is the result of a comparison.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void) {
  int server = socket(AF_INET, SOCK_STREAM, 0);
  if (server == -1) {
    perror("socket");
    return EXIT_FAILURE;
  }

  struct sockaddr_in address = {0};
  address.sin_family = AF_INET;
  address.sin_port = 8080;
  address.sin_addr.s_addr = INADDR_LOOPBACK;
  if (bind(server, (struct sockaddr *)&address, sizeof address) == -1 || listen(server, 8) == -1) {
    perror("bind");
    return EXIT_FAILURE;
  }

  int client;
  if ((client = accept(server, NULL, NULL) < 0)) {
    perror("accept");
    return EXIT_FAILURE;
  }

  char byte;
  while (read(client, &byte, 1) == 1)
    if (write(client, &byte, 1) != 1)
      break;
  close(client);
  return EXIT_SUCCESS;
}
