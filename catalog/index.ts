import { errnos } from './errnos';
import { condvar } from './facilities/condvar';
import { eventfd } from './facilities/eventfd';
import { fcntlLock } from './facilities/fcntl-lock';
import { fifo } from './facilities/fifo';
import { flock } from './facilities/flock';
import { inetDgram } from './facilities/inet-dgram';
import { inetStream } from './facilities/inet-stream';
import { mmapShared } from './facilities/mmap-shared';
import { mutex } from './facilities/mutex';
import { pipe } from './facilities/pipe';
import { popen } from './facilities/popen';
import { posixMq } from './facilities/posix-mq';
import { posixSemNamed } from './facilities/posix-sem-named';
import { posixSemUnnamed } from './facilities/posix-sem-unnamed';
import { posixShm } from './facilities/posix-shm';
import { pty } from './facilities/pty';
import { rtSignal } from './facilities/rt-signal';
import { sharedFile } from './facilities/shared-file';
import { signal } from './facilities/signal';
import { socketpair } from './facilities/socketpair';
import { sysvMsg } from './facilities/sysv-msg';
import { sysvSem } from './facilities/sysv-sem';
import { sysvShm } from './facilities/sysv-shm';
import { unixDgram } from './facilities/unix-dgram';
import { unixStream } from './facilities/unix-stream';
import { descriptorFamily } from './families/descriptor';
import { descriptorControlFamily } from './families/descriptor-control';
import { descriptorIoFamily } from './families/descriptor-io';
import { descriptorOpenFamily } from './families/descriptor-open';
import { descriptorTransferFamily } from './families/descriptor-transfer';
import { descriptorVectorFamily } from './families/descriptor-vector';
import { deviceControlFamily } from './families/device-control';
import { directoryFamily } from './families/directory';
import { fileFamily } from './families/file';
import { filePermissionFamily } from './families/file-permission';
import { fileSizeFamily } from './families/file-size';
import { fileStatusFamily } from './families/file-status';
import { fileTemporaryFamily } from './families/file-temporary';
import { processFamily } from './families/process';
import { processCloneFamily } from './families/process-clone';
import { processExecFamily } from './families/process-exec';
import { processIdentityFamily } from './families/process-identity';
import { processLimitsFamily } from './families/process-limits';
import { processSpawnFamily } from './families/process-spawn';
import { processWaitFamily } from './families/process-wait';
import { signalSetFamily } from './families/signal-set';
import { socketFamily } from './families/socket';
import { socketAddressFamily } from './families/socket-address';
import { socketOptionFamily } from './families/socket-option';
import { stdioFamily } from './families/stdio';
import { stdioDataFamily } from './families/stdio-data';
import { stdioFormatFamily } from './families/stdio-format';
import { stdioPositionFamily } from './families/stdio-position';
import { stdioReportFamily } from './families/stdio-report';
import { terminalFamily } from './families/terminal';
import { threadFamily } from './families/thread';
import { threadC11Family } from './families/thread-c11';
import { threadLockFamily } from './families/thread-lock';
import { timeFamily } from './families/time';
import type {
  Call,
  Chapter,
  Constant,
  ConstantGroup,
  ErrnoInfo,
  Facility,
  FacilityId,
  Topic,
  TopicId,
  TypeInfo,
} from './schema';
import { broadcastMulticast } from './topics/broadcast-multicast';
import { descriptorPassing } from './topics/descriptor-passing';
import { ftokKeys } from './topics/ftok-keys';
import { inheritance } from './topics/inheritance';
import { multiplexing } from './topics/multiplexing';
import { nonblocking } from './topics/nonblocking';
import { peeking } from './topics/peeking';

export * from './schema';
export { type TaxonomyNode, taxonomy } from './taxonomy';

/** Every chapter: families, then facilities in the order of facilityIds, then topics. */
export const chapters: readonly Chapter[] = [
  descriptorFamily,
  descriptorOpenFamily,
  descriptorIoFamily,
  descriptorVectorFamily,
  descriptorControlFamily,
  deviceControlFamily,
  descriptorTransferFamily,
  processFamily,
  processCloneFamily,
  processExecFamily,
  processSpawnFamily,
  processWaitFamily,
  processIdentityFamily,
  processLimitsFamily,
  stdioFamily,
  stdioPositionFamily,
  stdioDataFamily,
  stdioFormatFamily,
  stdioReportFamily,
  fileFamily,
  fileStatusFamily,
  filePermissionFamily,
  fileSizeFamily,
  fileTemporaryFamily,
  directoryFamily,
  socketFamily,
  socketAddressFamily,
  socketOptionFamily,
  terminalFamily,
  threadFamily,
  threadLockFamily,
  threadC11Family,
  timeFamily,
  signalSetFamily,
  pipe,
  fifo,
  popen,
  socketpair,
  unixStream,
  unixDgram,
  inetStream,
  inetDgram,
  pty,
  sysvMsg,
  posixMq,
  sysvShm,
  posixShm,
  mmapShared,
  sysvSem,
  posixSemNamed,
  posixSemUnnamed,
  flock,
  fcntlLock,
  mutex,
  condvar,
  eventfd,
  signal,
  rtSignal,
  sharedFile,
  multiplexing,
  descriptorPassing,
  peeking,
  nonblocking,
  broadcastMulticast,
  ftokKeys,
  inheritance,
];

/** Where a record was found, beside the record. */
export interface Placed<T> {
  chapter: Chapter;
  record: T;
}

function index<T>(
  pick: (chapter: Chapter) => readonly T[],
  name: (record: T) => string,
): Map<string, Placed<T>> {
  const map = new Map<string, Placed<T>>();
  for (const chapter of chapters) {
    for (const record of pick(chapter)) {
      map.set(name(record), { chapter, record });
    }
  }
  return map;
}

/** Calls by name. */
export const calls: ReadonlyMap<string, Placed<Call>> = index(
  (c) => c.calls,
  (call) => call.name,
);
/** Constant groups by id. */
export const constantGroups: ReadonlyMap<string, Placed<ConstantGroup>> = index(
  (c) => c.constants,
  (group) => group.id,
);
/** Constants by name, each with the first group that lists it. */
export const constants: ReadonlyMap<string, { group: ConstantGroup; constant: Constant }> = new Map(
  [...constantGroups.values()]
    .reverse()
    .flatMap(({ record: group }) =>
      group.constants.map((constant) => [constant.name, { group, constant }] as const),
    ),
);
/** Types by name (`struct sembuf`, `mqd_t`). */
export const types: ReadonlyMap<string, Placed<TypeInfo>> = index(
  (c) => c.types,
  (type) => type.name,
);
export const errnoByName: ReadonlyMap<string, ErrnoInfo> = new Map(errnos.map((e) => [e.name, e]));
export { errnos };

export const facilities: ReadonlyMap<FacilityId, Facility> = new Map(
  chapters.flatMap((c) => (c.facility ? [[c.facility.id, c.facility] as const] : [])),
);
export const topics: ReadonlyMap<TopicId, Topic> = new Map(
  chapters.flatMap((c) => (c.topic ? [[c.topic.id, c.topic] as const] : [])),
);
