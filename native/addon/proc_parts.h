#pragma once
/** The parts of a walk: what is read of one process, and whether any of that can be different although it did not run. */
#include <atomic>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "proc_files.h"
#include "proc_scan.h"

namespace ipc_lens {

/** Parts whose reading may block: patience.h. */
enum Part : unsigned { kReadThreads = 1, kReadMemory = 2, kReadDescriptors = 4, kReadShared = 8, kReadUndo = 16, kReadAll = 31 };

/** Tells where in a process the reading is, and what to leave out because a read of it blocks. */
class Course {
 public:
  Course(unsigned left_out, std::atomic<unsigned> &where) : left_out_(left_out), where_(where) {}
  bool Enter(Part part) {
    if (left_out_ & part) return false;
    where_ = part;
    return true;
  }
  bool complete() const { return left_out_ == 0; }

 private:
  unsigned left_out_;
  std::atomic<unsigned> &where_;
};

/** Reads proc_locks(5), each lock once; 0 or the error number. */
int ReadLocks(int proc, std::string *text);
/** Inode numbers of files that have locks. */
using Locked = std::unordered_set<uint64_t>;
Locked LockedInodes(const std::string &locks);

/**
 * When each thread of a process last ran, as proc_pid_schedstat(5) counts it to the nanosecond and with a count of
 * turns: as long as it reads the same, no thread has executed an instruction. The main thread comes first.
 */
using Stamp = std::vector<std::pair<pid_t, std::string>>;

/** Adds the thread's stamp; an empty text where the kernel keeps none. `thread` is /proc/PID or /proc/PID/task/TID. */
void AddStamp(int thread, pid_t tid, Stamp *stamp);
/** Whether no thread has run since. */
bool HoldsStill(int process, const Stamp &stamp);

void ReadDescriptors(int process, const Locked &locked, ScannedProcess *found);
/** Whether others changed what they can: names of files, and what fdinfo tells. */
bool DescriptorsDiffer(int process, const Locked &locked, const ScannedProcess &known);

void ReadShared(int process, ScannedProcess *found);
/** Whether mapped files were renamed or removed. */
bool SharedDiffers(int process, const ScannedProcess &known);

/** Where its threads stand. The main thread's stamp is taken by the caller. */
void ReadThreads(int process, Course *course, ScannedProcess *found, Stamp *stamp);

/** proc_pid_status(5): ids, signals, memory. */
void ReadStatus(int process, ScannedProcess *found);
/** Whether signals came without waking it: only one that is blocked can. */
bool SignalsDiffer(int process, const ScannedProcess &known);

/** Everything of one process; false for a process that is gone. Of a kernel thread nothing is read but that it is one. */
bool ReadProcess(int process, pid_t pid, const Locked &locked, Course *course, ScannedProcess *found, Stamp *stamp);

/** What the arguments of a blocked call point at, read from the memory of the process; nothing for most calls. */
std::vector<std::string> ArgumentMemory(pid_t tid, const std::string &syscall);

}  // namespace ipc_lens
