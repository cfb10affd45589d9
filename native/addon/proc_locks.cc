/**
 * The text of /proc/locks. One read of it is of one moment, but gives a page at most; the next read begins at the lock whose
 * number follows, whichever that is by then: where somebody's lock came or went in between, another one appears twice or not at
 * all. So what does not fit into one read is read until two readings are the same; while somebody never rests, each lock that
 * any of them has is told, as often as most of those have it.
 */
#include <unistd.h>

#include <algorithm>
#include <map>

#include "proc_parts.h"

namespace ipc_lens {
namespace {

constexpr size_t kMostBytes = 4 << 20;
constexpr size_t kReadings = 7;

/** A lock with those that wait for it, without their number. */
using Entry = std::vector<std::string>;

std::vector<Entry> Entries(const std::string &text) {
  std::vector<Entry> entries;
  std::string latest;
  for (size_t line = 0; line < text.size();) {
    size_t end = std::min(text.find('\n', line), text.size());
    size_t colon = std::min(text.find(':', line), end);
    std::string number = text.substr(line, colon - line);
    if (entries.empty() || number != latest) entries.emplace_back();
    latest = number;
    entries.back().push_back(text.substr(colon, end - colon));
    line = end + 1;
  }
  return entries;
}

std::string Together(const std::vector<std::string> &readings) {
  /** How often each reading that has the lock has it. */
  std::map<Entry, std::vector<size_t>> counts;
  for (const std::string &reading : readings) {
    std::map<Entry, size_t> here;
    for (Entry &entry : Entries(reading)) here[std::move(entry)]++;
    for (const auto &[entry, count] : here) counts[entry].push_back(count);
  }
  std::string text;
  size_t number = 0;
  for (auto &[entry, count] : counts) {
    auto middle = count.begin() + static_cast<long>((count.size() - 1) / 2);
    std::nth_element(count.begin(), middle, count.end());
    for (size_t times = *middle; times > 0; times--) {
      number++;
      for (const std::string &line : entry) text += std::to_string(number) + line + "\n";
    }
  }
  return text;
}

}  // namespace

int ReadLocks(int proc, std::string *text) {
  // Of what is shorter than a page by more than any line, nothing can be missing.
  static const size_t surely_whole = static_cast<size_t>(sysconf(_SC_PAGESIZE)) - 512;
  std::vector<std::string> readings;
  while (readings.size() < kReadings) {
    // With one read: the one that would only tell the end may bring a lock that was there before.
    int problem = ReadProcFile(proc, "locks", kMostBytes, text);
    if (problem != 0 || text->size() < surely_whole) return problem;
    problem = ReadProcFile(proc, "locks", kMostBytes, text, Comes::kInPieces);
    if (problem != 0 || (!readings.empty() && *text == readings.back())) return problem;
    readings.push_back(*text);
  }
  *text = Together(readings);
  return 0;
}

}  // namespace ipc_lens
