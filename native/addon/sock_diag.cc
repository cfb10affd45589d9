/** Dumps over a netlink socket: nothing is opened or sent but the question. sock_diag(7), netlink(7). */
#include "sock_diag.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>
#include <functional>

#include "result.h"

namespace ipc_lens {
namespace {

using Message = std::function<void(const struct nlmsghdr &)>;

/** UNIX_DIAG_UID of newer headers. */
constexpr unsigned short kUidAttribute = 7;
constexpr uint32_t kShowUid = 0x40;

Descriptor OpenDiag() {
  Descriptor link(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  // The kernel answers at once; should it ever not, the walk goes on without sockets.
  struct timeval patience = {2, 0};
  if (link.open()) setsockopt(link.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return link;
}

/** Reads a dump to its end: 0 or the error number that the kernel gave. */
int ReadDump(int link, const Message &each) {
  alignas(struct nlmsghdr) static thread_local char buffer[1 << 16];
  for (;;) {
    ssize_t count = recv(link, buffer, sizeof buffer, 0);
    if (count == -1 && errno == EINTR) continue;
    if (count <= 0) return count == 0 ? EIO : errno;
    unsigned int left = static_cast<unsigned int>(count);
    for (auto *header = reinterpret_cast<struct nlmsghdr *>(buffer); NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_type == NLMSG_DONE) return 0;
      if (header->nlmsg_type == NLMSG_ERROR)
        return -static_cast<const struct nlmsgerr *>(NLMSG_DATA(header))->error;
      each(*header);
    }
  }
}

template <typename Request>
int Dump(int link, const Request &request, const Message &each) {
  struct {
    struct nlmsghdr header;
    Request request;
  } question = {};
  question.header.nlmsg_len = sizeof question;
  question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  question.request = request;
  if (send(link, &question, sizeof question, 0) == -1) return errno;
  return ReadDump(link, each);
}

void TakeAttribute(const struct rtattr &attribute, UnixSocket *found) {
  const char *data = static_cast<const char *>(RTA_DATA(&attribute));
  size_t length = RTA_PAYLOAD(&attribute);
  switch (attribute.rta_type) {
    case UNIX_DIAG_NAME:
      found->abstract = length > 0 && data[0] == '\0';
      found->name.assign(data + (found->abstract ? 1 : 0), length - (found->abstract ? 1 : 0));
      // The kernel adds a NUL to a path, whose bytes end before it.
      if (!found->abstract) found->name = found->name.c_str();
      break;
    case UNIX_DIAG_PEER:
      if (length >= sizeof found->peer) memcpy(&found->peer, data, sizeof found->peer);
      break;
    case UNIX_DIAG_ICONS:
      found->pending.resize(length / sizeof(uint32_t));
      memcpy(found->pending.data(), data, found->pending.size() * sizeof(uint32_t));
      break;
    case UNIX_DIAG_RQLEN: {
      struct unix_diag_rqlen queues = {};
      if (length >= sizeof queues) memcpy(&queues, data, sizeof queues);
      found->receive_queue = queues.udiag_rqueue;
      found->send_queue = queues.udiag_wqueue;
      break;
    }
    case UNIX_DIAG_SHUTDOWN:
      if (length >= 1) found->shutdown = static_cast<uint8_t>(data[0]);
      break;
    case kUidAttribute: {
      uint32_t uid = 0;
      if (length >= sizeof uid) memcpy(&uid, data, sizeof uid);
      found->uid = uid;
      break;
    }
    default:
      break;
  }
}

void TakeUnix(const struct nlmsghdr &header, std::vector<UnixSocket> *sockets) {
  const auto *message = static_cast<const struct unix_diag_msg *>(NLMSG_DATA(&header));
  UnixSocket found;
  found.inode = message->udiag_ino;
  found.type = message->udiag_type;
  found.state = message->udiag_state;
  unsigned int left = header.nlmsg_len - NLMSG_LENGTH(sizeof *message);
  for (const auto *attribute = reinterpret_cast<const struct rtattr *>(message + 1); RTA_OK(attribute, left);
       attribute = RTA_NEXT(attribute, left))
    TakeAttribute(*attribute, &found);
  sockets->push_back(std::move(found));
}

std::string Address(int family, const uint32_t *bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(family, bytes, text, sizeof text);
  return text;
}

void TakeInet(const struct nlmsghdr &header, bool tcp, std::vector<InetSocket> *sockets) {
  const auto *message = static_cast<const struct inet_diag_msg *>(NLMSG_DATA(&header));
  InetSocket found;
  found.inode = message->idiag_inode;
  found.tcp = tcp;
  found.v6 = message->idiag_family == AF_INET6;
  found.state = message->idiag_state;
  found.address = Address(message->idiag_family, message->id.idiag_src);
  found.peer_address = Address(message->idiag_family, message->id.idiag_dst);
  found.port = ntohs(message->id.idiag_sport);
  found.peer_port = ntohs(message->id.idiag_dport);
  found.receive_queue = message->idiag_rqueue;
  found.send_queue = message->idiag_wqueue;
  found.uid = message->idiag_uid;
  sockets->push_back(std::move(found));
}

}  // namespace

int ListUnixSockets(std::vector<UnixSocket> *sockets) {
  Descriptor link = OpenDiag();
  if (!link.open()) return errno;
  struct unix_diag_req request = {};
  request.sdiag_family = AF_UNIX;
  request.udiag_states = ~0u;
  request.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_ICONS | UDIAG_SHOW_RQLEN | kShowUid;
  return Dump(link.get(), request, [&](const struct nlmsghdr &header) { TakeUnix(header, sockets); });
}

int ListInetSockets(std::vector<InetSocket> *sockets) {
  Descriptor link = OpenDiag();
  if (!link.open()) return errno;
  const uint32_t time_wait = 1u << 6;  // belongs to no process any more
  for (int protocol : {IPPROTO_TCP, IPPROTO_UDP}) {
    for (int family : {AF_INET, AF_INET6}) {
      struct inet_diag_req_v2 request = {};
      request.sdiag_family = static_cast<uint8_t>(family);
      request.sdiag_protocol = static_cast<uint8_t>(protocol);
      request.idiag_states = ~time_wait;
      bool tcp = protocol == IPPROTO_TCP;
      int problem = Dump(link.get(), request, [&](const struct nlmsghdr &header) { TakeInet(header, tcp, sockets); });
      // A machine without IPv6 has no such table.
      if (problem != 0 && !(family == AF_INET6 && (problem == ENOENT || problem == EAFNOSUPPORT))) return problem;
    }
  }
  return 0;
}

}  // namespace ipc_lens
