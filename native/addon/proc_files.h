#pragma once
/** Reading files and folders of /proc. */
#include <climits>
#include <string>
#include <vector>

#include "result.h"

namespace ipc_lens {

/** Files that come whole with the first read when there is room, and those that come a page at a time (maps). */
enum class Comes { kWhole, kInPieces };

/** Reads a file of /proc whole into `text`; 0 or the error number. */
int ReadProcFile(int directory, const char *name, size_t limit, std::string *text, Comes comes = Comes::kWhole);

/** The numbers that name entries of a directory of /proc, in order; false when it cannot be listed (errno says why). */
bool ListNumbers(int directory, const char *name, size_t most, std::vector<int> *numbers);

/** `openat` of an entry named by a number, as a place to look from. */
Descriptor OpenNumbered(int directory, int number);

bool StartsWith(const std::string &text, const char *prefix);

}  // namespace ipc_lens
