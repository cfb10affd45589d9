/**
 * Named POSIX semaphores (sem_overview(7)): glibc keeps each as /dev/shm/sem.NAME. The value is read from the file;
 * sem_open would map it for writing and sem_getvalue needs that mapping.
 */
#include <fcntl.h>
#include <semaphore.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "directory.h"
#include "tables.h"

namespace ipc_lens {
namespace {

/**
 * struct new_sem of glibc (since 2.21) on 64-bit machines, sysdeps/nptl/internaltypes.h: the value in the low half of
 * `data`, the number of waiters in the high half.
 */
struct Semaphore {
  uint64_t data;
  int32_t shared;
  int32_t pad;
  uint64_t rest[2];
};
static_assert(sizeof(Semaphore) == 32);

/** LLL_SHARED: what sem_open writes into `shared`. */
constexpr int32_t kShared = 128;

/** Whether the bytes are what sem_open writes: a value that sem_post could reach, and zeros where nothing lives. */
bool LooksLikeOne(const Semaphore &semaphore) {
  return (semaphore.data & 0xffffffff) <= SEM_VALUE_MAX && semaphore.shared == kShared && semaphore.pad == 0;
}

/** Adds the value, or why there is none. False when the semaphore is gone meanwhile. */
bool AddValue(int folder, const char *name, const struct stat &file, Record &row) {
  if (sizeof(sem_t) != sizeof(Semaphore) || file.st_size != sizeof(Semaphore)) {
    row.flag("recognised", false);
    return true;
  }
  Descriptor opened = OpenQuietly(folder, name, file);
  if (!opened.open()) {
    if (errno == ENOENT) return false;
    row.error(errno, "open");
    return true;
  }
  Semaphore semaphore = {};
  ssize_t count = pread(opened.get(), &semaphore, sizeof semaphore, 0);
  if (count == -1) {
    row.error(errno, "pread");
    return true;
  }
  bool recognised = count == sizeof semaphore && LooksLikeOne(semaphore);
  row.flag("recognised", recognised);
  if (!recognised) return true;
  row.number("value", static_cast<double>(semaphore.data & 0xffffffff))
      .number("waiting", static_cast<double>(semaphore.data >> 32));
  return true;
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
    if (entry.compare(0, 4, "sem.") != 0 || entry.size() == 4) continue;
    if (fstatat(folder.get(), entry.c_str(), &file, AT_SYMLINK_NOFOLLOW) == -1 || !S_ISREG(file.st_mode)) continue;
    Record row;
    AddFile(row, "/" + entry.substr(4), file);
    if (AddValue(folder.get(), entry.c_str(), file, row)) records.push_back(std::move(row));
  }
  static thread_local Answers answers;
  Names names(env);
  Fields told(names);
  answers.Add(info, names, std::move(records), told);
  return told.object();
}

Napi::Value Remove(const Napi::CallbackInfo &info) {
  std::string name;
  if (!TextArgument(info, "name", &name)) return Failure(info.Env(), EINVAL, "sem_unlink");
  return Outcome(info.Env(), sem_unlink(name.c_str()), "sem_unlink");
}

}  // namespace

void RegisterPosixSem(Napi::Env env, Napi::Object addon) { RegisterTable(env, addon, "posixSem", Read, Remove); }

}  // namespace ipc_lens
