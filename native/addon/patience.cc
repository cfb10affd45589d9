#include "patience.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "proc_files.h"

namespace ipc_lens {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/** How often a thread that is late is looked at again before it counts as blocked. */
constexpr milliseconds kBetweenLooks{10};

/**
 * What the kernel has counted of a thread of this process, if it waits; empty while it runs or would. A busy machine makes a
 * thread late, too, and that is no reason to leave it.
 */
std::string Standing(pid_t tid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
  std::string stat, turns;
  if (ReadProcFile(AT_FDCWD, path, 4096, &stat) != 0) return "";
  size_t close = stat.rfind(')');
  if (close == std::string::npos || close + 2 >= stat.size() || stat[close + 2] == 'R') return "";
  snprintf(path, sizeof path, "/proc/self/task/%d/schedstat", tid);
  ReadProcFile(AT_FDCWD, path, 128, &turns);
  return stat[close + 2] + turns;
}

void *Run(void *given) {
  std::unique_ptr<std::function<void()>> body(static_cast<std::function<void()> *>(given));
  (*body)();
  return nullptr;
}

}  // namespace

void Patience::Lose() { left_ = std::max(left_ / 2, kBetweenLooks); }

bool StartThread(std::function<void()> body) {
  auto given = std::make_unique<std::function<void()>>(std::move(body));
  pthread_t thread;
  if (pthread_create(&thread, nullptr, Run, given.get()) != 0) return false;
  given.release();
  pthread_detach(thread);
  return true;
}

double ThreadMilliseconds() {
  struct timespec now = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

size_t Stretch::Begin() {
  std::lock_guard<std::mutex> turn(mutex);
  tid = static_cast<pid_t>(syscall(SYS_gettid));
  return at;
}

bool Stretch::Enter(size_t index) {
  std::lock_guard<std::mutex> turn(mutex);
  if (left_behind) {
    *still_in = false;
    return false;
  }
  at = index;
  since = steady_clock::now();
  where = 0;
  return true;
}

void Stretch::End(double spent_there) {
  std::lock_guard<std::mutex> turn(mutex);
  if (left_behind) return;
  spent = spent_there;
  over = true;
  ended.notify_all();
}

bool WaitFor(Stretch *stretch, const Patience &patience) {
  std::unique_lock<std::mutex> lock(stretch->mutex);
  std::pair<steady_clock::time_point, std::string> before;
  while (!stretch->over) {
    milliseconds passed = std::chrono::duration_cast<milliseconds>(steady_clock::now() - stretch->since);
    bool late = stretch->tid != 0 && passed >= patience.left();
    if (late) {
      // It cannot come out of its piece while the lock is held here, but it can run.
      std::pair<steady_clock::time_point, std::string> now = {stretch->since, Standing(stretch->tid)};
      if (!now.second.empty() && now == before) {
        stretch->left_behind = true;
        return false;
      }
      before = std::move(now);
    }
    stretch->ended.wait_for(lock, late ? kBetweenLooks : std::max(patience.left() - passed, kBetweenLooks));
  }
  return true;
}

}  // namespace ipc_lens
