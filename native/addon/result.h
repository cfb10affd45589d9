#pragma once
/**
 * How results reach JavaScript: plain objects with named members. Nothing is thrown; what failed is
 * `{ error: { errno, call } }` with the error number and the call that reported it.
 */
#include <napi.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace ipc_lens {

/** Members of one object: names are literals, told apart by address. More than `kMost` is a mistake in this addon and fatal. */
struct Members {
  static constexpr size_t kMost = 24;
  size_t count = 0;
  std::array<const char *, kMost> names;
  std::array<napi_value, kMost> values;
};

/**
 * Makes objects of few shapes fast: a table has hundreds of objects with the same members in the same order. Setting
 * members one by one costs Node-API a hash lookup each (1.8 us an object here); a JavaScript function that takes the
 * values as arguments, made once a shape, costs 0.6 us. Lives as long as one request.
 */
class Names {
 public:
  explicit Names(Napi::Env env) : env_(env) {}
  Napi::Env env() const { return env_; }
  napi_value Make(const Members &members);

 private:
  struct Shape {
    std::vector<const char *> names;
    /** Null until the shape is wanted a second time: most are used once. */
    napi_value factory = nullptr;
  };
  Shape *Find(const Members &members);
  napi_value MakePlain(const Members &members);
  napi_value MakeFactory(const Members &members);

  Napi::Env env_;
  std::vector<Shape> shapes_;
};

/** One object under construction. */
class Fields {
 public:
  explicit Fields(Names &names) : names_(names) {}
  Fields &number(const char *name, double value);
  Fields &text(const char *name, const std::string &value);
  Fields &flag(const char *name, bool value);
  Fields &value(const char *name, napi_value value);
  /** Adds `error: { errno, call }`. */
  Fields &error(int error_number, const char *call);
  Napi::Object object() const { return Napi::Object(names_.env(), names_.Make(members_)); }

 private:
  Names &names_;
  Members members_;
};

/** `{ error: { errno, call } }`: the whole request failed. */
Napi::Object Failure(Napi::Env env, int error_number, const char *call);

/** `{}` when `returned` is not -1, else the failure with the present errno. */
Napi::Object Outcome(Napi::Env env, int returned, const char *call);

/** Member `name` of the request `info[0]`, when the request has it as a number. */
bool NumberArgument(const Napi::CallbackInfo &info, const char *name, int64_t *value);
/** Member `name` of the request `info[0]`, when the request has it as a string without NUL. */
bool TextArgument(const Napi::CallbackInfo &info, const char *name, std::string *value);

/** A descriptor that closes itself. */
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor();
  Descriptor(Descriptor &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor &operator=(Descriptor &&other) noexcept;
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

/** Reads a small file whole, at most `limit` bytes. False with errno set when it cannot be read. */
bool ReadSmallFile(const char *path, size_t limit, std::string *content);

/** The number a file such as /proc/sys/fs/mqueue/msg_max holds; -1 when it cannot be read. */
double NumberInFile(const char *path);

}  // namespace ipc_lens
