/** What came of a call, in words, and whether it is what the script expects. */
import { constants } from 'node:os';
import { errnos } from '../../catalog/errnos';
import type { CallText, LiveProcess } from './kit';
import { escapeText } from './objects/text';
import type { ChildEnd, Ending, Expectation, Returned, Step } from './scenario';
import { willBlock } from './scenario';
import type { Answer, Details, ProcessEnd } from './stage';

export function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found?.[0] ?? `signal ${number}`;
}

export function errnoName(number: number): string {
  return errnos.find((one) => one.value === number)?.name ?? `error ${number}`;
}

function errnoText(number: number, verb: string): string {
  const found = errnos.find((one) => one.value === number);
  return found ? `${verb} ${found.name}: ${found.meaning.replace(/\.$/, '')}` : `${verb} error ${number}`;
}

export function describeEnd(end: ProcessEnd): string {
  if (end.killed !== undefined) return `killed by ${signalName(end.killed)}`;
  if (end.exited !== undefined) return `exited with status ${end.exited}`;
  return 'ended';
}

const shownSigns = 40;

/** The beginning of some data, with its length when there is more. */
function shorten(data: string, size: number): string {
  const text = escapeText(data, shownSigns);
  return size > shownSigns ? `${text}… (${size} bytes)` : text;
}

/** How many bytes a reply is about: a message says its size, read and write return it. */
const sizeOf = (details: Details, result: number) => Number(details.get('size') ?? result);

const events = Object.entries({ POLLIN: 1, POLLOUT: 4, POLLERR: 8, POLLHUP: 16 });

/** `POLLIN`, `POLLIN | POLLHUP`; epoll's events have the same values. */
function eventNames(bits: number): string {
  return events
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name)
    .join(' | ');
}

/** Each detail is `ready[0]=5:1`: descriptor and events. */
function readyOf(details: Details): { fd: number; events: number }[] {
  return [...details]
    .filter(([name]) => name.startsWith('ready['))
    .map(([, value]) => {
      const [fd, bits] = value.split(':').map(Number);
      return { fd: fd!, events: bits! };
    });
}

/** What is written on a message besides its text: `type 3`, `priority 3`. */
function tagOf(details: Details): string | undefined {
  const name = ['type', 'priority'].find((one) => details.has(one));
  return name && `${name} ${details.get(name)}`;
}

/** What the call gave besides its result: data, a message, the end of a child. */
function addition(details: Details, result: number, call: CallText): string {
  const parts: string[] = [];
  const takes = call.transfer === 'out';
  const tag = takes ? tagOf(details) : undefined;
  if (tag) parts.push(tag);
  if (result === 0 && call.zeroMeans) parts.push(call.zeroMeans);
  else if (takes && details.has('data')) {
    const data = shorten(details.get('data')!, sizeOf(details, result));
    parts.push(call.numeric ? data : `"${data}"`);
  }
  if (details.has('from')) parts.push(`from ${details.get('from') || 'a socket without a name'}`);
  parts.push(...readyOf(details).map(({ fd, events }) => `descriptor ${fd}: ${eventNames(events)}`));
  if (details.has('exited')) parts.push(`the child exited with status ${details.get('exited')}`);
  if (details.has('killed'))
    parts.push(`the child was killed by ${signalName(Number(details.get('killed')))}`);
  if (details.has('stopped')) parts.push('the child is stopped');
  return parts.length > 0 ? `: ${parts.join(', ')}` : '';
}

export function describeAnswer(answer: Answer, call: CallText): string {
  if (answer.kind === 'ended') return describeEnd(answer.end);
  if (answer.kind === 'replaced') return 'runs another program now';
  if (answer.kind === 'refused') return `not done: ${answer.reason}`;
  if (answer.result === -1 && answer.errno !== 0)
    return errnoText(answer.errno, call.returnsError ? 'returned' : 'failed with');
  const result = call.result?.(answer.result) ?? `returned ${answer.result}`;
  return `${result}${addition(answer.details, answer.result, call)}`;
}

/** What the arrow carries; undefined when no data moved. */
export function transferred(answer: Answer, call: CallText, step: Step): string | undefined {
  if (!call.transfer || answer.kind !== 'reply' || answer.result < 0) return undefined;
  if (call.carries !== undefined) return step.args[call.carries];
  const data = answer.details.get('data');
  const tag = tagOf(answer.details);
  if (data === undefined || (data === '' && tag === undefined)) return undefined;
  const beside = call.beside ? ` + ${call.beside}` : '';
  const shown = shorten(data, sizeOf(answer.details, answer.result)) + beside;
  return tag === undefined ? shown : `${tag}: ${shown}`;
}

/* ------------------------------------------------------------ the script's word */

function describeReturned(returned: Returned): string {
  if (typeof returned === 'number') return `returns ${returned}`;
  if (returned === 'success') return 'succeeds';
  if ('below' in returned) return `returns less than ${returned.below}`;
  if ('pid' in returned) return `returns the process ID of ${returned.pid}`;
  return returned.minus
    ? `returns ${returned.variable} - ${returned.minus}`
    : `returns the value of ${returned.variable}`;
}

const describeChild = (child: ChildEnd) =>
  'killed' in child
    ? `the child was killed by ${child.killed}`
    : `the child exited with status ${child.exited}`;

export function describeExpected(expect: Expectation): string {
  if (willBlock(expect))
    return expect.afterwards ? `waits, then ${describeExpected(expect.afterwards)}` : 'waits for ever';
  if ('eof' in expect) return 'returns 0: end-of-file';
  if ('fails' in expect) return `fails with ${expect.fails}`;
  if ('killed' in expect) return `is killed by ${expect.killed}`;
  if ('becomes' in expect) return `becomes ${expect.becomes}`;
  if ('exits' in expect) return `exits with status ${expect.exits}`;
  const parts = [
    expect.type === undefined ? '' : `type ${expect.type}`,
    expect.priority === undefined ? '' : `priority ${expect.priority}`,
    expect.data === undefined ? '' : `"${shorten(expect.data, expect.data.length)}"`,
    expect.from === undefined ? '' : `from ${expect.from || 'a socket without a name'}`,
    expect.ready ? `${expect.ready.join(' and ')} ready` : '',
    expect.child ? describeChild(expect.child) : '',
  ].filter((part) => part !== '');
  return describeReturned(expect.returns) + (parts.length > 0 ? `: ${parts.join(', ')}` : '');
}

/** What came of a call by hand, as a script would have it. */
export function observed(answer: Answer, call: CallText): Expectation {
  if (answer.kind === 'refused') return { returns: 'success' };
  if (answer.kind === 'replaced') return { becomes: 'another program' };
  if (answer.kind === 'ended') {
    const { killed, exited } = answer.end;
    return killed === undefined ? { exits: exited ?? 0 } : { killed: signalName(killed) };
  }
  const { result, errno, details } = answer;
  if (result === -1 && errno !== 0) return { fails: errnoName(errno) };
  if (result === 0 && call.zeroMeans) return { eof: true };
  const data = details.get('data');
  const exited = details.get('exited');
  return {
    returns: result,
    ...(data === undefined ? {} : { data }),
    ...(exited === undefined ? {} : { child: { exited: Number(exited) } }),
  };
}

export type FindProcess = (id: string) => LiveProcess | undefined;

function sameResult(returned: Returned, result: number, find: FindProcess): boolean {
  if (typeof returned === 'number') return result === returned;
  if (returned === 'success') return result >= 0;
  if ('below' in returned) return result > 0 && result < returned.below;
  if ('pid' in returned) return result === find(returned.pid)?.pid;
  const value = find(returned.of)?.variables.get(returned.variable);
  return value !== undefined && result === value - (returned.minus ?? 0);
}

function sameChild(child: ChildEnd, details: Details): boolean {
  if ('exited' in child) return details.get('exited') === String(child.exited);
  return details.has('killed') && signalName(Number(details.get('killed'))) === child.killed;
}

function sameReady(ready: string[], details: Details, caller: LiveProcess): boolean {
  const wanted = ready.map((name) => caller.variables.get(name));
  const found = readyOf(details).map(({ fd }) => fd);
  return wanted.length === found.length && wanted.every((fd) => fd !== undefined && found.includes(fd));
}

/** True when the call ended as the script says. */
export function matches(ending: Ending, answer: Answer, find: FindProcess, caller: LiveProcess): boolean {
  if (answer.kind === 'refused') return false;
  if (answer.kind === 'replaced') return 'becomes' in ending;
  if (answer.kind === 'ended') {
    const { killed, exited } = answer.end;
    if ('killed' in ending) return killed !== undefined && signalName(killed) === ending.killed;
    return 'exits' in ending && exited === ending.exits;
  }
  if ('eof' in ending) return answer.result === 0;
  if ('fails' in ending) return answer.result === -1 && errnoName(answer.errno) === ending.fails;
  if (!('returns' in ending)) return false;
  const { details } = answer;
  return (
    sameResult(ending.returns, answer.result, find) &&
    (ending.data === undefined || details.get('data') === ending.data) &&
    (ending.from === undefined || details.get('from') === ending.from) &&
    (ending.ready === undefined || sameReady(ending.ready, details, caller)) &&
    (ending.priority === undefined || details.get('priority') === String(ending.priority)) &&
    (ending.type === undefined || details.get('type') === String(ending.type)) &&
    (ending.child === undefined || sameChild(ending.child, details))
  );
}
