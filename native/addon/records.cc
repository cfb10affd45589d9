#include "records.h"

#include <cstring>
#include <string_view>

namespace ipc_lens {
namespace {

/** Takes a value out of packed bytes, from `*at` on. */
template <typename Value>
Value Take(const char **at) {
  Value value;
  memcpy(&value, *at, sizeof value);
  *at += sizeof value;
  return value;
}

}  // namespace

void Record::Head(Kind kind, const char *name) {
  Put(kind);
  Put(name);
}

Record &Record::number(const char *name, double value) {
  Head(kNumber, name);
  Put(value);
  return *this;
}

Record &Record::text(const char *name, const std::string &value) {
  Head(kText, name);
  Put(value.size());
  bytes_.append(value);
  return *this;
}

Record &Record::flag(const char *name, bool value) {
  Head(kFlag, name);
  Put(value);
  return *this;
}

Record &Record::numbers(const char *name, const std::vector<int> &values) {
  Head(kNumbers, name);
  Put(values.size());
  bytes_.append(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(int));
  return *this;
}

Record &Record::error(int error_number, const char *call) {
  Head(kError, call);
  Put(error_number);
  return *this;
}

Napi::Object Record::object(Names &names) const {
  Fields fields(names);
  const char *at = bytes_.data();
  const char *end = at + bytes_.size();
  while (at < end) {
    Kind kind = Take<Kind>(&at);
    const char *name = Take<const char *>(&at);
    switch (kind) {
      case kNumber:
        fields.number(name, Take<double>(&at));
        break;
      case kFlag:
        fields.flag(name, Take<bool>(&at));
        break;
      case kError:
        fields.error(Take<int>(&at), name);
        break;
      case kText: {
        size_t length = Take<size_t>(&at);
        fields.text(name, std::string(at, length));
        at += length;
        break;
      }
      case kNumbers: {
        size_t count = Take<size_t>(&at);
        Napi::Array list = Napi::Array::New(names.env(), count);
        for (uint32_t index = 0; index < count; index++) list.Set(index, Take<int>(&at));
        fields.value(name, list);
        break;
      }
    }
  }
  return fields.object();
}

bool Answers::AllAsBefore(const std::vector<Record> &records) const {
  if (records.size() != records_.size()) return false;
  for (size_t index = 0; index < records.size(); index++)
    if (records[index].bytes() != records_[index].bytes()) return false;
  return true;
}

napi_value Answers::Changes(Names &names, const std::vector<Record> &records) const {
  std::unordered_map<std::string_view, uint32_t> before;
  before.reserve(records_.size());
  for (uint32_t index = 0; index < records_.size(); index++) before.emplace(records_[index].bytes(), index);
  Napi::Array objects = Napi::Array::New(names.env(), records.size());
  for (uint32_t index = 0; index < records.size(); index++) {
    auto known = before.find(records[index].bytes());
    if (known == before.end())
      objects.Set(index, records[index].object(names));
    else
      objects.Set(index, known->second);
  }
  return objects;
}

void Answers::Add(const Napi::CallbackInfo &info, Names &names, std::vector<Record> records, Fields &told) {
  int64_t since = 0;
  NumberArgument(info, "since", &since);
  if (since == 0 || since != number_) records_.clear();
  if (since == 0 || since != number_ || !AllAsBefore(records)) {
    told.value("objects", Changes(names, records));
    records_ = std::move(records);
    number_++;
  }
  told.number("answer", static_cast<double>(number_));
}

}  // namespace ipc_lens
