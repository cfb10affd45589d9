/** Unix and internet sockets. */
import { c, type Template } from './piece';

const unixServer: Template = (w) => ({
  includes: ['errno.h', 'poll.h', 'stdio.h', 'stdlib.h', 'string.h', 'sys/socket.h', 'sys/un.h', 'unistd.h'],
  entry: `${w.name}_serve`,
  code: c`
#define ${w.upper}_CLIENTS ${w.number(8, 128)}

struct ${w.name}_server {
  struct pollfd polled[${w.upper}_CLIENTS + 1];
  nfds_t count;
  unsigned long bytes;
};

static int ${w.name}_bind(const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  if (strlen(path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  strcpy(address.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (${w.failed('fd')})
    return -1;
  ${w.slip('unlink(path);', '')}
  if (bind(fd, (struct sockaddr *)&address, sizeof address) == -1 || listen(fd, ${w.number(4, 64)}) == -1) {
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
  }
  return fd;
}

static void ${w.name}_drop(struct ${w.name}_server *server, nfds_t i)
{
  close(server->polled[i].fd);
  server->polled[i] = server->polled[--server->count];
}

static void ${w.name}_echo(struct ${w.name}_server *server, nfds_t i)
{
  char ${w.buffer}[${w.size()}];
  ssize_t n = recv(server->polled[i].fd, ${w.buffer}, sizeof ${w.buffer}, 0);
  if (n <= 0) {
    if (n == -1 && (errno == EINTR || errno == EAGAIN))
      return;
    ${w.name}_drop(server, i);
    return;
  }
  server->bytes += (unsigned long)n;
  for (ssize_t sent = 0; sent < n;) {
    ssize_t now = send(server->polled[i].fd, ${w.buffer} + sent, (size_t)(n - sent), MSG_NOSIGNAL);
    if (now == -1 && errno == EINTR)
      continue;
    if (now == -1) {
      ${w.name}_drop(server, i);
      return;
    }
    sent += now;
  }
}

static void ${w.name}_accept(struct ${w.name}_server *server)
{
  int client = accept(server->polled[0].fd, NULL, NULL);
  if (client == -1) {
    if (errno != EINTR && errno != ECONNABORTED)
      perror("accept");
    return;
  }
  if (server->count > ${w.upper}_CLIENTS) {
    close(client);
    return;
  }
  server->polled[server->count++] = (struct pollfd){ .fd = client, .events = POLLIN };
}

static int ${w.name}_serve(int argc, char **argv)
{
  static struct ${w.name}_server server;
  const char *path = argc > 1 ? argv[1] : "/tmp/${w.name}.sock";
  int listening = ${w.name}_bind(path);
  if (listening == -1) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return 1;
  }
  server.polled[0] = (struct pollfd){ .fd = listening, .events = POLLIN };
  server.count = 1;
  while (server.bytes < ${w.number(1, 90)}000000UL) {
    int ready = poll(server.polled, server.count, ${w.random.pick(['-1', '1000', '5000'])});
    if (ready == -1) {
      if (errno == EINTR)
        continue;
      perror("poll");
      break;
    }
    for (nfds_t i = server.count - 1; i > 0; i--)
      if (server.polled[i].revents & (POLLIN | POLLHUP | POLLERR))
        ${w.name}_echo(&server, i);
    if (server.polled[0].revents & POLLIN)
      ${w.name}_accept(&server);
  }
  while (server.count > 0)
    ${w.name}_drop(&server, server.count - 1);
  unlink(path);
  return 0;
}
`,
});

const internet: Template = (w) => ({
  includes: [
    'arpa/inet.h',
    'errno.h',
    'netinet/in.h',
    'signal.h',
    'stdint.h',
    'stdio.h',
    'stdlib.h',
    'string.h',
    'sys/socket.h',
    'sys/time.h',
    'unistd.h',
  ],
  entry: `${w.name}_net`,
  code: c`
#define ${w.upper}_PORT ${w.number(1025, 60000)}

struct ${w.name}_header {
  uint32_t length;
  uint16_t kind;
  uint16_t version;
};

static int ${w.name}_listen(uint16_t port)
{
  struct sockaddr_in address;
  int on = 1;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd == -1) {
    perror("socket");
    return -1;
  }
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1)
    perror("setsockopt");
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = ${w.slip('htons(port)', 'port')};
  address.sin_addr.s_addr = htonl(${w.random.pick(['INADDR_ANY', 'INADDR_LOOPBACK'])});
  if (${w.failed('bind(fd, (struct sockaddr *)&address, sizeof address)')}) {
    perror("bind");
    close(fd);
    return -1;
  }
  if (${w.failed('listen(fd, SOMAXCONN)')}) {
    perror("listen");
    close(fd);
    return -1;
  }
  return fd;
}

static ssize_t ${w.name}_full(int fd, void *${w.buffer}, size_t size)
{
  size_t have = 0;
  while (have < size) {
    ssize_t n = recv(fd, (char *)${w.buffer} + have, size - have, 0);
    if (n == -1 && errno == EINTR)
      continue;
    if (n <= 0)
      return n;
    have += (size_t)n;
  }
  return (ssize_t)have;
}

static int ${w.name}_session(int fd, const struct sockaddr_in *peer)
{
  char name[INET_ADDRSTRLEN];
  struct ${w.name}_header header;
  struct timeval limit = { .tv_sec = ${w.number(1, 60)} };
  if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == -1)
    return -1;
  if (!inet_ntop(AF_INET, &peer->sin_addr, name, sizeof name))
    return -1;
  while (${w.name}_full(fd, &header, sizeof header) == (ssize_t)sizeof header) {
    uint32_t length = ntohl(header.length);
    if (length > ${w.size()} || ntohs(header.version) != ${w.number(1, 4)}) {
      fprintf(stderr, "%s:%d: bad header\n", name, ntohs(peer->sin_port));
      return -1;
    }
    char *body = malloc(length + 1);
    if (!body)
      return -1;
    if (length > 0 && ${w.name}_full(fd, body, length) <= 0) {
      free(body);
      return -1;
    }
    body[length] = '\0';
    printf("%s: %u: %s\n", name, ntohs(header.kind), body);
    free(body);
  }
  return 0;
}

static int ${w.name}_net(int argc, char **argv)
{
  uint16_t port = argc > 1 ? (uint16_t)atoi(argv[1]) : ${w.upper}_PORT;
  int listening = ${w.name}_listen(port);
  if (listening == -1)
    return 1;
  if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
    perror("signal");
  for (int served = 0; served < ${w.number(1, 100)}; served++) {
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    int fd = accept(listening, (struct sockaddr *)&peer, &length);
    if (fd == -1) {
      if (errno == EINTR)
        continue;
      perror("accept");
      break;
    }
    ${w.maybe('fprintf(stderr, "connected\\n");')}
    ${w.name}_session(fd, &peer);
    shutdown(fd, SHUT_RDWR);
    close(fd);
  }
  close(listening);
  return 0;
}
`,
});

export const sockets: Template[] = [unixServer, internet];
