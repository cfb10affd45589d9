/** System V shared memory segments, by shmctl(2) alone: nothing is attached, so no count and no time moves. */
#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>

#include "sysv.h"
#include "tables.h"

#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#endif

namespace ipc_lens {
namespace {

/** SHM_INFO and IPC_INFO fill other structures through the same pointer argument. */
template <typename Info>
int AskInfo(int command, Info *info) {
  return shmctl(0, command, reinterpret_cast<struct shmid_ds *>(info));
}

/** The kernel counts in pages what people think of in bytes. */
Napi::Object Limits(Names &names, const struct shm_info &usage, const struct shminfo &limits) {
  double page = static_cast<double>(sysconf(_SC_PAGESIZE));
  return Fields(names)
      .number("segments", usage.used_ids)
      .number("bytes", static_cast<double>(usage.shm_tot) * page)
      .number("residentBytes", static_cast<double>(usage.shm_rss) * page)
      .number("swappedBytes", static_cast<double>(usage.shm_swp) * page)
      .number("maxSegments", static_cast<double>(limits.shmmni))
      .number("maxSegmentBytes", static_cast<double>(limits.shmmax))
      .number("maxBytes", static_cast<double>(limits.shmall) * page)
      .object();
}

Record Row(int id, const struct shmid_ds &segment) {
  Record row;
  row.number("id", id);
  AddPermissions(row, segment.shm_perm);
  row.number("size", static_cast<double>(segment.shm_segsz))
      .number("attached", static_cast<double>(segment.shm_nattch))
      .number("creator", segment.shm_cpid)
      .number("lastUser", segment.shm_lpid)
      .flag("removalPending", (segment.shm_perm.mode & SHM_DEST) != 0)
      .flag("locked", (segment.shm_perm.mode & SHM_LOCKED) != 0)
      .number("lastAttached", static_cast<double>(segment.shm_atime))
      .number("lastDetached", static_cast<double>(segment.shm_dtime))
      .number("changed", static_cast<double>(segment.shm_ctime));
  return row;
}

Napi::Value Read(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  struct shm_info usage = {};
  struct shminfo limits = {};
  int highest = AskInfo(SHM_INFO, &usage);
  if (highest == -1) return Failure(env, errno, "shmctl(SHM_INFO)");
  if (AskInfo(IPC_INFO, &limits) == -1) return Failure(env, errno, "shmctl(IPC_INFO)");

  std::vector<Record> records;
  for (int slot = 0; slot <= highest; slot++) {
    struct shmid_ds segment = {};
    int id = AskSlot([&](int command) { return shmctl(slot, command, &segment); }, SHM_STAT_ANY, SHM_STAT);
    if (id >= 0) {
      records.push_back(Row(id, segment));
    } else if (errno == EACCES) {
      records.push_back(Record().number("slot", slot).error(EACCES, "shmctl(SHM_STAT)"));
    }
  }
  static thread_local Answers answers;
  Names names(env);
  Fields told(names);
  answers.Add(info, names, std::move(records), told);
  return told.value("limits", Limits(names, usage, limits)).object();
}

Napi::Value Remove(const Napi::CallbackInfo &info) {
  int id = 0;
  if (!IdArgument(info, &id)) return Failure(info.Env(), EINVAL, "shmctl(IPC_RMID)");
  return Outcome(info.Env(), shmctl(id, IPC_RMID, nullptr), "shmctl(IPC_RMID)");
}

}  // namespace

void RegisterSysvShm(Napi::Env env, Napi::Object addon) { RegisterTable(env, addon, "sysvShm", Read, Remove); }

}  // namespace ipc_lens
