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

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <tuple>
#include <unordered_map>
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

using Identity = std::pair<uint64_t, uint64_t>;

/** A descriptor of a pipe. */
struct End {
  pid_t pid;
  int number;
  unsigned access;
};

struct Asked {
  Identity identity;
  /** Tried one after the other until one tells. */
  std::vector<End> ends;
};

std::vector<Asked> PipesOf(const Scan &scan) {
  std::map<Identity, std::vector<End>> found;
  for (const auto &process : scan.processes)
    for (const ScannedDescriptor &descriptor : process->descriptors) {
      Identity identity;
      if (!IsPipe(descriptor, &identity)) continue;
      if (found.size() >= kMostPipes && found.count(identity) == 0) continue;
      found[identity].push_back({process->pid, descriptor.number, descriptor.access});
    }
  std::vector<Asked> asked;
  asked.reserve(found.size());
  for (auto &[identity, ends] : found) asked.push_back({identity, std::move(ends)});
  return asked;
}

/** Asks processes for their descriptors; each is opened once. */
class Borrower {
 public:
  ScannedPipe Ask(const Asked &asked) {
    ScannedPipe pipe;
    for (const End &end : asked.ends) {
      pipe = ScannedPipe();
      std::tie(pipe.device, pipe.inode) = asked.identity;
      Handle &handle = HandleOf(end.pid);
      pipe.error = handle.refused != 0 ? handle.refused : Measure(handle.process->get(), end.number, end.access, &pipe);
      // Who may not borrow one descriptor of a process may borrow none.
      if (pipe.error == EPERM || pipe.error == ENOSYS) handle.refused = pipe.error;
      if (pipe.error == 0) break;
    }
    return pipe;
  }

 private:
  struct Handle {
    /** Shared, as a copy of this goes with each thread. */
    std::shared_ptr<Descriptor> process;
    int refused = 0;
  };

  Handle &HandleOf(pid_t pid) {
    Handle &handle = handles_[pid];
    if (handle.process) return handle;
    handle.process = std::make_shared<Descriptor>(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    if (!handle.process->open()) handle.refused = errno;
    return handle;
  }

  std::unordered_map<pid_t, Handle> handles_;
};

/** Pipes in which threads were left behind. Used by one walk at a time. */
std::map<Identity, StillIn> blocked;

bool IsBlocked(const Asked &asked) {
  auto entry = blocked.find(asked.identity);
  if (entry == blocked.end()) return false;
  if (*entry->second) return true;
  blocked.erase(entry);
  return false;
}

ScannedPipe Late(const Identity &identity) {
  ScannedPipe pipe;
  std::tie(pipe.device, pipe.inode) = identity;
  pipe.error = ETIMEDOUT;
  return pipe;
}

}  // namespace

void MeasurePipes(Scan *scan, Patience *patience) {
  auto asked = std::make_shared<std::vector<Asked>>(PipesOf(*scan));
  auto open = std::stable_partition(asked->begin(), asked->end(), [](const Asked &one) { return !IsBlocked(one); });
  size_t count = static_cast<size_t>(open - asked->begin());
  // The work is copied for each thread, and with it who borrows.
  scan->pipes = InTime<ScannedPipe>(
      count, patience,
      [asked, borrower = Borrower()](size_t index, std::atomic<unsigned> &) mutable {
        return borrower.Ask((*asked)[index]);
      },
      [&](size_t index, unsigned, StillIn still_in) {
        const Identity &identity = (*asked)[index].identity;
        blocked[identity] = std::move(still_in);
        return Late(identity);
      });
  for (size_t index = count; index < asked->size(); index++) scan->pipes.push_back(Late((*asked)[index].identity));
}

}  // namespace ipc_lens
