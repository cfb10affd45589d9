#pragma once
/**
 * Records of one table on their way to JavaScript. The kernel is asked for everything at every look; but a record that reads
 * the same as in the answer before is told by its place in that answer instead of being made into an object again, which
 * costs more than asking the kernel for it. server/kernel/records.ts puts the objects back.
 */
#include <string>
#include <unordered_map>
#include <vector>

#include "result.h"

namespace ipc_lens {

/** Members of one record, packed: two records with the same bytes tell the same. Names are literals. */
class Record {
 public:
  Record &number(const char *name, double value);
  Record &text(const char *name, const std::string &value);
  Record &flag(const char *name, bool value);
  Record &numbers(const char *name, const std::vector<int> &values);
  /** Adds `error: { errno, call }`. */
  Record &error(int error_number, const char *call);
  const std::string &bytes() const { return bytes_; }
  Napi::Object object(Names &names) const;

 private:
  enum Kind : char { kNumber, kText, kFlag, kNumbers, kError };
  void Head(Kind kind, const char *name);
  template <typename Value>
  void Put(const Value &value) {
    bytes_.append(reinterpret_cast<const char *>(&value), sizeof value);
  }

  std::string bytes_;
};

/** The latest answer of one table in this thread's JavaScript. */
class Answers {
 public:
  /**
   * Adds `objects` and `answer` to what is told. A record is an object, or its index among the objects of answer
   * `info[0].since`; while all are as they were then there, `objects` is absent and `answer` is `since`.
   */
  void Add(const Napi::CallbackInfo &info, Names &names, std::vector<Record> records, Fields &told);

 private:
  bool AllAsBefore(const std::vector<Record> &records) const;
  napi_value Changes(Names &names, const std::vector<Record> &records) const;

  int64_t number_ = 0;
  std::vector<Record> records_;
};

}  // namespace ipc_lens
