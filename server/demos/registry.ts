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
import { condvarDemos } from './condvar';
import { descriptorPassingDemos } from './descriptor-passing';
import { eventfdDemos } from './eventfd';
import { fcntlLockDemos } from './fcntl-lock';
import { fifoDemos } from './fifo';
import { flockDemos } from './flock';
import { ftokKeysDemos } from './ftok-keys';
import { castingDemos, inetDgramDemos } from './inet-dgram';
import { inetStreamDemos } from './inet-stream';
import { inheritanceDemos } from './inheritance';
import type { CallText, FacilityDemos, ObjectKind } from './kit';
import { multiplexingDemos } from './multiplexing';
import { mutexDemos } from './mutex';
import { nonblockingDemos } from './nonblocking';
import { fifoObject } from './objects/fifo';
import { fileObject } from './objects/file';
import { pipeObject } from './objects/pipe';
import { signalsObject } from './objects/signals';
import { socketObjects } from './objects/socket';
import { terminalObject } from './objects/terminal';
import { peekingDemos } from './peeking';
import { pipeDemos } from './pipe';
import { popenDemos } from './popen';
import { posixMqDemos } from './posix-mq';
import { posixSemNamedDemos } from './posix-sem';
import { posixSemUnnamedDemos } from './posix-sem-unnamed';
import { ptyDemos } from './pty';
import { rtSignalDemos } from './rt-signal';
import type { Scenario } from './scenario';
import { sharedContentsDemos } from './shared-contents';
import { sharedFileDemos } from './shared-file';
import { mmapSharedDemos, posixShmDemos, sysvShmDemos } from './shared-memory';
import { signalDemos } from './signal';
import { socketpairDemos } from './socketpair';
import { sysvMsgDemos } from './sysv-msg';
import { sysvSemDemos } from './sysv-sem';
import { unixDgramDemos } from './unix-dgram';
import { unixStreamDemos } from './unix-stream';

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
