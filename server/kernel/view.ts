import type { FacilityId } from '../../catalog/schema';

/** What a person sees of the kernel's IPC state: groups of rows, ready to show. Pure data, part of the protocol. */
export interface KernelView {
  /** Milliseconds since the epoch when the snapshot was taken. */
  taken: number;
  /** The IPC namespace read, as `/proc/self/ns/ipc` names it; absent where it cannot be told. */
  namespace?: string;
  groups: KernelGroup[];
}

export interface KernelGroup {
  facility: FacilityId;
  title: string;
  rows: KernelRow[];
  /** Why the table could not be read; then `rows` is empty. */
  problem?: string;
}

export interface KernelRow {
  /** Names the object as long as it lives: `sysv-msg:32768`, `posix-mq:/jobs`. */
  id: string;
  /** What people call it: `key 0x1a2b`, `/jobs`. */
  label: string;
  /** The one thing worth knowing beside the label: `3 messages, 96 of 16384 bytes`. */
  description: string;
  /** Everything else, in the order to show it. */
  details: { label: string; value: string }[];
  /** True when its creator is gone and nobody is attached; absent where the kernel does not tell. */
  orphan?: boolean;
  removable: boolean;
}

export interface RemoveResult {
  removed: boolean;
  /** What happened, as a sentence: names the object and, on refusal, the reason and what to do. */
  message: string;
}
