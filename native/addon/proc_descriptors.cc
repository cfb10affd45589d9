/**
 * Descriptors of a process. What a file is, statx(2) tells through the magic link without opening it and without asking
 * a remote file system (AT_STATX_DONT_SYNC).
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "proc_parts.h"

namespace ipc_lens {
namespace {

/** A process beyond this bound is shown with what fits. */
constexpr size_t kMostDescriptors = 16384;
constexpr size_t kMostInfo = 1 << 16;

/** Whether fdinfo tells of this descriptor something that a table shows. */
bool InfoWanted(const ScannedDescriptor &descriptor, const Locked &locked) {
  const std::string &link = descriptor.link;
  if (StartsWith(link, "anon_inode:["))
    return link == "anon_inode:[eventfd]" || link == "anon_inode:[eventpoll]" || link == "anon_inode:[signalfd]" ||
           link == "anon_inode:[timerfd]" || link == "anon_inode:[pidfd]";
  if (S_ISCHR(descriptor.mode)) return link == "/dev/ptmx" || link == "/dev/pts/ptmx";
  return S_ISREG(descriptor.mode) && locked.count(descriptor.inode) > 0;
}

/** Empty when it is closed meanwhile. */
std::string LinkOf(int folder, const char *name) {
  char link[PATH_MAX];
  ssize_t length = readlinkat(folder, name, link, sizeof link);
  return length <= 0 ? std::string() : std::string(link, static_cast<size_t>(length));
}

/** False when the descriptor is closed meanwhile. */
bool ReadDescriptor(int folder, int information, const Locked &locked, ScannedDescriptor *found) {
  char name[16];
  snprintf(name, sizeof name, "%d", found->number);
  found->link = LinkOf(folder, name);
  if (found->link.empty()) return false;
  struct stat itself = {};
  if (fstatat(folder, name, &itself, AT_SYMLINK_NOFOLLOW) == -1) return false;
  found->access = ((itself.st_mode & S_IRUSR) ? 1u : 0u) | ((itself.st_mode & S_IWUSR) ? 2u : 0u);
  if (found->link[0] == '/') {
    struct statx file = {};
    if (statx(folder, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE | STATX_MODE | STATX_INO, &file) == 0) {
      found->mode = file.stx_mode;
      found->device = makedev(file.stx_dev_major, file.stx_dev_minor);
      found->inode = file.stx_ino;
    }
  }
  if (information != -1 && InfoWanted(*found, locked))
    ReadProcFile(information, name, kMostInfo, &found->info, Comes::kInPieces);
  return true;
}

/** A device keeps its name; files, FIFOs and sockets may be renamed or removed by anybody. */
bool MayBeRenamed(const ScannedDescriptor &descriptor) {
  return descriptor.link[0] == '/' && !S_ISCHR(descriptor.mode) && !StartsWith(descriptor.link, "/memfd:");
}

/** Folders are opened when the first descriptor asks: most processes have none that may differ. */
class Folder {
 public:
  Folder(int process, const char *name) : process_(process), name_(name) {}
  int get() {
    if (!folder_.open()) folder_ = Descriptor(openat(process_, name_, O_PATH | O_DIRECTORY | O_CLOEXEC));
    return folder_.get();
  }

 private:
  int process_;
  const char *name_;
  Descriptor folder_;
};

}  // namespace

Locked LockedInodes(const std::string &locks) {
  Locked inodes;
  size_t colon = locks.find(':');
  for (; colon != std::string::npos; colon = locks.find(':', colon + 1)) {
    // `1: POSIX` has a blank after its colon; field 6 is MAJOR:MINOR:INODE, hexadecimal digits and a second colon.
    size_t second = locks.find_first_not_of("0123456789abcdef", colon + 1);
    if (second == std::string::npos || second == colon + 1 || locks[second] != ':') continue;
    inodes.insert(strtoull(locks.c_str() + second + 1, nullptr, 10));
    colon = second;
  }
  return inodes;
}

void ReadDescriptors(int process, const Locked &locked, ScannedProcess *found) {
  std::vector<int> numbers;
  if (!ListNumbers(process, "fd", kMostDescriptors, &numbers)) {
    found->descriptors_error = errno;
    return;
  }
  if (numbers.empty()) return;
  Folder folder(process, "fd");
  Folder information(process, "fdinfo");
  found->descriptors.reserve(numbers.size());
  for (int number : numbers) {
    ScannedDescriptor descriptor;
    descriptor.number = number;
    if (ReadDescriptor(folder.get(), information.get(), locked, &descriptor))
      found->descriptors.push_back(std::move(descriptor));
    else if (errno == EACCES || errno == EPERM)
      found->descriptors_error = errno;
  }
}

bool DescriptorsDiffer(int process, const Locked &locked, const ScannedProcess &known) {
  Folder folder(process, "fd");
  Folder information(process, "fdinfo");
  for (const ScannedDescriptor &descriptor : known.descriptors) {
    char name[16];
    snprintf(name, sizeof name, "%d", descriptor.number);
    if (MayBeRenamed(descriptor) && LinkOf(folder.get(), name) != descriptor.link) return true;
    std::string info;
    if (InfoWanted(descriptor, locked)) ReadProcFile(information.get(), name, kMostInfo, &info, Comes::kInPieces);
    if (info != descriptor.info) return true;
  }
  return false;
}

}  // namespace ipc_lens
