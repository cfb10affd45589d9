#pragma once
/** What one walk through /proc gathers, before any of it becomes JavaScript. server/kernel/native.ts says what each means. */
#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sock_diag.h"

namespace ipc_lens {

/** A descriptor of a process: proc_pid_fd(5). */
struct ScannedDescriptor {
  int number = 0;
  std::string link;
  /** 1 readable, 2 writable, 3 both: the owner's permission bits of the symbolic link. */
  unsigned access = 0;
  /** Of what it refers to; all 0 where it has no path. */
  uint32_t mode = 0;
  uint64_t device = 0;
  uint64_t inode = 0;
  /** The text of proc_pid_fdinfo(5), for the kinds that say something there. */
  std::string info;
};

/** Where one thread stands: proc_pid_syscall(5) and proc_pid_wchan(5). */
struct ScannedThread {
  pid_t tid = 0;
  std::string syscall;
  std::string wchan;
  /** What the arguments of the call point at, for the calls that tell there what they wait for: thread_arguments.cc. */
  std::vector<std::string> memory;
};

/** Soft limits of getrlimit(2) that IPC meets, in this order; -1 unlimited, -2 not told. */
enum Limit { kDescriptors, kQueueBytes, kLockedBytes, kProcesses, kFileBytes, kAddressBytes, kLimits };

struct ScannedProcess {
  pid_t pid = 0;
  pid_t parent = 0;
  /** Real and effective. */
  uint32_t real_uid = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::string name;
  char state = '?';
  bool kernel_thread = false;
  int threads = 0;
  /** Clock ticks after the machine started. */
  double started = 0;
  /** Hexadecimal, as proc_pid_status(5) has them; empty when not told. */
  std::string pending, pendingShared, blocked, ignored, caught, queued;
  /** Bytes of address space, and of memory locked in it; -1 when not told. */
  double address_bytes = -1;
  double locked_bytes = -1;
  uint64_t ipc_namespace = 0;
  std::vector<ScannedDescriptor> descriptors;
  /** Lines of proc_pid_maps(5) with shared mappings. */
  std::string shared;
  std::vector<ScannedThread> blocked_threads;
  std::array<double, kLimits> limits = {-2, -2, -2, -2, -2, -2};
  /** 0: nothing of its semop calls is undone when it ends. 1: perhaps something. -1: not told. */
  int undo = -1;
  /** Error numbers of what could not be read; 0 when it could, ETIMEDOUT when the read blocks. */
  int descriptors_error = 0;
  int shared_error = 0;
  int syscall_error = 0;
  int memory_error = 0;
  /** Number of the walk that read it as it is here. */
  uint64_t walk = 0;
};

/** What a pipe or FIFO holds, told by FIONREAD, F_GETPIPE_SZ and poll on a borrowed descriptor. */
struct ScannedPipe {
  uint64_t device = 0;
  uint64_t inode = 0;
  int unread = 0;
  int capacity = 0;
  /** The other end is gone, as the kernel counts it: POLLERR on a write end, POLLHUP on a read end. */
  bool no_readers = false;
  bool no_writers = false;
  int error = 0;
};

struct Scan {
  std::vector<std::shared_ptr<const ScannedProcess>> processes;
  std::vector<ScannedPipe> pipes;
  /** The text of /proc/locks: proc_locks(5). */
  std::string locks;
  int locks_error = 0;
  std::vector<UnixSocket> unix_sockets;
  int unix_error = 0;
  std::vector<InetSocket> inet_sockets;
  int inet_error = 0;
  int error = 0;
  /** CPU time of the walk in milliseconds, all threads together. */
  double milliseconds = 0;
  /** Counts the walks of this addon. */
  uint64_t walk = 0;
};

/**
 * Walks through /proc; may run on any thread, one walk after the other. Leaves out kernel threads and whatever vanishes
 * meanwhile.
 */
Scan ScanProc();

}  // namespace ipc_lens
