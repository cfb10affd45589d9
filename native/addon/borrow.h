#pragma once
/** What only a descriptor tells: borrowed from its process for the length of two ioctls. */
#include "proc_scan.h"

namespace ipc_lens {

/** Fills `scan->pipes` with an entry for each pipe and FIFO that a process of `scan` has open. */
void MeasurePipes(Scan *scan);

}  // namespace ipc_lens
