/**
 * Unread bytes and capacity of pipes. /proc does not tell them, and opening /proc/PID/fd/N would make a new reader or
 * writer of the pipe. pidfd_getfd(2) (Linux 5.6) gives the very descriptor of the process, as if received over a socket:
 * the pipe gains no end, nothing is woken, and the borrowed descriptor is closed after two ioctls. All that can be noticed
 * is that an end which its owner closes in these microseconds closes a moment later.
 */
#include "borrow.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <tuple>
#include <utility>

#include "result.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

namespace ipc_lens {
namespace {

/** More pipes than a person looks at; the rest is listed without its fill. */
constexpr size_t kMostPipes = 4096;

/** Anonymous pipes are on one device of the kernel's own: 0 stands for it, as statx was not asked. */
bool IsPipe(const ScannedDescriptor &descriptor, std::pair<uint64_t, uint64_t> *identity) {
  if (descriptor.link.compare(0, 6, "pipe:[") == 0) {
    *identity = {0, strtoull(descriptor.link.c_str() + 6, nullptr, 10)};
    return true;
  }
  *identity = {descriptor.device, descriptor.inode};
  return S_ISFIFO(descriptor.mode);
}

/** 0, or why it cannot be told. */
int Measure(int process, int number, unsigned access, ScannedPipe *pipe) {
  Descriptor borrowed(static_cast<int>(syscall(SYS_pidfd_getfd, process, number, 0)));
  struct stat file = {};
  if (!borrowed.open()) return errno;
  // The number may stand for something else by now.
  if (fstat(borrowed.get(), &file) == -1 || !S_ISFIFO(file.st_mode) || file.st_ino != pipe->inode) return ESTALE;
  struct pollfd ends = {borrowed.get(), POLLIN | POLLOUT, 0};
  if (poll(&ends, 1, 0) == 1) {
    pipe->no_readers = access == 2 && (ends.revents & POLLERR) != 0;
    pipe->no_writers = access == 1 && (ends.revents & POLLHUP) != 0;
  }
  if (ioctl(borrowed.get(), FIONREAD, &pipe->unread) == -1) return errno;
  pipe->capacity = fcntl(borrowed.get(), F_GETPIPE_SZ);
  return pipe->capacity == -1 ? errno : 0;
}

}  // namespace

void MeasurePipes(Scan *scan) {
  std::map<std::pair<uint64_t, uint64_t>, ScannedPipe> found;
  for (const auto &known_process : scan->processes) {
    const ScannedProcess &process = *known_process;
    Descriptor handle;
    int refused = 0;
    for (const ScannedDescriptor &descriptor : process.descriptors) {
      std::pair<uint64_t, uint64_t> identity;
      if (!IsPipe(descriptor, &identity)) continue;
      auto known = found.find(identity);
      if (known != found.end() && known->second.error == 0) continue;
      if (known == found.end() && found.size() >= kMostPipes) continue;
      ScannedPipe pipe;
      std::tie(pipe.device, pipe.inode) = identity;
      if (!handle.open() && refused == 0) {
        handle = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0)));
        if (!handle.open()) refused = errno;
      }
      pipe.error = refused != 0 ? refused : Measure(handle.get(), descriptor.number, descriptor.access, &pipe);
      // Who may not borrow one descriptor of a process may borrow none.
      if (pipe.error == EPERM || pipe.error == ENOSYS) refused = pipe.error;
      found[identity] = pipe;
    }
  }
  scan->pipes.reserve(found.size());
  for (const auto &entry : found) scan->pipes.push_back(entry.second);
}

}  // namespace ipc_lens
