#include "directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <tuple>

namespace ipc_lens {
namespace {

double Seconds(const struct timespec &time) { return static_cast<double>(time.tv_sec) + time.tv_nsec / 1e9; }

bool NoLaterThan(const struct timespec &one, const struct timespec &other) {
  return std::tie(one.tv_sec, one.tv_nsec) <= std::tie(other.tv_sec, other.tv_nsec);
}

/** True when a read now leaves the access time alone, by the rules of fs/inode.c: relatime_need_update(). */
bool ReadKeepsAccessTime(int file_descriptor, const struct stat &file) {
  struct statvfs mount = {};
  if (fstatvfs(file_descriptor, &mount) == -1) return false;
  if (mount.f_flag & (ST_RDONLY | ST_NOATIME)) return true;
  if (!(mount.f_flag & ST_RELATIME)) return false;
  const time_t day = 24 * 60 * 60;
  return !NoLaterThan(file.st_atim, file.st_mtim) && !NoLaterThan(file.st_atim, file.st_ctim) &&
         time(nullptr) - file.st_atim.tv_sec < day - 1;
}

}  // namespace

bool ListNames(int directory, std::vector<std::string> *names) {
  // fdopendir takes its descriptor over, so it gets a copy; the two share one position.
  int copy = fcntl(directory, F_DUPFD_CLOEXEC, 0);
  if (copy == -1) return false;
  DIR *listing = fdopendir(copy);
  if (listing == nullptr) {
    int reason = errno;
    close(copy);
    errno = reason;
    return false;
  }
  rewinddir(listing);
  errno = 0;
  while (struct dirent *entry = readdir(listing)) {
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) names->emplace_back(entry->d_name);
    errno = 0;
  }
  int reason = errno;
  closedir(listing);
  errno = reason;
  return reason == 0;
}

void AddFile(Record &row, const std::string &name, const struct stat &file) {
  row.text("name", name)
      .number("device", static_cast<double>(file.st_dev))
      .number("inode", static_cast<double>(file.st_ino))
      .number("uid", file.st_uid)
      .number("gid", file.st_gid)
      .number("mode", file.st_mode & 07777)
      .number("modified", Seconds(file.st_mtim))
      .number("changed", Seconds(file.st_ctim));
}

Descriptor OpenQuietly(int directory, const char *name, const struct stat &file) {
  const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  int owned = openat(directory, name, flags | O_NOATIME);
  if (owned >= 0 || errno != EPERM) return Descriptor(owned);
  Descriptor foreign(openat(directory, name, flags));
  if (foreign.open() && !ReadKeepsAccessTime(foreign.get(), file)) {
    foreign = Descriptor();
    errno = EPERM;
  }
  return foreign;
}

}  // namespace ipc_lens
