#pragma once
/** Every table registers itself here as one member of the addon: `addon.sysvMsg.read()`, `addon.sysvMsg.remove({ id })`. */
#include <napi.h>

namespace ipc_lens {

void RegisterSysvMsg(Napi::Env env, Napi::Object addon);
void RegisterSysvSem(Napi::Env env, Napi::Object addon);
void RegisterSysvShm(Napi::Env env, Napi::Object addon);
void RegisterPosixMq(Napi::Env env, Napi::Object addon);
void RegisterPosixSem(Napi::Env env, Napi::Object addon);
void RegisterPosixShm(Napi::Env env, Napi::Object addon);
void RegisterProcess(Napi::Env env, Napi::Object addon);
void RegisterPeek(Napi::Env env, Napi::Object addon);
void RegisterScan(Napi::Env env, Napi::Object addon);

/** Adds the member `name` with `read` and `remove` to the addon. */
inline void RegisterTable(Napi::Env env, Napi::Object addon, const char *name,
                          Napi::Value (*read)(const Napi::CallbackInfo &),
                          Napi::Value (*remove)(const Napi::CallbackInfo &)) {
  Napi::Object table = Napi::Object::New(env);
  table.Set("read", Napi::Function::New(env, read, "read"));
  table.Set("remove", Napi::Function::New(env, remove, "remove"));
  addon.Set(name, table);
}

}  // namespace ipc_lens
