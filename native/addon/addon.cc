/** The addon as JavaScript sees it; each table lives in a file of its own. server/kernel/native.ts has the types. */
#include <napi.h>

#include "tables.h"

namespace {

Napi::Object Initialise(Napi::Env env, Napi::Object addon) {
  ipc_lens::RegisterSysvMsg(env, addon);
  ipc_lens::RegisterSysvSem(env, addon);
  ipc_lens::RegisterSysvShm(env, addon);
  ipc_lens::RegisterPosixMq(env, addon);
  ipc_lens::RegisterPosixSem(env, addon);
  ipc_lens::RegisterPosixShm(env, addon);
  ipc_lens::RegisterProcess(env, addon);
  ipc_lens::RegisterPeek(env, addon);
  ipc_lens::RegisterScan(env, addon);
  return addon;
}

}  // namespace

NODE_API_MODULE(ipc_lens_addon, Initialise)
