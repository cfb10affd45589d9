#pragma once
/** What only a descriptor tells: borrowed from its process for the length of two ioctls. */
#include "patience.h"
#include "proc_scan.h"

namespace ipc_lens {

/**
 * Fills `scan->pipes` with an entry for each pipe and FIFO that a process of `scan` has open. Who writes from memory that is
 * not there yet holds the pipe's mutex until it is: such a pipe is told with ETIMEDOUT.
 */
void MeasurePipes(Scan *scan, Patience *patience);

}  // namespace ipc_lens
