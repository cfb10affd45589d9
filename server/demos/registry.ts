/** The facilities that have demos. Whoever adds one writes its files and adds its line to `facilities`. */
import { processCalls } from './calls/process';
import { signalCalls } from './calls/signal';
import type { CallText, FacilityDemos, ObjectKind } from './kit';
import { pipeDemos } from './pipe';
import type { Scenario } from './scenario';
import { sysvMsgDemos } from './sysv-msg';

export const facilities: FacilityDemos[] = [pipeDemos, sysvMsgDemos];

const calls = new Map<string, CallText>(
  [...processCalls, ...signalCalls, ...facilities.flatMap((facility) => facility.calls)].map((call) => [
    call.name,
    call,
  ]),
);
const objects = new Map<string, ObjectKind>(
  facilities.flatMap((facility) => facility.objects).map((object) => [object.kind, object]),
);

export const scenarios: Scenario[] = facilities.flatMap((facility) => facility.scenarios);

export function findScenario(id: string): Scenario | undefined {
  return scenarios.find((scenario) => scenario.id === id);
}

export function findCall(name: string): CallText {
  const call = calls.get(name);
  if (!call) throw new Error(`No demo call is named ${name}.`);
  return call;
}

export function findObjectKind(kind: string): ObjectKind {
  const found = objects.get(kind);
  if (!found) throw new Error(`No reader shows objects of kind ${kind}.`);
  return found;
}
