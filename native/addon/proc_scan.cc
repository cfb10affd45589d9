/**
 * One walk through /proc, shared by every table that asks who holds what. In C++ and off the main thread, because 400
 * processes cost JavaScript some 450 ms and this about a tenth of it.
 *
 * Nothing is opened but files of /proc, which have no state to disturb. What a file is, statx(2) tells through the
 * magic link without opening it and without asking a remote file system (AT_STATX_DONT_SYNC).
 */
#include "proc_scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <unordered_set>

#include "borrow.h"
#include "result.h"

namespace ipc_lens {
namespace {

/** Bounds on what one process may cost; a process beyond them is shown with what fits. */
constexpr size_t kMostDescriptors = 16384;
constexpr size_t kMostThreads = 256;
constexpr size_t kMostMapBytes = 4 << 20;

/** Files that come whole with the first read when there is room, and those that come a page at a time (maps, locks). */
enum class Comes { kWhole, kInPieces };

/** Reads a file of /proc whole into `text`; 0 or the error number. */
int Read(int directory, const char *name, size_t limit, std::string *text, Comes comes = Comes::kWhole) {
  text->clear();
  Descriptor file(openat(directory, name, O_RDONLY | O_CLOEXEC));
  if (!file.open()) return errno;
  static thread_local char piece[1 << 16];
  while (text->size() < limit) {
    ssize_t count = read(file.get(), piece, sizeof piece);
    if (count == -1 && errno == EINTR) continue;
    if (count == -1) return errno;
    if (count == 0) break;
    text->append(piece, static_cast<size_t>(count));
    // A second read that only tells the end would be a fifth of all that the walk costs.
    if (comes == Comes::kWhole && static_cast<size_t>(count) < sizeof piece) break;
  }
  return 0;
}

/** The numbers that name entries of a directory of /proc, in order; false when it cannot be listed (errno says why). */
bool Numbers(int directory, const char *name, size_t most, std::vector<int> *numbers) {
  numbers->clear();
  int folder = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder == -1) return false;
  DIR *listing = fdopendir(folder);
  if (listing == nullptr) {
    int reason = errno;
    close(folder);
    errno = reason;
    return false;
  }
  errno = 0;
  while (struct dirent *entry = readdir(listing)) {
    if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && numbers->size() < most)
      numbers->push_back(atoi(entry->d_name));
    errno = 0;
  }
  int reason = errno;
  closedir(listing);
  errno = reason;
  std::sort(numbers->begin(), numbers->end());
  return reason == 0;
}

/** Inode numbers of files that have locks: field 6 of /proc/locks is MAJOR:MINOR:INODE. */
std::unordered_set<uint64_t> LockedInodes(const std::string &locks) {
  std::unordered_set<uint64_t> inodes;
  size_t colon = locks.find(':');
  for (; colon != std::string::npos; colon = locks.find(':', colon + 1)) {
    // `1: POSIX` has a blank after its colon; MAJOR: is followed by hexadecimal digits and a second colon.
    size_t second = locks.find_first_not_of("0123456789abcdef", colon + 1);
    if (second == std::string::npos || second == colon + 1 || locks[second] != ':') continue;
    inodes.insert(strtoull(locks.c_str() + second + 1, nullptr, 10));
    colon = second;
  }
  return inodes;
}

bool StartsWith(const std::string &text, const char *prefix) { return text.compare(0, strlen(prefix), prefix) == 0; }

/** Whether fdinfo tells of this descriptor something that a table shows. */
bool InfoWanted(const ScannedDescriptor &descriptor, const std::unordered_set<uint64_t> &locked) {
  const std::string &link = descriptor.link;
  if (StartsWith(link, "anon_inode:["))
    return link == "anon_inode:[eventfd]" || link == "anon_inode:[eventpoll]" || link == "anon_inode:[signalfd]" ||
           link == "anon_inode:[timerfd]" || link == "anon_inode:[pidfd]";
  if (S_ISCHR(descriptor.mode)) return link == "/dev/ptmx" || link == "/dev/pts/ptmx";
  return S_ISREG(descriptor.mode) && locked.count(descriptor.inode) > 0;
}

/** False when the descriptor is closed meanwhile. */
bool ReadDescriptor(int folder, int information, const std::unordered_set<uint64_t> &locked, ScannedDescriptor *found) {
  char name[16];
  snprintf(name, sizeof name, "%d", found->number);
  char link[PATH_MAX];
  ssize_t length = readlinkat(folder, name, link, sizeof link);
  if (length <= 0) return false;
  found->link.assign(link, static_cast<size_t>(length));
  struct stat itself = {};
  if (fstatat(folder, name, &itself, AT_SYMLINK_NOFOLLOW) == -1) return false;
  found->access = ((itself.st_mode & S_IRUSR) ? 1u : 0u) | ((itself.st_mode & S_IWUSR) ? 2u : 0u);
  if (link[0] == '/') {
    struct statx file = {};
    if (statx(folder, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE | STATX_MODE | STATX_INO, &file) == 0) {
      found->mode = file.stx_mode;
      found->device = makedev(file.stx_dev_major, file.stx_dev_minor);
      found->inode = file.stx_ino;
    }
  }
  if (information != -1 && InfoWanted(*found, locked)) Read(information, name, 1 << 16, &found->info, Comes::kInPieces);
  return true;
}

void ReadDescriptors(int process, const std::unordered_set<uint64_t> &locked, ScannedProcess *found) {
  std::vector<int> numbers;
  if (!Numbers(process, "fd", kMostDescriptors, &numbers)) {
    found->descriptors_error = errno;
    return;
  }
  if (numbers.empty()) return;
  Descriptor folder(openat(process, "fd", O_PATH | O_DIRECTORY | O_CLOEXEC));
  Descriptor information(openat(process, "fdinfo", O_PATH | O_DIRECTORY | O_CLOEXEC));
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

/** Keeps of maps what is shared: the fourth letter of the second word. */
void ReadShared(int process, ScannedProcess *found) {
  static thread_local std::string maps;
  found->shared_error = Read(process, "maps", kMostMapBytes, &maps, Comes::kInPieces);
  for (size_t line = 0; line < maps.size();) {
    size_t end = maps.find('\n', line);
    if (end == std::string::npos) end = maps.size();
    size_t blank = maps.find(' ', line);
    if (blank + 4 < end && maps[blank + 4] == 's') found->shared.append(maps, line, end - line + 1);
    line = end + 1;
  }
}

/** The word or rest of the line after `label` in /proc/PID/status. */
std::string Field(const std::string &status, const char *label) {
  size_t at = status.find(label);
  if (at == std::string::npos) return "";
  at += strlen(label);
  at = status.find_first_not_of(" \t", at);
  size_t end = status.find('\n', at);
  return at == std::string::npos ? "" : status.substr(at, end - at);
}

void ReadStatus(int process, ScannedProcess *found) {
  static thread_local std::string status;
  if (Read(process, "status", 1 << 16, &status) != 0) return;
  // Effective ids are the second of four: credentials(7).
  unsigned int real = 0;
  if (sscanf(Field(status, "\nUid:").c_str(), "%u %u", &real, &found->uid) < 2) found->uid = real;
  if (sscanf(Field(status, "\nGid:").c_str(), "%u %u", &real, &found->gid) < 2) found->gid = real;
  found->queued = Field(status, "\nSigQ:");
  found->pending = Field(status, "\nSigPnd:");
  found->pendingShared = Field(status, "\nShdPnd:");
  found->blocked = Field(status, "\nSigBlk:");
  found->ignored = Field(status, "\nSigIgn:");
  found->caught = Field(status, "\nSigCgt:");
}

/** proc_pid_stat(5). False for a kernel thread and for a process that is gone. */
bool ReadStat(int process, ScannedProcess *found) {
  constexpr unsigned long kernel_thread = 0x00200000;  // PF_KTHREAD of include/linux/sched.h
  static thread_local std::string text;
  if (Read(process, "stat", 4096, &text) != 0) return false;
  size_t open = text.find('(');
  size_t close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return false;
  found->name = text.substr(open + 1, close - open - 1);
  unsigned long flags = 0;
  // Fields 3 state, 4 ppid, 9 flags, 20 num_threads, 22 starttime.
  int count = sscanf(text.c_str() + close + 1,
                     " %c %d %*d %*d %*d %*d %lu %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d %*d %lf", &found->state,
                     &found->parent, &flags, &found->threads, &found->started);
  return count == 5 && (flags & kernel_thread) == 0;
}

/** A thread that runs is left out: only what waits, waits on something. */
int ReadThread(int task, int tid, ScannedProcess *found) {
  ScannedThread thread;
  thread.tid = tid;
  int problem = Read(task, "syscall", 4096, &thread.syscall);
  if (problem == 0 && StartsWith(thread.syscall, "running")) return 0;
  // The place in the kernel says less than the call and costs a walk through the stack: only where the call is not told.
  if (problem != 0 || StartsWith(thread.syscall, "-1")) Read(task, "wchan", 256, &thread.wchan);
  // `0` is what a running thread shows, and every thread to one who may not look.
  if (problem == 0 || (!thread.wchan.empty() && thread.wchan != "0")) found->blocked_threads.push_back(std::move(thread));
  return problem;
}

void ReadThreads(int process, ScannedProcess *found) {
  if (found->threads <= 1) {
    found->syscall_error = ReadThread(process, found->pid, found);
    return;
  }
  std::vector<int> numbers;
  if (!Numbers(process, "task", kMostThreads, &numbers)) {
    found->syscall_error = errno;
    return;
  }
  for (int tid : numbers) {
    char name[32];
    snprintf(name, sizeof name, "task/%d", tid);
    Descriptor task(openat(process, name, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!task.open()) continue;
    int problem = ReadThread(task.get(), tid, found);
    if (problem == EACCES || problem == EPERM) found->syscall_error = problem;
  }
}

/** What names a resource is an enumeration in glibc and an int elsewhere. */
template <typename Resource>
double SoftLimit(pid_t pid, Resource resource) {
  struct rlimit limit = {};
  if (prlimit(pid, resource, nullptr, &limit) == -1) return -2;
  return limit.rlim_cur == RLIM_INFINITY ? -1 : static_cast<double>(limit.rlim_cur);
}

/** The number of the namespace behind `name`; 0 when it may not be seen. */
uint64_t NamespaceOf(int process, const char *name) {
  struct stat file = {};
  return fstatat(process, name, &file, 0) == 0 ? file.st_ino : 0;
}

bool ReadProcess(int proc, pid_t pid, const std::unordered_set<uint64_t> &locked, ScannedProcess *found) {
  char name[16];
  snprintf(name, sizeof name, "%d", pid);
  Descriptor process(openat(proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC));
  found->pid = pid;
  if (!process.open() || !ReadStat(process.get(), found)) return false;
  ReadStatus(process.get(), found);
  if (found->state == 'Z' || found->state == 'X') return true;
  ReadThreads(process.get(), found);
  ReadDescriptors(process.get(), locked, found);
  if (found->descriptors_error == ENOENT || found->descriptors_error == ESRCH) return false;  // it ended meanwhile
  ReadShared(process.get(), found);
  found->ipc_namespace = NamespaceOf(process.get(), "ns/ipc");
  found->most_descriptors = SoftLimit(pid, RLIMIT_NOFILE);
  return true;
}

double ThreadMilliseconds() {
  struct timespec used = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) / 1e6;
}

}  // namespace

Scan ScanProc(const ScanOptions &options) {
  Scan scan;
  double before = ThreadMilliseconds();
  Descriptor proc(open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::vector<int> pids;
  if (!proc.open() || !Numbers(proc.get(), ".", INT_MAX, &pids)) {
    scan.error = errno;
    return scan;
  }
  scan.locks_error = Read(proc.get(), "locks", kMostMapBytes, &scan.locks, Comes::kInPieces);
  std::unordered_set<uint64_t> locked = LockedInodes(scan.locks);
  scan.processes.reserve(pids.size());
  // Listed again at the end: who was seen waiting may wait for a child that it had made before, and after the first list.
  std::unordered_set<pid_t> known;
  for (int times = 0; times < 2; times++) {
    for (pid_t pid : pids) {
      ScannedProcess process;
      if (known.insert(pid).second && ReadProcess(proc.get(), pid, locked, &process))
        scan.processes.push_back(std::move(process));
    }
    if (times == 0 && !Numbers(proc.get(), ".", INT_MAX, &pids)) break;
  }
  // After the processes: a socket made meanwhile has an end that is not known yet, one closed meanwhile is left out.
  scan.unix_error = ListUnixSockets(&scan.unix_sockets);
  scan.inet_error = ListInetSockets(&scan.inet_sockets);
  if (options.pipes) MeasurePipes(&scan);
  scan.milliseconds = ThreadMilliseconds() - before;
  return scan;
}

}  // namespace ipc_lens
