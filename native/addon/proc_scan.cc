/**
 * One walk through /proc, shared by every table that asks who holds what. In C++ and off the main thread, because 400
 * processes cost JavaScript some 450 ms and this about a tenth of it. Nothing is opened but files of /proc, which have no
 * state to disturb.
 *
 * Most processes sleep most of the time, and what sleeps opens, closes and maps nothing. So what was read of a process is
 * kept with its stamp (proc_parts.h); while that stays the same, only what others can change is read again: a thirtieth
 * of the work. Once a minute everything is read anew all the same.
 */
#include "proc_scan.h"

#include <fcntl.h>
#include <time.h>

#include <cerrno>
#include <climits>
#include <mutex>
#include <unordered_map>

#include "borrow.h"
#include "proc_parts.h"

namespace ipc_lens {
namespace {

double Milliseconds(clockid_t clock) {
  struct timespec now = {};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/** What is kept of a process between two walks. */
struct Kept {
  std::shared_ptr<const ScannedProcess> process;
  /** Empty when it must be read again. */
  Stamp stamp;
};

bool Differs(int process, const Locked &locked, const ScannedProcess &known) {
  return SignalsDiffer(process, known) || DescriptorsDiffer(process, locked, known) || SharedDiffers(process, known);
}

class Walks {
 public:
  Scan Take();

 private:
  std::shared_ptr<const ScannedProcess> Look(int proc, pid_t pid, const Locked &locked);
  bool ParentIsThere(const ScannedProcess &process) const;
  void Forget(const std::unordered_set<pid_t> &there);

  std::mutex one_at_a_time_;
  std::unordered_map<pid_t, Kept> kept_;
  std::unordered_set<pid_t> listed_;
  uint64_t walk_ = 0;
  double everything_read_ = 0;
};

/** A process whose parent ends gets another one and sleeps on. */
bool Walks::ParentIsThere(const ScannedProcess &process) const {
  return process.parent == 0 || listed_.count(process.parent) > 0;
}

/** Null for a kernel thread and for a process that is gone. */
std::shared_ptr<const ScannedProcess> Walks::Look(int proc, pid_t pid, const Locked &locked) {
  Descriptor process = OpenNumbered(proc, pid);
  if (!process.open()) return nullptr;
  Kept &kept = kept_[pid];
  bool still = kept.process && ParentIsThere(*kept.process) && HoldsStill(process.get(), kept.stamp);
  if (!still || (!kept.process->kernel_thread && Differs(process.get(), locked, *kept.process))) {
    auto found = std::make_shared<ScannedProcess>();
    found->walk = walk_;
    kept.stamp.clear();
    if (!ReadProcess(process.get(), pid, locked, found.get(), &kept.stamp)) return nullptr;
    // Who runs may have changed something since it was read, within the turn that its stamp tells.
    if (found->state != 'S' && found->state != 'I') kept.stamp.clear();
    kept.process = std::move(found);
  }
  return kept.process->kernel_thread ? nullptr : kept.process;
}

void Walks::Forget(const std::unordered_set<pid_t> &there) {
  for (auto entry = kept_.begin(); entry != kept_.end();)
    entry = there.count(entry->first) > 0 ? std::next(entry) : kept_.erase(entry);
}

Scan Walks::Take() {
  constexpr double everything_again = 60'000;
  std::lock_guard<std::mutex> turn(one_at_a_time_);
  Scan scan;
  scan.walk = ++walk_;
  double before = Milliseconds(CLOCK_THREAD_CPUTIME_ID);
  double now = Milliseconds(CLOCK_MONOTONIC);
  if (now - everything_read_ > everything_again) {
    kept_.clear();
    everything_read_ = now;
  }
  Descriptor proc(open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::vector<int> pids;
  if (!proc.open() || !ListNumbers(proc.get(), ".", INT_MAX, &pids)) {
    scan.error = errno;
    return scan;
  }
  scan.locks_error = ReadProcFile(proc.get(), "locks", 4 << 20, &scan.locks, Comes::kInPieces);
  Locked locked = LockedInodes(scan.locks);
  scan.processes.reserve(pids.size());
  // Listed again at the end: who was seen waiting may wait for a child that it had made before, and after the first list.
  std::unordered_set<pid_t> known;
  for (int times = 0; times < 2; times++) {
    listed_ = std::unordered_set<pid_t>(pids.begin(), pids.end());
    for (pid_t pid : pids) {
      if (!known.insert(pid).second) continue;
      if (auto process = Look(proc.get(), pid, locked)) scan.processes.push_back(std::move(process));
    }
    if (times == 0 && !ListNumbers(proc.get(), ".", INT_MAX, &pids)) break;
  }
  Forget(listed_);
  // After the processes: a socket made meanwhile has an end that is not known yet, one closed meanwhile is left out.
  scan.unix_error = ListUnixSockets(&scan.unix_sockets);
  scan.inet_error = ListInetSockets(&scan.inet_sockets);
  MeasurePipes(&scan);
  scan.milliseconds = Milliseconds(CLOCK_THREAD_CPUTIME_ID) - before;
  return scan;
}

}  // namespace

Scan ScanProc() {
  static Walks walks;
  return walks.Take();
}

}  // namespace ipc_lens
