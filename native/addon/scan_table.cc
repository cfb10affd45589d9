/** The walk through /proc as JavaScript has it: `scan({ since })` on a thread of the pool. */
#include <unistd.h>
#include <sys/syscall.h>

#include <cerrno>
#include <utility>

#include "boot_time.h"
#include "patience.h"
#include "proc_scan.h"
#include "result.h"
#include "tables.h"

namespace ipc_lens {
namespace {

napi_value Descriptors(Names &names, const ScannedProcess &process) {
  Napi::Array list = Napi::Array::New(names.env(), process.descriptors.size());
  uint32_t index = 0;
  for (const ScannedDescriptor &descriptor : process.descriptors) {
    Fields row(names);
    row.number("fd", descriptor.number).text("link", descriptor.link).number("access", descriptor.access);
    if (descriptor.mode != 0)
      row.number("mode", descriptor.mode)
          .number("device", static_cast<double>(descriptor.device))
          .number("inode", static_cast<double>(descriptor.inode));
    if (!descriptor.info.empty()) row.text("info", descriptor.info);
    list.Set(index++, row.object());
  }
  return list;
}

napi_value Threads(Names &names, const ScannedProcess &process) {
  Napi::Array list = Napi::Array::New(names.env(), process.blocked_threads.size());
  uint32_t index = 0;
  for (const ScannedThread &thread : process.blocked_threads) {
    Fields row(names);
    row.number("tid", thread.tid).text("syscall", thread.syscall).text("wchan", thread.wchan);
    if (!thread.memory.empty()) {
      Napi::Array pieces = Napi::Array::New(names.env(), thread.memory.size());
      for (uint32_t at = 0; at < thread.memory.size(); at++)
        pieces.Set(at, Napi::Buffer<char>::Copy(names.env(), thread.memory[at].data(), thread.memory[at].size()));
      row.value("memory", pieces);
    }
    list.Set(index++, row.object());
  }
  return list;
}

napi_value Signals(Names &names, const ScannedProcess &process) {
  return Fields(names)
      .text("pending", process.pending)
      .text("pendingShared", process.pendingShared)
      .text("blocked", process.blocked)
      .text("ignored", process.ignored)
      .text("caught", process.caught)
      .text("queued", process.queued)
      .object();
}

/** Why parts of a process could not be read: error numbers, 0 for what could. */
napi_value Refused(Names &names, const ScannedProcess &process) {
  return Fields(names)
      .number("descriptors", process.descriptors_error)
      .number("shared", process.shared_error)
      .number("syscall", process.syscall_error)
      .number("memory", process.memory_error)
      .object();
}

/** Limits that are told; -1 for none. */
napi_value Limits(Names &names, const ScannedProcess &process) {
  constexpr const char *kNames[kLimits] = {"nofile", "msgqueue", "memlock", "nproc", "fsize", "as"};
  Fields row(names);
  for (size_t index = 0; index < kLimits; index++)
    if (process.limits[index] != -2) row.number(kNames[index], process.limits[index]);
  return row.object();
}

Napi::Object ProcessRow(Names &names, const ScannedProcess &process, double booted, double ticks) {
  Fields row(names);
  row.number("pid", process.pid)
      .number("parent", process.parent)
      .number("realUid", process.real_uid)
      .number("uid", process.uid)
      .number("gid", process.gid)
      .text("name", process.name)
      .text("state", std::string(1, process.state))
      .number("threads", process.threads)
      .number("started", booted + process.started / ticks)
      .number("ipcNamespace", static_cast<double>(process.ipc_namespace))
      .number("addressBytes", process.address_bytes)
      .number("lockedBytes", process.locked_bytes)
      .value("limits", Limits(names, process))
      .number("undo", process.undo)
      .number("walk", static_cast<double>(process.walk))
      .value("signals", Signals(names, process))
      .value("refused", Refused(names, process))
      .value("descriptors", Descriptors(names, process))
      .text("shared", process.shared)
      .value("waiting", Threads(names, process));
  return row.object();
}

napi_value Pipes(Names &names, const Scan &scan) {
  Napi::Array list = Napi::Array::New(names.env(), scan.pipes.size());
  uint32_t index = 0;
  for (const ScannedPipe &pipe : scan.pipes) {
    Fields row(names);
    row.number("device", static_cast<double>(pipe.device)).number("inode", static_cast<double>(pipe.inode));
    if (pipe.error != 0)
      row.error(pipe.error, pipe.error == ETIMEDOUT ? "ioctl(FIONREAD)" : "pidfd_getfd");
    else
      row.number("unread", pipe.unread)
          .number("capacity", pipe.capacity)
          .flag("noReaders", pipe.no_readers)
          .flag("noWriters", pipe.no_writers);
    list.Set(index++, row.object());
  }
  return list;
}

napi_value UnixSockets(Names &names, const Scan &scan) {
  Napi::Array list = Napi::Array::New(names.env(), scan.unix_sockets.size());
  uint32_t index = 0;
  for (const UnixSocket &socket : scan.unix_sockets) {
    Fields row(names);
    row.number("inode", socket.inode)
        .number("type", socket.type)
        .number("state", socket.state)
        .text("name", socket.name)
        .flag("abstract", socket.abstract)
        .number("peer", socket.peer)
        .number("receiveQueue", socket.receive_queue)
        .number("sendQueue", socket.send_queue)
        .number("shutdown", socket.shutdown)
        .number("uid", socket.uid);
    if (!socket.pending.empty()) {
      Napi::Array pending = Napi::Array::New(names.env(), socket.pending.size());
      for (uint32_t at = 0; at < socket.pending.size(); at++) pending.Set(at, socket.pending[at]);
      row.value("pending", pending);
    }
    list.Set(index++, row.object());
  }
  return list;
}

napi_value InetSockets(Names &names, const Scan &scan) {
  Napi::Array list = Napi::Array::New(names.env(), scan.inet_sockets.size());
  uint32_t index = 0;
  for (const InetSocket &socket : scan.inet_sockets)
    list.Set(index++, Fields(names)
                          .number("inode", socket.inode)
                          .flag("tcp", socket.tcp)
                          .flag("v6", socket.v6)
                          .number("state", socket.state)
                          .text("address", socket.address)
                          .number("port", socket.port)
                          .text("peerAddress", socket.peer_address)
                          .number("peerPort", socket.peer_port)
                          .number("receiveQueue", socket.receive_queue)
                          .number("sendQueue", socket.send_queue)
                          .number("uid", socket.uid)
                          .object());
  return list;
}

/** Processes that are as they were in walk `since` are told by their number. */
Napi::Value Answer(Napi::Env env, const Scan &scan, uint64_t since) {
  if (scan.error != 0) return Failure(env, scan.error, "open(\"/proc\")");
  double before = ThreadMilliseconds();
  Names names(env);
  double booted = BootTime();
  double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  Napi::Array processes = Napi::Array::New(env, scan.processes.size());
  uint32_t index = 0;
  for (const auto &process : scan.processes) {
    if (process->walk <= since)
      processes.Set(index++, process->pid);
    else
      processes.Set(index++, ProcessRow(names, *process, booted, ticks));
  }
  Fields answer(names);
  answer.value("processes", processes).value("pipes", Pipes(names, scan)).text("locks", scan.locks);
  answer.value("unixSockets", UnixSockets(names, scan)).number("unixError", scan.unix_error);
  answer.value("inetSockets", InetSockets(names, scan)).number("inetError", scan.inet_error);
  // With what telling it costs.
  answer.number("milliseconds", scan.milliseconds + ThreadMilliseconds() - before).number("self", getpid());
  answer.number("walk", static_cast<double>(scan.walk));
  return answer.number("locksError", scan.locks_error).object();
}

/** Runs the walk on a thread of libuv's pool and resolves a promise with what it found. */
class ScanWorker : public Napi::AsyncWorker {
 public:
  ScanWorker(Napi::Env env, uint64_t since)
      : Napi::AsyncWorker(env), deferred_(Napi::Promise::Deferred::New(env)), since_(since) {}
  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override { scan_ = ScanProc(); }
  void OnOK() override { deferred_.Resolve(Answer(Env(), scan_, since_)); }
  void OnError(const Napi::Error &error) override { deferred_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred deferred_;
  uint64_t since_;
  Scan scan_;
};

Napi::Value Start(const Napi::CallbackInfo &info) {
  int64_t since = 0;
  NumberArgument(info, "since", &since);
  auto *worker = new ScanWorker(info.Env(), static_cast<uint64_t>(since));  // deletes itself when it is done
  Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

struct SyscallName {
  long number;
  const char *name;
};

/** Calls that may block, by the numbers of the machine this was built for: syscalls(2). */
constexpr SyscallName kSyscalls[] = {
#define NAMED(call) {SYS_##call, #call}
    NAMED(read),       NAMED(write),           NAMED(readv),        NAMED(writev),      NAMED(pread64),
    NAMED(pwrite64),   NAMED(preadv),          NAMED(pwritev),      NAMED(preadv2),     NAMED(pwritev2),
    NAMED(recvfrom),   NAMED(sendto),          NAMED(recvmsg),      NAMED(sendmsg),     NAMED(recvmmsg),
    NAMED(sendmmsg),   NAMED(accept),          NAMED(accept4),      NAMED(connect),     NAMED(flock),
    NAMED(fcntl),      NAMED(ioctl),           NAMED(mq_timedsend), NAMED(splice),      NAMED(mq_timedreceive),
    NAMED(tee),        NAMED(vmsplice),        NAMED(sendfile),     NAMED(epoll_pwait), NAMED(msgsnd),
    NAMED(msgrcv),     NAMED(semop),           NAMED(semtimedop),   NAMED(futex),       NAMED(wait4),
    NAMED(waitid),     NAMED(ppoll),           NAMED(pselect6),     NAMED(nanosleep),   NAMED(rt_sigsuspend),
    NAMED(openat),     NAMED(clock_nanosleep), NAMED(openat2),      NAMED(fsync),       NAMED(rt_sigtimedwait),
    NAMED(restart_syscall),
#ifdef SYS_open  // the calls that newer machines do not have any more
    NAMED(open),       NAMED(poll),            NAMED(select),       NAMED(pause),       NAMED(epoll_wait),
    NAMED(vfork),
#endif
#ifdef SYS_epoll_pwait2
    NAMED(epoll_pwait2),
#endif
#ifdef SYS_futex_waitv
    NAMED(futex_waitv),
#endif
#undef NAMED
};

/** `{ 0: "read", ... }`. */
Napi::Value Syscalls(const Napi::CallbackInfo &info) {
  Napi::Object names = Napi::Object::New(info.Env());
  for (const SyscallName &call : kSyscalls) names.Set(static_cast<uint32_t>(call.number), call.name);
  return names;
}

}  // namespace

void RegisterScan(Napi::Env env, Napi::Object addon) {
  addon.Set("scan", Napi::Function::New(env, Start, "scan"));
  addon.Set("syscalls", Napi::Function::New(env, Syscalls, "syscalls"));
}

}  // namespace ipc_lens
