/**
 * One walk through /proc, shared by every table that asks who holds what. In C++ and off the main thread, because 400
 * processes cost JavaScript some 450 ms and this about a tenth of it. Nothing is opened but files of /proc, which have no
 * state to disturb.
 *
 * Most processes sleep most of the time, and what sleeps opens, closes and maps nothing. So what was read of a process is
 * kept with its stamp (proc_parts.h); while that stays the same, only what others can change is read again: a thirtieth
 * of the work. Once a minute everything is read anew all the same.
 *
 * What blocks is left out and told so, by part: patience.h.
 */
#include "proc_scan.h"

#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <climits>
#include <mutex>
#include <unordered_map>

#include "borrow.h"
#include "patience.h"
#include "proc_parts.h"

namespace ipc_lens {
namespace {

/** What is kept of a process between two walks. */
struct Kept {
  std::shared_ptr<const ScannedProcess> process;
  /** Empty when it must be read again. */
  Stamp stamp;
};

/** What a walk has in common for all processes; shared with threads that are left behind. */
struct Ground {
  Descriptor proc;
  Locked locked;
  std::unordered_set<pid_t> listed;
  uint64_t walk = 0;
};

/** A process to look at. */
struct Task {
  pid_t pid = 0;
  Kept kept;
  /** Parts that a thread is still blocked in. */
  unsigned left_out = 0;
};

bool Differs(int process, const Locked &locked, Course *course, const ScannedProcess &known) {
  return SignalsDiffer(process, known) || (course->Enter(kReadDescriptors) && DescriptorsDiffer(process, locked, known)) ||
         (course->Enter(kReadShared) && SharedDiffers(process, known));
}

/** A process whose parent ends gets another one and sleeps on. */
bool ParentIsThere(const ScannedProcess &process, const Ground &ground) {
  return process.parent == 0 || ground.listed.count(process.parent) > 0;
}

/** A process as it is now, with what to keep of it; nothing for one that is gone. */
Kept Look(const Task &task, const Ground &ground, std::atomic<unsigned> &where) {
  Descriptor process = OpenNumbered(ground.proc.get(), task.pid);
  if (!process.open()) return {};
  Course course(task.left_out, where);
  const Kept &kept = task.kept;
  bool still = kept.process && course.complete() && ParentIsThere(*kept.process, ground) &&
               HoldsStill(process.get(), kept.stamp);
  if (still && (kept.process->kernel_thread || !Differs(process.get(), ground.locked, &course, *kept.process)))
    return kept;
  auto found = std::make_shared<ScannedProcess>();
  Kept now;
  found->walk = ground.walk;
  if (!ReadProcess(process.get(), task.pid, ground.locked, &course, found.get(), &now.stamp)) return {};
  // Who runs may have changed something since it was read, within the turn that its stamp tells.
  if ((found->state != 'S' && found->state != 'I') || !course.complete()) now.stamp.clear();
  now.process = std::move(found);
  return now;
}

class Walks {
 public:
  Scan Take();

 private:
  void LookAtAll(const std::vector<pid_t> &pids, const std::shared_ptr<const Ground> &ground, Patience *patience,
                 Scan *scan);
  std::vector<Kept> LookAt(std::vector<Task> tasks, const std::shared_ptr<const Ground> &ground, Patience *patience);
  unsigned LeftOut(pid_t pid);
  void Forget(const std::unordered_set<pid_t> &there);

  std::mutex one_at_a_time_;
  std::unordered_map<pid_t, Kept> kept_;
  /** Parts of processes in which threads were left behind. */
  std::unordered_map<pid_t, std::vector<std::pair<unsigned, StillIn>>> blocked_;
  uint64_t walk_ = 0;
  double everything_read_ = 0;
};

/** What is not to be read of a process, because a thread that tried has not come back. */
unsigned Walks::LeftOut(pid_t pid) {
  auto entry = blocked_.find(pid);
  if (entry == blocked_.end()) return 0;
  unsigned parts = 0;
  for (const auto &[part, still_in] : entry->second)
    if (*still_in) parts |= part;
  if (parts == 0) blocked_.erase(entry);
  return parts;
}

std::vector<Kept> Walks::LookAt(std::vector<Task> tasks, const std::shared_ptr<const Ground> &ground,
                                Patience *patience) {
  auto all = std::make_shared<const std::vector<Task>>(std::move(tasks));
  return InTime<Kept>(
      all->size(), patience,
      [all, ground](size_t index, std::atomic<unsigned> &where) { return Look((*all)[index], *ground, where); },
      [&](size_t index, unsigned where, StillIn still_in) {
        Task again = (*all)[index];
        if (again.left_out == kReadAll) return Kept();
        unsigned part = where == 0 ? kReadAll : where;
        blocked_[again.pid].emplace_back(part, std::move(still_in));
        again.left_out |= part;
        return LookAt({again}, ground, patience)[0];
      });
}

/** Adds to the scan whoever is there, but for kernel threads. */
void Walks::LookAtAll(const std::vector<pid_t> &pids, const std::shared_ptr<const Ground> &ground, Patience *patience,
                      Scan *scan) {
  std::vector<Task> tasks;
  tasks.reserve(pids.size());
  for (pid_t pid : pids) tasks.push_back({pid, std::move(kept_[pid]), LeftOut(pid)});
  std::vector<Kept> found = LookAt(std::move(tasks), ground, patience);
  for (size_t index = 0; index < pids.size(); index++) {
    Kept &now = found[index];
    if (!now.process) continue;
    if (!now.process->kernel_thread) scan->processes.push_back(now.process);
    kept_[pids[index]] = std::move(now);
  }
}

void Walks::Forget(const std::unordered_set<pid_t> &there) {
  for (auto entry = kept_.begin(); entry != kept_.end();)
    entry = there.count(entry->first) > 0 ? std::next(entry) : kept_.erase(entry);
  for (auto entry = blocked_.begin(); entry != blocked_.end();)
    entry = there.count(entry->first) > 0 ? std::next(entry) : blocked_.erase(entry);
}

Scan Walks::Take() {
  using namespace std::chrono;
  constexpr double everything_again = 60'000;
  std::lock_guard<std::mutex> turn(one_at_a_time_);
  Scan scan;
  scan.walk = ++walk_;
  double before = ThreadMilliseconds();
  double now = duration<double, std::milli>(steady_clock::now().time_since_epoch()).count();
  if (now - everything_read_ > everything_again) {
    kept_.clear();
    everything_read_ = now;
  }
  auto ground = std::make_shared<Ground>();
  ground->proc = Descriptor(open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  int proc = ground->proc.get();
  std::vector<int> pids;
  if (proc == -1 || !ListNumbers(proc, ".", INT_MAX, &pids)) {
    scan.error = errno;
    return scan;
  }
  scan.locks_error = ReadLocks(proc, &scan.locks);
  ground->locked = LockedInodes(scan.locks);
  ground->listed = std::unordered_set<pid_t>(pids.begin(), pids.end());
  ground->walk = walk_;
  scan.processes.reserve(pids.size());
  Patience patience;
  LookAtAll(pids, ground, &patience, &scan);
  // Listed again at the end: who was seen waiting may wait for a child that it had made before, and after the first list.
  std::vector<int> later;
  if (ListNumbers(proc, ".", INT_MAX, &later)) {
    auto then = std::make_shared<Ground>();
    then->proc = Descriptor(fcntl(proc, F_DUPFD_CLOEXEC, 0));
    then->locked = ground->locked;
    then->listed = std::unordered_set<pid_t>(later.begin(), later.end());
    then->walk = walk_;
    std::vector<pid_t> more;
    for (pid_t pid : later)
      if (ground->listed.count(pid) == 0) more.push_back(pid);
    if (!more.empty()) LookAtAll(more, then, &patience, &scan);
    Forget(then->listed);
  }
  // After the processes: a socket made meanwhile has an end that is not known yet, one closed meanwhile is left out.
  scan.unix_error = ListUnixSockets(&scan.unix_sockets);
  scan.inet_error = ListInetSockets(&scan.inet_sockets);
  MeasurePipes(&scan, &patience);
  scan.milliseconds = ThreadMilliseconds() - before + patience.spent;
  return scan;
}

}  // namespace

Scan ScanProc() {
  static Walks walks;
  return walks.Take();
}

}  // namespace ipc_lens
