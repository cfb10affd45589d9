#include "result.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace ipc_lens {

napi_value Names::operator[](const char *name) {
  for (const auto &known : known_) {
    if (known.first == name) return known.second;
  }
  napi_value made = Napi::String::New(env_, name);
  known_.emplace_back(name, made);
  return made;
}

Fields::Fields(Names &names) : names_(names), object_(nullptr) { napi_create_object(names_.env(), &object_); }

Fields &Fields::value(const char *name, napi_value value) {
  napi_set_property(names_.env(), object_, names_[name], value);
  return *this;
}

Fields &Fields::number(const char *name, double number) {
  napi_value made = nullptr;
  napi_create_double(names_.env(), number, &made);
  return value(name, made);
}

Fields &Fields::text(const char *name, const std::string &text) {
  return value(name, Napi::String::New(names_.env(), text));
}

Fields &Fields::flag(const char *name, bool flag) { return value(name, Napi::Boolean::New(names_.env(), flag)); }

Fields &Fields::error(int error_number, const char *call) {
  Fields error(names_);
  error.number("errno", error_number).text("call", call);
  return value("error", error.object());
}

Napi::Object Failure(Napi::Env env, int error_number, const char *call) {
  Names names(env);
  return Fields(names).error(error_number, call).object();
}

Napi::Object Outcome(Napi::Env env, int returned, const char *call) {
  return returned == -1 ? Failure(env, errno, call) : Napi::Object::New(env);
}

bool NumberArgument(const Napi::CallbackInfo &info, const char *name, int64_t *value) {
  if (info.Length() < 1 || !info[0].IsObject()) return false;
  Napi::Value member = info[0].As<Napi::Object>().Get(name);
  if (!member.IsNumber()) return false;
  *value = member.As<Napi::Number>().Int64Value();
  return true;
}

bool TextArgument(const Napi::CallbackInfo &info, const char *name, std::string *value) {
  if (info.Length() < 1 || !info[0].IsObject()) return false;
  Napi::Value member = info[0].As<Napi::Object>().Get(name);
  if (!member.IsString()) return false;
  *value = member.As<Napi::String>().Utf8Value();
  return value->find('\0') == std::string::npos;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

Descriptor &Descriptor::operator=(Descriptor &&other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

bool ReadSmallFile(const char *path, size_t limit, std::string *content) {
  Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file.open()) return false;
  content->resize(limit);
  size_t filled = 0;
  while (filled < limit) {
    ssize_t count = read(file.get(), content->data() + filled, limit - filled);
    if (count == -1 && errno == EINTR) continue;
    if (count == -1) return false;
    if (count == 0) break;
    filled += static_cast<size_t>(count);
  }
  content->resize(filled);
  return true;
}

double NumberInFile(const char *path) {
  std::string content;
  if (!ReadSmallFile(path, 64, &content)) return -1;
  return std::strtod(content.c_str(), nullptr);
}

}  // namespace ipc_lens
