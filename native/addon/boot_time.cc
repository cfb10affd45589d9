#include "boot_time.h"

#include <time.h>

namespace ipc_lens {
namespace {

double Now(clockid_t clock) {
  struct timespec now = {};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace

double BootTime() {
  static double booted = 0;
  double difference = Now(CLOCK_REALTIME) - Now(CLOCK_BOOTTIME);
  if (difference > booted + 1 || difference < booted - 1) booted = difference;
  return booted;
}

}  // namespace ipc_lens
