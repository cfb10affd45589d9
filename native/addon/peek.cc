/**
 * Content without consuming or disturbing: messages of a System V queue by MSG_COPY (msgop(2), Linux 3.8), and bytes of a
 * file that is shared memory by a read that leaves the access time alone.
 */
#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <vector>

#include "directory.h"
#include "result.h"
#include "sysv.h"
#include "tables.h"

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif

namespace ipc_lens {
namespace {

constexpr int64_t kMostMessages = 1000;
constexpr int64_t kMostBytes = 1 << 20;

/** `{ messages: [{ type, size, bytes }] }` with at most `bytes` bytes each; msgmax bounds what the kernel copies. */
Napi::Value Messages(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  int id = 0;
  int64_t most = 0;
  int64_t bytes = 0;
  if (!IdArgument(info, &id) || !NumberArgument(info, "most", &most) || !NumberArgument(info, "bytes", &bytes))
    return Failure(env, EINVAL, "msgrcv(MSG_COPY)");
  double largest = std::min(std::max(NumberInFile("/proc/sys/kernel/msgmax"), 8192.0), 16.0 * (1 << 20));
  // A message longer than the buffer cannot be copied at all, so the buffer is as long as a message can be.
  std::vector<char> buffer(sizeof(long) + static_cast<size_t>(largest));
  Names names(env);
  Napi::Array messages = Napi::Array::New(env);
  for (long index = 0; index < std::min(most, kMostMessages); index++) {
    ssize_t size = msgrcv(id, buffer.data(), buffer.size() - sizeof(long), index, IPC_NOWAIT | MSG_COPY);
    if (size == -1 && errno == ENOMSG) break;
    if (size == -1) return Failure(env, errno, "msgrcv(MSG_COPY)");
    long type = 0;
    memcpy(&type, buffer.data(), sizeof type);
    size_t shown = static_cast<size_t>(std::min<int64_t>(size, std::min(bytes, kMostBytes)));
    messages.Set(messages.Length(), Fields(names)
                                        .number("type", static_cast<double>(type))
                                        .number("size", static_cast<double>(size))
                                        .value("bytes", Napi::Buffer<char>::Copy(env, buffer.data() + sizeof(long), shown))
                                        .object());
  }
  return Fields(names).value("messages", messages).object();
}

/** O_NOFOLLOW would refuse the links in /proc/PID/map_files, which are not links that anyone could have laid. */
Descriptor Open(const std::string &path) {
  if (path.compare(0, 6, "/proc/") == 0)
    return Descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOATIME));
  struct stat file = {};
  if (fstatat(AT_FDCWD, path.c_str(), &file, AT_SYMLINK_NOFOLLOW) == -1) return Descriptor();
  return OpenQuietly(AT_FDCWD, path.c_str(), file);
}

/** `{ size, bytes }`: at most `length` bytes from `offset`. */
Napi::Value File(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  std::string path;
  int64_t offset = 0;
  int64_t length = 0;
  if (!TextArgument(info, "path", &path) || !NumberArgument(info, "offset", &offset) || offset < 0 ||
      !NumberArgument(info, "length", &length) || length < 0)
    return Failure(env, EINVAL, "open");
  Descriptor file = Open(path);
  struct stat status = {};
  if (!file.open()) return Failure(env, errno, "open");
  if (fstat(file.get(), &status) == -1 || !S_ISREG(status.st_mode)) return Failure(env, EINVAL, "fstat");
  std::vector<char> buffer(static_cast<size_t>(std::min(length, kMostBytes)));
  ssize_t count = pread(file.get(), buffer.data(), buffer.size(), offset);
  if (count == -1) return Failure(env, errno, "pread");
  Names names(env);
  return Fields(names)
      .number("size", static_cast<double>(status.st_size))
      .value("bytes", Napi::Buffer<char>::Copy(env, buffer.data(), static_cast<size_t>(count)))
      .object();
}

}  // namespace

void RegisterPeek(Napi::Env env, Napi::Object addon) {
  addon.Set("peekMessages", Napi::Function::New(env, Messages, "peekMessages"));
  addon.Set("peekFile", Napi::Function::New(env, File, "peekFile"));
}

}  // namespace ipc_lens
