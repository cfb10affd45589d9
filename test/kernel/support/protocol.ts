/** What a test asks of an agent: each member is one request with its answer. */

import type { KernelChange, KernelState } from '../../../server/kernel/index';
import type { NativeAddon } from '../../../server/kernel/native';
import type {
  KernelFound,
  KernelName,
  KernelRow,
  KernelView,
  PeekResult,
  RemoveResult,
  SignalRequest,
  SignalResult,
} from '../../../server/kernel/view';

export type TableName = 'sysvMsg' | 'sysvSem' | 'sysvShm' | 'posixMq' | 'posixSem' | 'posixShm';

export interface Operations {
  problem(): KernelState['problem'];
  view(): KernelView;
  watch(on: boolean): KernelView;
  /** Changes told since the last such question. */
  changes(): KernelChange[];
  remove(id: string): RemoveResult;
  orphans(): KernelRow[];
  removeOrphans(ids: string[]): RemoveResult[];
  peek(id: string, offset?: number): PeekResult;
  signal(request: SignalRequest): SignalResult;
  find(name: KernelName): KernelFound | undefined;
  /** The command line, run in the agent: `ipc-lens state ARGS`. */
  state(args: string[]): { status: number; out: string; err: string };
  /** The command with --watch: after its first words a helper does `line`, and it ends when it has written `wanted`. */
  stateWatching(args: string[], helper: number, line: string, wanted: string): string;
  read(table: TableName): unknown;
  removeNative(table: TableName, request: unknown): ReturnType<NativeAddon['sysvMsg']['remove']>;
  /** Runs a program inside the namespace. */
  run(command: string, args: string[]): { status: number | null; stdout: string; stderr: string };
  /** Starts a helper; the answer is its number. */
  spawn(): { helper: number; pid: number };
  /** One command to a helper; resolves with its answer. */
  tell(helper: number, line: string): string;
  /** Ends a helper; resolves when its process is gone and reaped. */
  end(helper: number): null;
  /** Becomes another user for good. */
  become(uid: number): null;
  /** How many descriptors the agent has open after `snapshots` snapshots. */
  descriptorsAfter(snapshots: number): number;
  /** Bytes of the heap that are in use, and of memory that is resident, after `snapshots` snapshots and a collection. */
  memoryAfter(snapshots: number): { heap: number; resident: number };
  stat(path: string): { atimeMs: number; mtimeMs: number; ctimeMs: number };
}

export interface Request {
  id: number;
  operation: keyof Operations;
  args: unknown[];
}

export interface Answer {
  id: number;
  result?: unknown;
  error?: string;
}
