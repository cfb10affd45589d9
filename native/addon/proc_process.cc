/** One process: proc_pid_stat(5), proc_pid_status(5), limits and namespace. */
#include <linux/kcmp.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "proc_parts.h"

namespace ipc_lens {
namespace {

/** The word or rest of the line after `label` in /proc/PID/status. */
std::string Field(const std::string &status, const char *label) {
  size_t at = status.find(label);
  if (at == std::string::npos) return "";
  at = status.find_first_not_of(" \t", at + std::string_view(label).size());
  size_t end = status.find('\n', at);
  return at == std::string::npos ? "" : status.substr(at, end - at);
}

/** `12 kB` as bytes; -1 for a field that is not there. */
double Kilobytes(const std::string &field) { return field.empty() ? -1 : strtod(field.c_str(), nullptr) * 1024; }

/** False for a process that is gone. */
bool ReadStat(int process, ScannedProcess *found) {
  constexpr unsigned long kernel_thread = 0x00200000;  // PF_KTHREAD of include/linux/sched.h
  static thread_local std::string text;
  if (ReadProcFile(process, "stat", 4096, &text) != 0) return false;
  size_t open = text.find('(');
  size_t close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return false;
  found->name = text.substr(open + 1, close - open - 1);
  unsigned long flags = 0;
  // Fields 3 state, 4 ppid, 9 flags, 20 num_threads, 22 starttime.
  int count = sscanf(text.c_str() + close + 1,
                     " %c %d %*d %*d %*d %*d %lu %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d %*d %lf", &found->state,
                     &found->parent, &flags, &found->threads, &found->started);
  found->kernel_thread = (flags & kernel_thread) != 0;
  return count == 5;
}

struct LimitSource {
  decltype(RLIMIT_NOFILE) resource;
  /** Its line in proc_pid_limits(5). */
  const char *line;
};

/** In the order of enum Limit. */
constexpr LimitSource kLimitSources[kLimits] = {
    {RLIMIT_NOFILE, "Max open files"},  {RLIMIT_MSGQUEUE, "Max msgqueue size"}, {RLIMIT_MEMLOCK, "Max locked memory"},
    {RLIMIT_NPROC, "Max processes"},    {RLIMIT_FSIZE, "Max file size"},        {RLIMIT_AS, "Max address space"},
};

/** The call is quick, but for one's own processes; the file is for everybody. */
void ReadLimits(int process, ScannedProcess *found) {
  static thread_local std::string text;
  text.clear();
  for (size_t index = 0; index < kLimits; index++) {
    struct rlimit limit = {};
    if (text.empty() && prlimit(found->pid, kLimitSources[index].resource, nullptr, &limit) == 0) {
      found->limits[index] = limit.rlim_cur == RLIM_INFINITY ? -1 : static_cast<double>(limit.rlim_cur);
      continue;
    }
    if (text.empty() && ReadProcFile(process, "limits", 4096, &text) != 0) return;
    std::string soft = Field(text, kLimitSources[index].line);
    if (!soft.empty()) found->limits[index] = soft[0] == 'u' ? -1 : strtod(soft.c_str(), nullptr);
  }
}

/**
 * The kernel lists nobody's adjustments for SEM_UNDO, but kcmp(2) compares two lists of them: who has the same as a thread
 * without one has none. Whoever made threads got a list with the first of them, so having one says little.
 */
int HasUndoList(pid_t pid) {
  static thread_local bool without = unshare(CLONE_SYSVSEM) == 0;
  if (!without) return -1;
  long order = syscall(SYS_kcmp, syscall(SYS_gettid), pid, KCMP_SYSVSEM, 0, 0);
  return order == -1 ? -1 : order != 0;
}

/** The number of the namespace behind `name`; 0 when it may not be seen. */
uint64_t NamespaceOf(int process, const char *name) {
  struct stat file = {};
  return fstatat(process, name, &file, 0) == 0 ? file.st_ino : 0;
}

}  // namespace

void ReadStatus(int process, ScannedProcess *found) {
  static thread_local std::string status;
  if (ReadProcFile(process, "status", 1 << 16, &status) != 0) return;
  // Real and effective ids are the first two of four: credentials(7).
  if (sscanf(Field(status, "\nUid:").c_str(), "%u %u", &found->real_uid, &found->uid) < 2) found->uid = found->real_uid;
  unsigned int real = 0;
  if (sscanf(Field(status, "\nGid:").c_str(), "%u %u", &real, &found->gid) < 2) found->gid = real;
  found->address_bytes = Kilobytes(Field(status, "\nVmSize:"));
  found->locked_bytes = Kilobytes(Field(status, "\nVmLck:"));
  found->queued = Field(status, "\nSigQ:");
  found->pending = Field(status, "\nSigPnd:");
  found->pendingShared = Field(status, "\nShdPnd:");
  found->blocked = Field(status, "\nSigBlk:");
  found->ignored = Field(status, "\nSigIgn:");
  found->caught = Field(status, "\nSigCgt:");
}

bool SignalsDiffer(int process, const ScannedProcess &known) {
  if (known.blocked.find_first_not_of('0') == std::string::npos) return false;
  ScannedProcess now;
  ReadStatus(process, &now);
  return now.pending != known.pending || now.pendingShared != known.pendingShared || now.queued != known.queued;
}

bool ReadProcess(int process, pid_t pid, const Locked &locked, Course *course, ScannedProcess *found, Stamp *stamp) {
  found->pid = pid;
  // Before anything else: whatever the process does from here on changes it.
  AddStamp(process, pid, stamp);
  if (!ReadStat(process, found)) return false;
  if (found->kernel_thread) return true;
  ReadStatus(process, found);
  if (found->state == 'Z' || found->state == 'X') return true;
  if (course->Enter(kReadThreads))
    ReadThreads(process, course, found, stamp);
  else
    found->syscall_error = ETIMEDOUT;
  if (course->Enter(kReadDescriptors))
    ReadDescriptors(process, locked, found);
  else
    found->descriptors_error = ETIMEDOUT;
  if (found->descriptors_error == ENOENT || found->descriptors_error == ESRCH) return false;  // it ended meanwhile
  if (course->Enter(kReadShared))
    ReadShared(process, found);
  else
    found->shared_error = ETIMEDOUT;
  found->ipc_namespace = NamespaceOf(process, "ns/ipc");
  ReadLimits(process, found);
  if (course->Enter(kReadUndo)) found->undo = HasUndoList(pid);
  return true;
}

}  // namespace ipc_lens
