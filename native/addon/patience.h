#pragma once
/**
 * Work that may block for as long as another process pleases: to read a process's memory waits for its page faults
 * (userfaultfd(2), a file of FUSE), its map for its mmap lock, FIONREAD of a pipe for a writer that is in such a fault. No
 * signal ends such a wait. So the work is done on a thread of its own; one that does not come back is left behind with its
 * piece, and another thread goes on with the next.
 */
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <sys/types.h>

namespace ipc_lens {

/** True while a thread that was left behind is still in its piece. */
using StillIn = std::shared_ptr<const std::atomic<bool>>;

/** How long one piece may block. The more were late, the less: a walk must end although everything hangs. */
class Patience {
 public:
  std::chrono::milliseconds left() const { return left_; }
  void Lose();
  /** CPU time of threads that came back, in milliseconds. */
  double spent = 0;

 private:
  std::chrono::milliseconds left_{250};
};

/** Runs `body` on a new thread that nobody waits for; false when there can be no more threads. */
bool StartThread(std::function<void()> body);

/** CPU time of the calling thread in milliseconds. */
double ThreadMilliseconds();

/** What one thread has done of a list of pieces. Shared with it, as it may outlive whoever started it. */
struct Stretch {
  /** Called by the thread: it is there, and where it begins; it goes on with a piece, unless it is left behind; it is through. */
  size_t Begin();
  bool Enter(size_t index);
  void End(double spent_there);

  std::mutex mutex;
  std::condition_variable ended;
  pid_t tid = 0;
  /** The piece under way, and since when. */
  size_t at = 0;
  std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
  bool over = false;
  bool left_behind = false;
  double spent = 0;
  /** A number that the work sets to tell where in its piece it is. */
  std::atomic<unsigned> where{0};
  std::shared_ptr<std::atomic<bool>> still_in = std::make_shared<std::atomic<bool>>(true);
};

/** Waits until the thread is through (true), or blocked in one piece for longer than `patience` has (false): then it is left behind. */
bool WaitFor(Stretch *stretch, const Patience &patience);

/** What the thread does: pieces from where it begins on, until it is through or left behind. */
template <typename Own, typename Work>
void RunPieces(Own *stretch, const Work &work, size_t count) {
  double before = ThreadMilliseconds();
  size_t first = stretch->Begin();
  for (size_t index = first; index < count; index++) {
    if (!stretch->Enter(index)) return;
    auto result = work(index, stretch->where);
    std::lock_guard<std::mutex> turn(stretch->mutex);
    if (stretch->left_behind) {
      *stretch->still_in = false;
      return;
    }
    stretch->results.push_back(std::move(result));
  }
  stretch->End(ThreadMilliseconds() - before);
}

/**
 * The results of `work(index, where)` for every index below `count`, one after the other. `work` runs on other threads and
 * may go on there after this returned: whatever it uses must be its own. Of a piece that is late, `late(index, where,
 * still_in)` gives the result, on the calling thread.
 */
template <typename Result>
std::vector<Result> InTime(size_t count, Patience *patience,
                           const std::function<Result(size_t, std::atomic<unsigned> &)> &work,
                           const std::function<Result(size_t, unsigned, StillIn)> &late) {
  struct Own : Stretch {
    std::vector<Result> results;
  };
  std::vector<Result> all;
  all.reserve(count);
  while (all.size() < count) {
    auto stretch = std::make_shared<Own>();
    stretch->at = all.size();
    auto body = [stretch, work, count] { RunPieces(stretch.get(), work, count); };
    if (!StartThread(body)) body();
    bool through = WaitFor(stretch.get(), *patience);
    for (Result &result : stretch->results) all.push_back(std::move(result));
    patience->spent += stretch->spent;
    if (through) break;
    patience->Lose();
    size_t index = all.size();
    all.push_back(late(index, stretch->where, stretch->still_in));
  }
  return all;
}

}  // namespace ipc_lens
