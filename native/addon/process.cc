/** What tables say of processes: which of the pids they name still run, under what name; and who asks. */
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <linux/capability.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>

#include "boot_time.h"
#include "result.h"
#include "tables.h"

namespace ipc_lens {
namespace {

/** What /proc/PID/stat says (proc_pid_stat(5)): the name stands in parentheses and may hold any character. */
struct Stat {
  std::string name;
  char state = '?';
  /** Clock ticks after the machine started. */
  double started = 0;
};

bool ReadStat(int64_t pid, Stat *stat) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%lld/stat", static_cast<long long>(pid));
  std::string text;
  if (!ReadSmallFile(path, 4096, &text)) return false;
  size_t open = text.find('(');
  size_t close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close + 2 >= text.size()) return false;
  stat->name = text.substr(open + 1, close - open - 1);
  stat->state = text[close + 2];
  // Field 22 is the start time; field 3, the state, follows the parenthesis.
  const char *field = text.c_str() + close + 2;
  for (int number = 3; number < 22 && field != nullptr; number++) {
    field = strchr(field, ' ');
    if (field != nullptr) field++;
  }
  if (field == nullptr) return false;
  stat->started = strtod(field, nullptr);
  return true;
}

/**
 * `running`, `exited` (a zombie), `hidden` (runs, but /proc does not show it to us: hidepid in proc(5)) or `gone`. Signal 0
 * goes first: it sends nothing, and most pids that old objects name are gone.
 */
Napi::Object Describe(Names &names, int64_t pid, double booted) {
  Fields row(names);
  row.number("pid", static_cast<double>(pid));
  if (pid <= 0 || pid > INT_MAX || (kill(static_cast<pid_t>(pid), 0) == -1 && errno == ESRCH))
    return row.text("state", "gone").object();
  Stat stat;
  if (!ReadStat(pid, &stat)) return row.text("state", "hidden").object();
  bool exited = stat.state == 'Z' || stat.state == 'X';
  return row.text("state", exited ? "exited" : "running")
      .text("name", stat.name)
      .number("started", booted + stat.started / static_cast<double>(sysconf(_SC_CLK_TCK)))
      .object();
}

Napi::Value Processes(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Napi::Value asked = info.Length() > 0 && info[0].IsObject() ? info[0].As<Napi::Object>().Get("pids") : env.Undefined();
  if (!asked.IsArray()) return Failure(env, EINVAL, "processes");
  double booted = BootTime();
  Names names(env);
  Napi::Array pids = asked.As<Napi::Array>();
  Napi::Array objects = Napi::Array::New(env);
  for (uint32_t index = 0; index < pids.Length(); index++) {
    Napi::Value pid = pids.Get(index);
    if (pid.IsNumber()) objects.Set(objects.Length(), Describe(names, pid.As<Napi::Number>().Int64Value(), booted));
  }
  return Fields(names).value("objects", objects).object();
}

/** Whether the calling thread has a capability in effect; see capabilities(7). */
bool Holds(const struct __user_cap_data_struct *data, int capability) {
  return (data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability)) != 0;
}

/** Who asks: what decides whether an object may be removed, and which IPC namespace is looked at. */
Napi::Value Self(const Napi::CallbackInfo &info) {
  Names names(info.Env());
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  syscall(SYS_capget, &header, data);
  Fields self(names);
  self.number("uid", geteuid()).flag("admin", Holds(data, CAP_SYS_ADMIN)).flag("fileOwner", Holds(data, CAP_FOWNER));
  struct stat ipc = {};
  if (stat("/proc/self/ns/ipc", &ipc) == 0) self.number("ipcNamespace", static_cast<double>(ipc.st_ino));
  return self.object();
}

}  // namespace

void RegisterProcess(Napi::Env env, Napi::Object addon) {
  addon.Set("processes", Napi::Function::New(env, Processes, "processes"));
  addon.Set("self", Napi::Function::New(env, Self, "self"));
}

}  // namespace ipc_lens
