/** System V message queues, by msgctl(2) alone: nothing is received, sent or changed. */
#include <sys/ipc.h>
#include <sys/msg.h>

#include "sysv.h"
#include "tables.h"

#ifndef MSG_STAT_ANY
#define MSG_STAT_ANY 13
#endif

namespace ipc_lens {
namespace {

/** MSG_INFO and IPC_INFO fill a struct msginfo through the same pointer argument. */
int AskInfo(int command, struct msginfo *info) { return msgctl(0, command, reinterpret_cast<struct msqid_ds *>(info)); }

Napi::Object Limits(Names &names, const struct msginfo &usage, const struct msginfo &limits) {
  return Fields(names)
      .number("queues", usage.msgpool)
      .number("messages", usage.msgmap)
      .number("bytes", usage.msgtql)
      .number("maxQueues", limits.msgmni)
      .number("maxMessageBytes", limits.msgmax)
      .number("defaultQueueBytes", limits.msgmnb)
      .object();
}

Record Row(int id, const struct msqid_ds &queue) {
  Record row;
  row.number("id", id);
  AddPermissions(row, queue.msg_perm);
  row.number("messages", static_cast<double>(queue.msg_qnum))
      .number("bytes", static_cast<double>(queue.__msg_cbytes))
      .number("maxBytes", static_cast<double>(queue.msg_qbytes))
      .number("lastSender", queue.msg_lspid)
      .number("lastReceiver", queue.msg_lrpid)
      .number("sent", static_cast<double>(queue.msg_stime))
      .number("received", static_cast<double>(queue.msg_rtime))
      .number("changed", static_cast<double>(queue.msg_ctime));
  return row;
}

Napi::Value Read(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  struct msginfo usage = {};
  struct msginfo limits = {};
  int highest = AskInfo(MSG_INFO, &usage);
  if (highest == -1) return Failure(env, errno, "msgctl(MSG_INFO)");
  if (AskInfo(IPC_INFO, &limits) == -1) return Failure(env, errno, "msgctl(IPC_INFO)");

  std::vector<Record> records;
  for (int slot = 0; slot <= highest; slot++) {
    struct msqid_ds queue = {};
    int id = AskSlot([&](int command) { return msgctl(slot, command, &queue); }, MSG_STAT_ANY, MSG_STAT);
    if (id >= 0) {
      records.push_back(Row(id, queue));
    } else if (errno == EACCES) {
      records.push_back(Record().number("slot", slot).error(EACCES, "msgctl(MSG_STAT)"));
    }
  }
  static thread_local Answers answers;
  Names names(env);
  Fields told(names);
  answers.Add(info, names, std::move(records), told);
  return told.value("limits", Limits(names, usage, limits)).object();
}

Napi::Value Remove(const Napi::CallbackInfo &info) {
  int id = 0;
  if (!IdArgument(info, &id)) return Failure(info.Env(), EINVAL, "msgctl(IPC_RMID)");
  return Outcome(info.Env(), msgctl(id, IPC_RMID, nullptr), "msgctl(IPC_RMID)");
}

}  // namespace

void RegisterSysvMsg(Napi::Env env, Napi::Object addon) { RegisterTable(env, addon, "sysvMsg", Read, Remove); }

}  // namespace ipc_lens
