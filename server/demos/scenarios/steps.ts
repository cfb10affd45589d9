/** Short ways to write the steps of a scenario. */
import type { ConstantSpec, Ending, Expectation, ProcessSpec, Step } from '../scenario';

/** What a call does: a number is returned, a name of errno is failed with. */
export type Short = number | string | Expectation;

export type More = Partial<Omit<Step, 'process' | 'call' | 'args' | 'why'>>;

function expectation(short: Short): Expectation {
  if (typeof short === 'number') return { returns: short };
  return typeof short === 'string' ? { fails: short } : short;
}

/** It succeeds; what it returns depends on the machine. */
export const succeeds: Expectation = { returns: 'success' };

/** It waits and then, released by a later step, ends so. */
export const waits = (afterwards: Short): Expectation => ({
  blocks: true,
  afterwards: expectation(afterwards) as Ending,
});

/** It waits for the time that it was given, and then ends so. */
export const waitsInTime = (afterwards: Short): Expectation => ({
  blocks: true,
  afterwards: expectation(afterwards) as Ending,
  inTime: true,
});

/** It waits and nothing releases it. */
export const waitsForEver: Expectation = { blocks: true };

export const endOfFile: Ending = { eof: true };

/** The bytes that come, or go, with their number. */
export const bytes = (data: string): Ending => ({ returns: data.length, data });

/** As C writes it: other control characters in octal, which ends after three digits. */
const literal = (text: string): string =>
  JSON.stringify(text).replace(
    /\\u00([0-9a-f]{2})|[\x7f]/g,
    (sign, hex?: string) =>
      `\\${(hex ? Number.parseInt(hex, 16) : sign.charCodeAt(0)).toString(8).padStart(3, '0')}`,
  );

/** The steps of one process: `parent('close', ['fd[0]'], 0, 'Why.')`. */
export function process(id: string) {
  const step = (call: string, args: string[], expect: Short, why: string, more: More = {}): Step => ({
    process: id,
    call,
    args,
    expect: expectation(expect),
    why,
    ...more,
  });
  return Object.assign(step, {
    writes: (fd: string, text: string, why: string, more?: More) =>
      step('write', [fd, literal(text), String(text.length)], bytes(text), why, more),
    sends: (fd: string, text: string, why: string, more?: More) =>
      step('send', [fd, literal(text), String(text.length), 'MSG_NOSIGNAL'], bytes(text), why, more),
    sendsTo: (fd: string, text: string, address: string, why: string, more?: More) =>
      step('sendto', [fd, literal(text), String(text.length), '0', address], bytes(text), why, more),
    reads: (fd: string, text: string, why: string, more?: More) =>
      step('read', [fd, 'buf', '64'], bytes(text), why, { into: 'n', ...more }),
    readsEnd: (fd: string, why: string, more?: More) =>
      step('read', [fd, 'buf', '64'], endOfFile, why, { into: 'n', ...more }),
    closes: (fd: string, why: string, more?: More) => step('close', [fd], 0, why, more),
    forks: (child: string, why: string, more?: More) =>
      step('fork', [child], { returns: { pid: child } }, why, { into: 'pid', ...more }),
    waitsFor: (child: string, why: string, more?: More) =>
      step('waitpid', ['pid', 'status', '0'], { returns: { pid: child }, child: { exited: 0 } }, why, more),
    waitsForKilled: (child: string, signal: string, why: string, more?: More) =>
      step(
        'waitpid',
        ['pid', 'status', '0'],
        { returns: { pid: child }, child: { killed: signal } },
        why,
        more,
      ),
    /** At the end, when what the file was made for is over. */
    tidies: (file: string) =>
      step('unlink', [`"${file}"`], 0, 'The file is no longer needed.', { comment: '' }),
    /** A child ends so: what its parent has in stdio's buffers is not its own to write out. */
    ends: (why: string, more?: More) => step('_exit', ['EXIT_SUCCESS'], { exits: 0 }, why, more),
    exits: (why: string, more?: More) =>
      step('exit', ['EXIT_SUCCESS'], { exits: 0 }, why, { comment: '', ...more }),
  });
}

export const family: ProcessSpec[] = [
  { id: 'parent', title: 'the parent', begins: 'open' },
  { id: 'child', title: 'the child', begins: 'fork' },
];

/** Two programs that know nothing of each other; the second is started when the first one waits for it. */
export const serverAndClient: ProcessSpec[] = [
  { id: 'server', title: 'the server', begins: 'open' },
  { id: 'client', title: 'the client', begins: 'first-step' },
];

export const port: ConstantSpec = {
  name: 'PORT',
  value: 0x4950,
  inRun: 'run_port',
  note: 'The port by which the programs find each other.',
};
