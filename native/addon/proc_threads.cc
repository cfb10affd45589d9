/** Where the threads of a process stand, and what the calls they wait in were given. */
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "proc_parts.h"

namespace ipc_lens {
namespace {

constexpr size_t kMostThreads = 256;
constexpr size_t kMostMemory = 4096;

/** A thread that runs is left out: only what waits, waits on something. */
int ReadThread(int task, int tid, Course *course, ScannedProcess *found) {
  ScannedThread thread;
  thread.tid = tid;
  course->Enter(kReadThreads);
  int problem = ReadProcFile(task, "syscall", 4096, &thread.syscall);
  if (problem == 0 && StartsWith(thread.syscall, "running")) return 0;
  // The place in the kernel says less than the call and costs a walk through the stack: only where the call is not told.
  if (problem != 0 || StartsWith(thread.syscall, "-1"))
    ReadProcFile(task, "wchan", 256, &thread.wchan);
  else if (course->Enter(kReadMemory))
    thread.memory = ArgumentMemory(tid, thread.syscall);
  else
    found->memory_error = ETIMEDOUT;
  // `0` is what a running thread shows, and every thread to one who may not look.
  if (problem == 0 || (!thread.wchan.empty() && thread.wchan != "0"))
    found->blocked_threads.push_back(std::move(thread));
  return problem;
}

/** Pieces of another process's memory: `length` bytes at each address, nothing for a null pointer. */
std::vector<std::string> Pieces(pid_t tid, std::initializer_list<unsigned long long> addresses, size_t length) {
  std::vector<std::string> pieces;
  if (length == 0 || length > kMostMemory) return pieces;
  for (unsigned long long address : addresses) {
    std::string piece;
    if (address != 0) {
      piece.resize(length);
      struct iovec here = {piece.data(), length};
      struct iovec there = {reinterpret_cast<void *>(address), length};
      // Reading leaves the process as it is and asks for the same right as /proc/PID/syscall.
      if (process_vm_readv(tid, &here, 1, &there, 1, 0) != static_cast<ssize_t>(length)) return {};
    }
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

}  // namespace

std::vector<std::string> ArgumentMemory(pid_t tid, const std::string &text) {
  constexpr size_t operation = 6, polled = 8, set = 8;  // struct sembuf, struct pollfd, the kernel's sigset_t
  char *rest = nullptr;
  long number = strtol(text.c_str(), &rest, 10);
  unsigned long long arguments[4] = {};
  for (unsigned long long &argument : arguments) argument = strtoull(rest, &rest, 16);
  auto [first, second, third, fourth] = arguments;
  switch (number) {
    case SYS_semop:
    case SYS_semtimedop:
      return Pieces(tid, {second}, std::min<size_t>(third, kMostMemory) * operation);
#ifdef SYS_poll
    case SYS_poll:
#endif
    case SYS_ppoll:
      return Pieces(tid, {first}, std::min<size_t>(second, kMostMemory) * polled);
#ifdef SYS_select
    case SYS_select:
#endif
    case SYS_pselect6:
      return Pieces(tid, {second, third, fourth}, (std::min<size_t>(first, kMostMemory) + 63) / 64 * 8);
    case SYS_rt_sigtimedwait:
    case SYS_rt_sigsuspend:
      return Pieces(tid, {first}, set);
    default:
      return {};
  }
}

void AddStamp(int thread, pid_t tid, Stamp *stamp) {
  std::string text;
  if (ReadProcFile(thread, "schedstat", 128, &text) != 0 || StartsWith(text, "0 0 0")) text.clear();
  stamp->emplace_back(tid, std::move(text));
}

bool HoldsStill(int process, const Stamp &stamp) {
  std::string now;
  for (size_t index = 0; index < stamp.size(); index++) {
    const auto &[tid, before] = stamp[index];
    char name[48] = "schedstat";
    if (index > 0) snprintf(name, sizeof name, "task/%d/schedstat", tid);
    if (before.empty() || ReadProcFile(process, name, 128, &now) != 0 || now != before) return false;
  }
  return !stamp.empty();
}

void ReadThreads(int process, Course *course, ScannedProcess *found, Stamp *stamp) {
  if (found->threads <= 1) {
    found->syscall_error = ReadThread(process, found->pid, course, found);
    return;
  }
  std::vector<int> numbers;
  Descriptor tasks(openat(process, "task", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!ListNumbers(tasks.get(), ".", kMostThreads, &numbers)) {
    found->syscall_error = errno;
    return;
  }
  // Threads beyond the bound run unseen, so nothing is known of such a process for long.
  if (numbers.size() >= kMostThreads) stamp->clear();
  for (int tid : numbers) {
    Descriptor task = OpenNumbered(tasks.get(), tid);
    if (!task.open()) continue;
    if (tid != found->pid && !stamp->empty()) AddStamp(task.get(), tid, stamp);
    int problem = ReadThread(task.get(), tid, course, found);
    if (problem == EACCES || problem == EPERM) found->syscall_error = problem;
  }
}

}  // namespace ipc_lens
