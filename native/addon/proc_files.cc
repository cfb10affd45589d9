#include "proc_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace ipc_lens {

int ReadProcFile(int directory, const char *name, size_t limit, std::string *text, Comes comes) {
  text->clear();
  Descriptor file(openat(directory, name, O_RDONLY | O_CLOEXEC));
  if (!file.open()) return errno;
  static thread_local char piece[1 << 16];
  while (text->size() < limit) {
    ssize_t count = read(file.get(), piece, sizeof piece);
    if (count == -1 && errno == EINTR) continue;
    if (count == -1) return errno;
    if (count == 0) break;
    text->append(piece, static_cast<size_t>(count));
    // A second read that only tells the end would be a fifth of all that the walk costs.
    if (comes == Comes::kWhole && static_cast<size_t>(count) < sizeof piece) break;
  }
  return 0;
}

bool ListNumbers(int directory, const char *name, size_t most, std::vector<int> *numbers) {
  numbers->clear();
  int folder = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder == -1) return false;
  DIR *listing = fdopendir(folder);
  if (listing == nullptr) {
    int reason = errno;
    close(folder);
    errno = reason;
    return false;
  }
  errno = 0;
  while (struct dirent *entry = readdir(listing)) {
    if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && numbers->size() < most)
      numbers->push_back(atoi(entry->d_name));
    errno = 0;
  }
  int reason = errno;
  closedir(listing);
  errno = reason;
  std::sort(numbers->begin(), numbers->end());
  return reason == 0;
}

Descriptor OpenNumbered(int directory, int number) {
  char name[16];
  snprintf(name, sizeof name, "%d", number);
  return Descriptor(openat(directory, name, O_PATH | O_DIRECTORY | O_CLOEXEC));
}

bool StartsWith(const std::string &text, const char *prefix) { return text.compare(0, strlen(prefix), prefix) == 0; }

}  // namespace ipc_lens
