/** POSIX shared memory objects (shm_overview(7)): glibc keeps each as /dev/shm/NAME. They are only stat'ed. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

#include "directory.h"
#include "tables.h"

namespace ipc_lens {
namespace {

/** /dev/shm is a tmpfs of limited size: what it may hold and what is left, in bytes. */
Napi::Object Limits(Names &names, int folder) {
  struct statvfs space = {};
  Fields limits(names);
  if (fstatvfs(folder, &space) == 0) {
    double unit = static_cast<double>(space.f_frsize);
    limits.number("maxBytes", static_cast<double>(space.f_blocks) * unit)
        .number("freeBytes", static_cast<double>(space.f_bavail) * unit);
  }
  return limits.object();
}

Napi::Value Read(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Descriptor folder(open("/dev/shm", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::vector<std::string> listed;
  if (!folder.open()) return Failure(env, errno, "open(\"/dev/shm\")");
  if (!ListNames(folder.get(), &listed)) return Failure(env, errno, "readdir(\"/dev/shm\")");

  std::vector<Record> records;
  for (const std::string &entry : listed) {
    struct stat file = {};
    if (entry.compare(0, 4, "sem.") == 0) continue;
    if (fstatat(folder.get(), entry.c_str(), &file, AT_SYMLINK_NOFOLLOW) == -1 || !S_ISREG(file.st_mode)) continue;
    Record row;
    AddFile(row, "/" + entry, file);
    // st_blocks counts 512 bytes each, whatever the file system: stat(3type).
    row.number("size", static_cast<double>(file.st_size)).number("allocated", static_cast<double>(file.st_blocks) * 512);
    records.push_back(std::move(row));
  }
  static thread_local Answers answers;
  Names names(env);
  Fields told(names);
  answers.Add(info, names, std::move(records), told);
  return told.value("limits", Limits(names, folder.get())).object();
}

Napi::Value Remove(const Napi::CallbackInfo &info) {
  std::string name;
  if (!TextArgument(info, "name", &name)) return Failure(info.Env(), EINVAL, "shm_unlink");
  return Outcome(info.Env(), shm_unlink(name.c_str()), "shm_unlink");
}

}  // namespace

void RegisterPosixShm(Napi::Env env, Napi::Object addon) { RegisterTable(env, addon, "posixShm", Read, Remove); }

}  // namespace ipc_lens
