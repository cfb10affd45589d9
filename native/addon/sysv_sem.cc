/** System V semaphore sets, by semctl(2) alone: values are read, never set. */
#include <sys/ipc.h>
#include <sys/sem.h>

#include <algorithm>

#include "sysv.h"
#include "tables.h"

#ifndef SEM_STAT_ANY
#define SEM_STAT_ANY 20
#endif

namespace ipc_lens {
namespace {

/** semctl(2) leaves this union to the program. */
union semun {
  int val;
  struct semid_ds *buf;
  unsigned short *array;
  struct seminfo *info;
};

/** Waiting counts cost three calls a semaphore; a set may have 32000. Values come in one call and are always whole. */
constexpr size_t kCountedSemaphores = 128;

int AskInfo(int command, struct seminfo *info) {
  union semun argument = {};
  argument.info = info;
  return semctl(0, 0, command, argument);
}

Napi::Object Limits(Names &names, const struct seminfo &usage, const struct seminfo &limits) {
  return Fields(names)
      .number("sets", usage.semusz)
      .number("semaphores", usage.semaem)
      .number("maxSets", limits.semmni)
      .number("maxSemaphores", limits.semmns)
      .number("maxPerSet", limits.semmsl)
      .number("maxOperations", limits.semopm)
      .number("maxValue", limits.semvmx)
      .object();
}

/** What one command says of each semaphore. False when the set is gone meanwhile (EIDRM, EINVAL). */
bool AskEach(int id, size_t count, int command, const char *name, const std::vector<unsigned short> &values,
             Record &row) {
  std::vector<int> answers(count);
  for (size_t number = 0; number < count; number++) {
    // Nobody waits for zero where it is zero: a third of the calls for most sets.
    bool certain = command == GETZCNT && values[number] == 0;
    answers[number] = certain ? 0 : semctl(id, static_cast<int>(number), command);
    if (answers[number] == -1) return false;
  }
  row.numbers(name, answers);
  return true;
}

/** Adds values, waiting counts and last pids, or the refusal. False when the set is gone meanwhile. */
bool AddSemaphores(int id, size_t count, Record &row) {
  std::vector<unsigned short> values(count);
  union semun argument = {};
  argument.array = values.data();
  if (semctl(id, 0, GETALL, argument) == -1) {
    if (errno != EACCES) return false;
    row.error(EACCES, "semctl(GETALL)");
    return true;
  }
  row.numbers("values", {values.begin(), values.end()});
  size_t counted = std::min(count, kCountedSemaphores);
  return AskEach(id, counted, GETNCNT, "waitingForIncrease", values, row) &&
         AskEach(id, counted, GETZCNT, "waitingForZero", values, row) &&
         AskEach(id, counted, GETPID, "lastPids", values, row);
}

Napi::Value Read(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  struct seminfo usage = {};
  struct seminfo limits = {};
  int highest = AskInfo(SEM_INFO, &usage);
  if (highest == -1) return Failure(env, errno, "semctl(SEM_INFO)");
  if (AskInfo(IPC_INFO, &limits) == -1) return Failure(env, errno, "semctl(IPC_INFO)");

  std::vector<Record> records;
  for (int slot = 0; slot <= highest; slot++) {
    struct semid_ds set = {};
    union semun argument = {};
    argument.buf = &set;
    int id = AskSlot([&](int command) { return semctl(slot, 0, command, argument); }, SEM_STAT_ANY, SEM_STAT);
    if (id == -1) {
      if (errno == EACCES)
        records.push_back(Record().number("slot", slot).error(EACCES, "semctl(SEM_STAT)"));
      continue;
    }
    Record row;
    row.number("id", id);
    AddPermissions(row, set.sem_perm);
    row.number("count", static_cast<double>(set.sem_nsems))
        .number("operated", static_cast<double>(set.sem_otime))
        .number("changed", static_cast<double>(set.sem_ctime));
    if (AddSemaphores(id, set.sem_nsems, row)) records.push_back(std::move(row));
  }
  static thread_local Answers answers;
  Names names(env);
  Fields told(names);
  answers.Add(info, names, std::move(records), told);
  return told.value("limits", Limits(names, usage, limits)).object();
}

Napi::Value Remove(const Napi::CallbackInfo &info) {
  int id = 0;
  if (!IdArgument(info, &id)) return Failure(info.Env(), EINVAL, "semctl(IPC_RMID)");
  return Outcome(info.Env(), semctl(id, 0, IPC_RMID), "semctl(IPC_RMID)");
}

}  // namespace

void RegisterSysvSem(Napi::Env env, Napi::Object addon) { RegisterTable(env, addon, "sysvSem", Read, Remove); }

}  // namespace ipc_lens
