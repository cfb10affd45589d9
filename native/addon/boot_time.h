#pragma once
/** When the machine started, in seconds since the epoch: what start times of processes count from. Main thread only. */

namespace ipc_lens {

/** Kept until the clock is set: it is the difference of two clocks, and a start time must not waver with reading them. */
double BootTime();

}  // namespace ipc_lens
