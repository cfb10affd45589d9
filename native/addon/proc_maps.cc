/**
 * Shared mappings of a process as lines of proc_pid_maps(5). A program has hundreds of private mappings for each shared
 * one, and the kernel takes longer to write them down than everything else of a process together; since Linux 6.11 it
 * can be asked for the shared ones alone (PROCMAP_QUERY).
 */
#include <fcntl.h>
#include <linux/types.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "proc_parts.h"

namespace ipc_lens {
namespace {

constexpr size_t kMostMapBytes = 4 << 20;

/** struct procmap_query of <linux/fs.h>, which older headers do not have. */
struct Query {
  __u64 size;
  __u64 flags;
  __u64 address;
  __u64 start;
  __u64 end;
  __u64 found_flags;
  __u64 page_size;
  __u64 offset;
  __u64 inode;
  __u32 major;
  __u32 minor;
  __u32 name_size;
  __u32 build_id_size;
  __u64 name;
  __u64 build_id;
};

constexpr unsigned long kQuery = _IOWR('f', 17, Query);
/** PROCMAP_QUERY_VMA_READABLE and its neighbours. */
enum : __u64 { kReadable = 1, kWritable = 2, kExecutable = 4, kShared = 8, kCoveringOrNext = 16 };

/** 0, or the error number: ENOTTY where the kernel does not know the question. */
int AskShared(int maps, std::string *lines) {
  static thread_local char name[PATH_MAX];
  for (__u64 address = 0;;) {
    Query query = {};
    query.size = sizeof query;
    query.flags = kShared | kCoveringOrNext;
    query.address = address;
    query.name = reinterpret_cast<__u64>(name);
    query.name_size = sizeof name;
    if (ioctl(maps, kQuery, &query) == -1) return errno == ENOENT ? 0 : errno;
    char line[128];
    snprintf(line, sizeof line, "%llx-%llx %c%c%cs %llx %02x:%02x %llu ", query.start, query.end,
             query.found_flags & kReadable ? 'r' : '-', query.found_flags & kWritable ? 'w' : '-',
             query.found_flags & kExecutable ? 'x' : '-', query.offset, query.major, query.minor, query.inode);
    lines->append(line);
    if (query.name_size > 0)
      for (const char *letter = name; *letter != '\0'; letter++)
        lines->append(*letter == '\n' ? std::string("\\012") : std::string(1, *letter));
    lines->push_back('\n');
    if (query.end <= address || lines->size() > kMostMapBytes) return 0;
    address = query.end;
  }
}

/** Keeps of maps what is shared: the fourth letter of the second word. */
int FilterShared(int process, std::string *lines) {
  static thread_local std::string maps;
  int problem = ReadProcFile(process, "maps", kMostMapBytes, &maps, Comes::kInPieces);
  for (size_t line = 0; line < maps.size();) {
    size_t end = maps.find('\n', line);
    if (end == std::string::npos) end = maps.size();
    size_t blank = maps.find(' ', line);
    if (blank + 4 < end && maps[blank + 4] == 's') lines->append(maps, line, end - line + 1);
    line = end + 1;
  }
  return problem;
}

int Shared(int process, std::string *lines) {
  static std::atomic<bool> answers = true;
  lines->clear();
  if (answers) {
    Descriptor maps(openat(process, "maps", O_RDONLY | O_CLOEXEC));
    if (!maps.open()) return errno;
    int problem = AskShared(maps.get(), lines);
    if (problem == 0 || problem == ESRCH) return problem;
    if (problem == ENOTTY) answers = false;
    lines->clear();
  }
  return FilterShared(process, lines);
}

}  // namespace

void ReadShared(int process, ScannedProcess *found) { found->shared_error = Shared(process, &found->shared); }

bool SharedDiffers(int process, const ScannedProcess &known) {
  if (known.shared.empty()) return false;
  std::string now;
  Shared(process, &now);
  return now != known.shared;
}

}  // namespace ipc_lens
