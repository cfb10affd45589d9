/**
 * Child processes. Every child leads a process group of its own, so that ending it ends all it started; none outlives
 * this process, however this process ends (short of SIGKILL).
 */
import { spawn } from 'node:child_process';
import { Problem } from './log.mjs';

const running = new Set();
/** Called before exit, last registered first; synchronous, since an exit cannot wait. */
const cleanups = new Set();
let hooked = false;
let ending = false;

/** True once a signal asked this process to end: children which end now were told to. */
export const isEnding = () => ending;

function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

function endAll(signal) {
  for (const child of running) signalGroup(child, signal);
}

function hookExits() {
  if (hooked) return;
  hooked = true;
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ]) {
    process.on(signal, () => {
      ending = true;
      endAll('SIGTERM');
      // A second's grace to remove what they made; process.on('exit') below ends what is still there.
      const poll = setInterval(() => running.size === 0 && process.exit(128 + number), 20);
      setTimeout(() => process.exit(128 + number), 1500);
      poll.ref();
    });
  }
  process.on('exit', () => {
    endAll('SIGKILL');
    for (const cleanup of [...cleanups].reverse()) cleanup();
  });
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error) => {
      process.stderr.write(`!! ${error?.stack ?? error}\n`);
      process.exit(1);
    });
  }
}

/** Registers work for the moment this process ends; returns a function which does it now instead. */
export function atExit(cleanup) {
  hookExits();
  cleanups.add(cleanup);
  return () => {
    if (cleanups.delete(cleanup)) cleanup();
  };
}

/** Starts a child in its own process group. */
export function start(command, args, options = {}) {
  hookExits();
  const child = spawn(command, args, { ...options, detached: true });
  if (child.pid !== undefined) running.add(child);
  // The group may outlive its leader: what the leader left behind ends with it.
  child.on('exit', () => {
    signalGroup(child, 'SIGKILL');
    running.delete(child);
  });
  return child;
}

/** Ends a child and its group: asks first, insists after `grace` ms. Resolves when it is gone. */
export function stop(child, grace = 3000) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
    return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), grace);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    signalGroup(child, 'SIGTERM');
  });
}

/** Some tools say what is wrong first, others last. */
function shortened(output) {
  const lines = output.split('\n');
  if (lines.length <= 50) return output;
  return [...lines.slice(0, 20), `... ${lines.length - 45} more lines ...`, ...lines.slice(-25)].join('\n');
}

/**
 * Runs a command to its end. `quiet` keeps its output and shows it only when it fails; otherwise it streams through.
 * Resolves to { code, output }; rejects on a non-zero exit unless `allowFailure`.
 */
export function run(command, args, { quiet = false, allowFailure = false, advice, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = start(command, args, {
      ...options,
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    });
    let output = '';
    const keep = (chunk) => {
      output += chunk;
    };
    child.stdout?.setEncoding('utf8').on('data', keep);
    child.stderr?.setEncoding('utf8').on('data', keep);
    child.on('error', (error) => {
      const what = error.code === 'ENOENT' ? `the command ${command} is not installed` : error.message;
      if (allowFailure) resolve({ code: 127, output: what });
      else reject(new Problem(`Cannot run ${command}: ${what}`, advice));
    });
    child.on('close', (code, signal) => {
      if (code === 0 || allowFailure) return resolve({ code: code ?? 1, output });
      const how = signal ? `was ended by ${signal}` : `failed with exit code ${code}`;
      const tail = shortened(output.trimEnd());
      reject(new Problem(`${command} ${args.join(' ')} ${how}${tail ? `:\n${tail}` : ''}`, advice));
    });
  });
}
