#pragma once
/** Sockets of this network namespace as the kernel lists them: sock_diag(7). */
#include <cstdint>
#include <string>
#include <vector>

namespace ipc_lens {

struct UnixSocket {
  uint32_t inode = 0;
  /** SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET. */
  uint8_t type = 0;
  /** TCP_LISTEN (10), TCP_ESTABLISHED (1) or TCP_CLOSE (7). */
  uint8_t state = 0;
  /** A path, or an abstract name with `abstract` set; empty when it was never bound. */
  std::string name;
  bool abstract = false;
  /** Of the other end; 0 when there is none. */
  uint32_t peer = 0;
  /** Connections that nobody accepted yet: the clients' inodes, 0 for one already closed. */
  std::vector<uint32_t> pending;
  /** Listening: connections waiting and how many may wait. Otherwise: bytes to read, bytes sent and not read. */
  uint32_t receive_queue = 0;
  uint32_t send_queue = 0;
  /** 1 receives no more, 2 sends no more: RCV_SHUTDOWN and SEND_SHUTDOWN. */
  uint8_t shutdown = 0;
  /** Of who made it; -1 before Linux 5.3. */
  double uid = -1;
};

struct InetSocket {
  uint32_t inode = 0;
  bool tcp = false;
  bool v6 = false;
  /** As <netinet/tcp.h> numbers them. */
  uint8_t state = 0;
  std::string address, peer_address;
  uint16_t port = 0, peer_port = 0;
  uint32_t receive_queue = 0;
  uint32_t send_queue = 0;
  uint32_t uid = 0;
};

/** 0, or the error number of why they cannot be listed; then the list holds what came before. */
int ListUnixSockets(std::vector<UnixSocket> *sockets);
int ListInetSockets(std::vector<InetSocket> *sockets);

}  // namespace ipc_lens
