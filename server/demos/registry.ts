/** The facilities that have demos. Whoever adds one writes its files and adds its line to `facilities`. */
import { descriptorCalls } from './calls/descriptor';
import { fileCalls } from './calls/file';
import { outsideCalls } from './calls/outside';
import { processCalls } from './calls/process';
import { programCalls } from './calls/program';
import { signalCalls } from './calls/signal';
import { socketCalls } from './calls/socket';
import { terminalCalls } from './calls/terminal';
import { waitCalls } from './calls/wait';
import type { CallText, FacilityDemos, ObjectKind } from './kit';
import { fifoObject } from './objects/fifo';
import { fileObject } from './objects/file';
import { pipeObject } from './objects/pipe';
import { signalsObject } from './objects/signals';
import { socketObjects } from './objects/socket';
import { terminalObject } from './objects/terminal';
import type { Scenario } from './scenario';
import { condvarDemos } from './scenarios/condvar';
import { descriptorPassingDemos } from './scenarios/descriptor-passing';
import { eventfdDemos } from './scenarios/eventfd';
import { fcntlLockDemos } from './scenarios/fcntl-lock';
import { fifoDemos } from './scenarios/fifo';
import { flockDemos } from './scenarios/flock';
import { ftokKeysDemos } from './scenarios/ftok-keys';
import { castingDemos, inetDgramDemos } from './scenarios/inet-dgram';
import { inetStreamDemos } from './scenarios/inet-stream';
import { inheritanceDemos } from './scenarios/inheritance';
import { multiplexingDemos } from './scenarios/multiplexing';
import { mutexDemos } from './scenarios/mutex';
import { nonblockingDemos } from './scenarios/nonblocking';
import { peekingDemos } from './scenarios/peeking';
import { pipeDemos } from './scenarios/pipe';
import { popenDemos } from './scenarios/popen';
import { posixMqDemos } from './scenarios/posix-mq';
import { posixSemNamedDemos } from './scenarios/posix-sem';
import { posixSemUnnamedDemos } from './scenarios/posix-sem-unnamed';
import { ptyDemos } from './scenarios/pty';
import { rtSignalDemos } from './scenarios/rt-signal';
import { sharedContentsDemos } from './scenarios/shared-contents';
import { sharedFileDemos } from './scenarios/shared-file';
import { mmapSharedDemos, posixShmDemos, sysvShmDemos } from './scenarios/shared-memory';
import { signalDemos } from './scenarios/signal';
import { socketpairDemos } from './scenarios/socketpair';
import { sysvMsgDemos } from './scenarios/sysv-msg';
import { sysvSemDemos } from './scenarios/sysv-sem';
import { unixDgramDemos } from './scenarios/unix-dgram';
import { unixStreamDemos } from './scenarios/unix-stream';

export const facilities: FacilityDemos[] = [
  pipeDemos,
  fifoDemos,
  socketpairDemos,
  unixStreamDemos,
  unixDgramDemos,
  inetStreamDemos,
  inetDgramDemos,
  castingDemos,
  ptyDemos,
  popenDemos,
  multiplexingDemos,
  descriptorPassingDemos,
  peekingDemos,
  nonblockingDemos,
  inheritanceDemos,
  sysvMsgDemos,
  fcntlLockDemos,
  flockDemos,
  signalDemos,
  rtSignalDemos,
  sharedFileDemos,
  ftokKeysDemos,
  eventfdDemos,
  posixMqDemos,
  sysvSemDemos,
  posixShmDemos,
  sysvShmDemos,
  mmapSharedDemos,
  posixSemNamedDemos,
  posixSemUnnamedDemos,
  mutexDemos,
  condvarDemos,
  ...sharedContentsDemos,
];

/** Calls and objects that several facilities share. */
const sharedCalls: CallText[][] = [
  descriptorCalls,
  fileCalls,
  outsideCalls,
  processCalls,
  programCalls,
  signalCalls,
  socketCalls,
  terminalCalls,
  waitCalls,
];
const sharedObjects: ObjectKind[] = [
  pipeObject,
  fifoObject,
  fileObject,
  signalsObject,
  terminalObject,
  ...socketObjects,
];

export const callTexts: ReadonlyMap<string, CallText> = new Map<string, CallText>(
  [...sharedCalls.flat(), ...facilities.flatMap((facility) => facility.calls ?? [])].map((call) => [
    call.name,
    call,
  ]),
);
const objects = new Map<string, ObjectKind>(
  [...sharedObjects, ...facilities.flatMap((facility) => facility.objects ?? [])].map((object) => [
    object.kind,
    object,
  ]),
);

export const scenarios: Scenario[] = facilities.flatMap((facility) => facility.scenarios);

export function findScenario(id: string): Scenario | undefined {
  return scenarios.find((scenario) => scenario.id === id);
}

export function findCall(name: string): CallText {
  const call = callTexts.get(name);
  if (!call) throw new Error(`No demo call is named ${name}.`);
  return call;
}

export function findObjectKind(kind: string): ObjectKind {
  const found = objects.get(kind);
  if (!found) throw new Error(`No reader shows objects of kind ${kind}.`);
  return found;
}
