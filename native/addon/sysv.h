#pragma once
/** What the three System V tables have in common. */
#include <sys/ipc.h>

#include <cerrno>
#include <climits>

#include "records.h"

namespace ipc_lens {

/** Key, owner, creator and permissions as ipc_perm has them; see sysvipc(7). */
inline void AddPermissions(Record &row, const struct ipc_perm &perm) {
  row.number("key", static_cast<uint32_t>(perm.__key))
      .number("uid", perm.uid)
      .number("gid", perm.gid)
      .number("creatorUid", perm.cuid)
      .number("creatorGid", perm.cgid)
      .number("mode", perm.mode & 07777);
}

/** The identifier a removal asks for; false when the request has none. */
inline bool IdArgument(const Napi::CallbackInfo &info, int *id) {
  int64_t value = 0;
  if (!NumberArgument(info, "id", &value) || value < 0 || value > INT_MAX) return false;
  *id = static_cast<int>(value);
  return true;
}

/**
 * The record in slot `index`. `any` (`*_STAT_ANY`, since Linux 4.17) needs no read permission, as /proc/sysvipc needs
 * none; an older kernel answers EINVAL and is asked with `stat`. A free slot answers EINVAL as well, so such slots
 * cost two calls; the kernel fills the lowest first, so there are few.
 */
template <typename Ask>
int AskSlot(Ask ask, int any, int stat) {
  int id = ask(any);
  return id == -1 && errno == EINVAL ? ask(stat) : id;
}

}  // namespace ipc_lens
