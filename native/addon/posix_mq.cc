/**
 * POSIX message queues (mq_overview(7)). Their names are listed in a mounted mqueue file system; what a queue holds
 * comes from mq_getattr(3). The text in /dev/mqueue/NAME would tell the bytes too, but reading it sets the queue's
 * access and change times (mqueue_read_file() in ipc/mqueue.c), so it is left alone until a person asks. No registration
 * is made: mq_notify is not called, and closing a descriptor only ends a registration of this same process.
 */
#include <fcntl.h>
#include <mqueue.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <sstream>

#include "directory.h"
#include "tables.h"

namespace ipc_lens {
namespace {

/** MQUEUE_MAGIC of ipc/mqueue.c, as statfs(2) lists it. */
constexpr long kMqueueMagic = 0x19800202;

/** A folder with the queues of some IPC namespace, and how it was found. */
struct QueueFolder {
  Descriptor directory;
  /** The mount point; empty for a mount of our own that has none. */
  std::string path;
};

Descriptor OpenIfMqueue(const char *path) {
  Descriptor directory(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct statfs kind = {};
  if (!directory.open() || fstatfs(directory.get(), &kind) == -1 || kind.f_type != kMqueueMagic) return Descriptor();
  return directory;
}

/** Where an mqueue file system is mounted, by proc_pid_mountinfo(5): field 5, with type `mqueue` after the dash. */
std::vector<std::string> MqueueMountPoints() {
  std::string mounts;
  std::vector<std::string> found;
  if (!ReadSmallFile("/proc/self/mountinfo", 1 << 20, &mounts)) return found;
  std::istringstream lines(mounts);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(" - mqueue ") == std::string::npos) continue;
    std::istringstream fields(line);
    std::string field;
    for (int number = 0; number < 5; number++) fields >> field;
    // Octal escapes stand for blanks in a path: such a mount point is nobody's /dev/mqueue.
    if (field.find('\\') == std::string::npos) found.push_back(field);
  }
  return found;
}

/**
 * A mount of this IPC namespace's queues that appears nowhere in the file tree and ends with its descriptor
 * (fsopen(2), Linux 5.2): with CAP_SYS_ADMIN the names can be listed although nobody mounted /dev/mqueue.
 */
Descriptor MountUnseen() {
#if defined(SYS_fsopen) && defined(SYS_fsconfig) && defined(SYS_fsmount)
  const unsigned int close_on_exec = 1;  // FSOPEN_CLOEXEC and FSMOUNT_CLOEXEC
  const unsigned int create = 6;         // FSCONFIG_CMD_CREATE
  Descriptor context(static_cast<int>(syscall(SYS_fsopen, "mqueue", close_on_exec)));
  if (!context.open() || syscall(SYS_fsconfig, context.get(), create, nullptr, nullptr, 0) == -1) return Descriptor();
  Descriptor mount(static_cast<int>(syscall(SYS_fsmount, context.get(), close_on_exec, 0)));
  if (!mount.open()) return Descriptor();
  return Descriptor(openat(mount.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
#else
  return Descriptor();
#endif
}

/** A queue found in `folder` must be the one that mq_open finds, else the mount shows another IPC namespace. */
bool IsForeign(int folder, const std::vector<std::string> &names) {
  for (const std::string &name : names) {
    struct stat listed = {};
    struct stat opened = {};
    if (fstatat(folder, name.c_str(), &listed, AT_SYMLINK_NOFOLLOW) == -1) continue;
    mqd_t queue = mq_open(("/" + name).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (queue == -1 && errno == ENOENT) {
      if (fstatat(folder, name.c_str(), &listed, AT_SYMLINK_NOFOLLOW) == -1) continue;  // removed just now
      return true;
    }
    if (queue == -1) continue;  // not permitted to look: the next may tell
    int failed = fstat(queue, &opened);
    mq_close(queue);
    if (failed == 0) return listed.st_dev != opened.st_dev;
  }
  return false;
}

/** Adds what mq_getattr tells, or why it does not. False when the queue is gone meanwhile. */
bool AddAttributes(int folder, const char *name, Record &row) {
  Descriptor queue(openat(folder, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  if (!queue.open()) {
    if (errno == ENOENT) return false;
    row.error(errno, "open");
    return true;
  }
  struct mq_attr attributes = {};
  if (mq_getattr(queue.get(), &attributes) == -1) {
    row.error(errno, "mq_getattr");
    return true;
  }
  row.number("messages", static_cast<double>(attributes.mq_curmsgs))
      .number("maxMessages", static_cast<double>(attributes.mq_maxmsg))
      .number("maxMessageBytes", static_cast<double>(attributes.mq_msgsize));
  return true;
}

std::vector<Record> Queues(int folder, const std::vector<std::string> &listed) {
  std::vector<Record> records;
  for (const std::string &name : listed) {
    struct stat file = {};
    if (fstatat(folder, name.c_str(), &file, AT_SYMLINK_NOFOLLOW) == -1 || !S_ISREG(file.st_mode)) continue;
    Record row;
    AddFile(row, "/" + name, file);
    if (AddAttributes(folder, name.c_str(), row)) records.push_back(std::move(row));
  }
  return records;
}

Napi::Object Limits(Names &names) {
  return Fields(names)
      .number("maxQueues", NumberInFile("/proc/sys/fs/mqueue/queues_max"))
      .number("maxMessages", NumberInFile("/proc/sys/fs/mqueue/msg_max"))
      .number("maxMessageBytes", NumberInFile("/proc/sys/fs/mqueue/msgsize_max"))
      .object();
}

/** The folder to list: the usual place first, then any other mount, then a mount of our own. */
QueueFolder FindFolder(std::vector<std::string> *listed, bool *foreign) {
  std::vector<std::string> places = {"/dev/mqueue"};
  for (size_t place = 0; place < places.size(); place++) {
    Descriptor directory = OpenIfMqueue(places[place].c_str());
    listed->clear();
    if (directory.open() && ListNames(directory.get(), listed)) {
      if (!IsForeign(directory.get(), *listed)) return {std::move(directory), places[place]};
      *foreign = true;
    }
    if (place == 0) {
      for (std::string &other : MqueueMountPoints())
        if (other != places[0]) places.push_back(std::move(other));
    }
  }
  listed->clear();
  Descriptor unseen = MountUnseen();
  if (!unseen.open() || !ListNames(unseen.get(), listed)) return {Descriptor(), ""};
  return {std::move(unseen), ""};
}

Napi::Value Read(const Napi::CallbackInfo &info) {
  Names names(info.Env());
  std::vector<std::string> listed;
  bool foreign = false;
  QueueFolder folder = FindFolder(&listed, &foreign);
  Fields result(names);
  result.value("limits", Limits(names));
  // Without a folder the queues cannot be listed: that is no error of a call, so it has a member of its own.
  if (!folder.directory.open()) return result.text("unlisted", foreign ? "foreign" : "not-mounted").object();
  static thread_local Answers answers;
  answers.Add(info, names, Queues(folder.directory.get(), listed), result);
  return result.text("mount", folder.path).object();
}

/**
 * `{ bytes, notify, signal, pid }` of one queue: what only its file tells (mq_overview(7)). It moves the file's access and
 * change times, so it is read when a person asks and at no other time.
 */
Napi::Value Status(const Napi::CallbackInfo &info) {
  std::string name;
  if (!TextArgument(info, "name", &name) || name.size() < 2 || name[0] != '/' || name.find('/', 1) != std::string::npos)
    return Failure(info.Env(), EINVAL, "open");
  std::vector<std::string> listed;
  bool foreign = false;
  QueueFolder folder = FindFolder(&listed, &foreign);
  Descriptor queue(openat(folder.directory.get(), name.c_str() + 1, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!queue.open()) return Failure(info.Env(), errno, "open");
  char text[256] = "";
  if (read(queue.get(), text, sizeof text - 1) == -1) return Failure(info.Env(), errno, "read");
  unsigned long bytes = 0;
  int notify = 0, signal = 0, pid = 0;
  if (sscanf(text, "QSIZE:%lu NOTIFY:%d SIGNO:%d NOTIFY_PID:%d", &bytes, &notify, &signal, &pid) != 4)
    return Failure(info.Env(), EINVAL, "read");
  Names names(info.Env());
  return Fields(names)
      .number("bytes", static_cast<double>(bytes))
      .number("notify", notify)
      .number("signal", signal)
      .number("pid", pid)
      .object();
}

Napi::Value Remove(const Napi::CallbackInfo &info) {
  std::string name;
  if (!TextArgument(info, "name", &name)) return Failure(info.Env(), EINVAL, "mq_unlink");
  return Outcome(info.Env(), mq_unlink(name.c_str()), "mq_unlink");
}

}  // namespace

void RegisterPosixMq(Napi::Env env, Napi::Object addon) {
  RegisterTable(env, addon, "posixMq", Read, Remove);
  addon.Set("queueStatus", Napi::Function::New(env, Status, "queueStatus"));
}

}  // namespace ipc_lens
