#pragma once
/** Objects that are files of a special file system: what /dev/mqueue and /dev/shm have in common. */
#include <sys/stat.h>

#include "records.h"

namespace ipc_lens {

/** Names in the directory, without `.` and `..`; false with errno set when it cannot be listed. */
bool ListNames(int directory, std::vector<std::string> *names);

/** Name, owner, permissions and times (seconds since the epoch, with fraction) of one such object. */
void AddFile(Record &row, const std::string &name, const struct stat &file);

/**
 * Opens a file for reading in a way that cannot change its access time, or fails with errno EPERM when there is none:
 * O_NOATIME is for the owner and CAP_FOWNER (open(2)); for others the rule of `relatime` (mount(8)) tells whether a
 * read would change the time.
 */
Descriptor OpenQuietly(int directory, const char *name, const struct stat &file);

}  // namespace ipc_lens
