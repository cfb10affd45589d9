#include "result.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ipc_lens {

Names::Shape *Names::Find(const Members &members) {
  for (Shape &shape : shapes_) {
    if (shape.names.size() == members.count &&
        std::equal(shape.names.begin(), shape.names.end(), members.names.begin()))
      return &shape;
  }
  return nullptr;
}

napi_value Names::MakePlain(const Members &members) {
  napi_value object = nullptr;
  napi_create_object(env_, &object);
  for (size_t index = 0; index < members.count; index++)
    napi_set_named_property(env_, object, members.names[index], members.values[index]);
  return object;
}

/** `(function(a0,a1){return{"id":a0,"key":a1}})`. The names are literals of this addon and need no escape. */
napi_value Names::MakeFactory(const Members &members) {
  std::string parameters;
  std::string body;
  for (size_t index = 0; index < members.count; index++) {
    std::string argument = "a" + std::to_string(index);
    parameters += (index > 0 ? "," : "") + argument;
    body += std::string(index > 0 ? ",\"" : "\"") + members.names[index] + "\":" + argument;
  }
  napi_value script = Napi::String::New(env_, "(function(" + parameters + "){return{" + body + "}})");
  napi_value factory = nullptr;
  return napi_run_script(env_, script, &factory) == napi_ok ? factory : nullptr;
}

napi_value Names::Make(const Members &members) {
  Shape *shape = Find(members);
  if (shape == nullptr) {
    shapes_.push_back({{members.names.begin(), members.names.begin() + members.count}});
    return MakePlain(members);
  }
  if (shape->factory == nullptr) shape->factory = MakeFactory(members);
  napi_value object = nullptr;
  if (shape->factory != nullptr && napi_call_function(env_, env_.Undefined(), shape->factory, members.count,
                                                      members.values.data(), &object) == napi_ok)
    return object;
  return MakePlain(members);
}

Fields &Fields::value(const char *name, napi_value value) {
  if (members_.count == Members::kMost) Napi::Error::Fatal("Fields::value", "more members than Members::kMost");
  members_.names[members_.count] = name;
  members_.values[members_.count++] = value;
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
  content->clear();
  char piece[4096];
  while (content->size() < limit) {
    ssize_t count = read(file.get(), piece, std::min(sizeof piece, limit - content->size()));
    if (count == -1 && errno == EINTR) continue;
    if (count == -1) return false;
    if (count == 0) break;
    content->append(piece, static_cast<size_t>(count));
  }
  return true;
}

double NumberInFile(const char *path) {
  std::string content;
  if (!ReadSmallFile(path, 64, &content)) return -1;
  return std::strtod(content.c_str(), nullptr);
}

}  // namespace ipc_lens
