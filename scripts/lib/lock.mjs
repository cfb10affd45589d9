/** A lock between processes: a directory, since mkdir either makes it or fails. A dead owner's lock is taken over. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './log.mjs';
import { atExit } from './proc.mjs';

function ownerIsAlive(path) {
  let pid;
  try {
    pid = Number(readFileSync(join(path, 'pid'), 'utf8'));
  } catch {
    return undefined; // Between mkdir and the writing of its pid, or just released: ask again.
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Runs `work` while holding the lock at `path`; says so when it has to wait. */
export async function withLock(path, work) {
  mkdirSync(dirname(path), { recursive: true });
  let unknown = 0;
  let told = false;
  for (;;) {
    try {
      mkdirSync(path);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const alive = ownerIsAlive(path);
    unknown = alive === undefined ? unknown + 1 : 0;
    if (alive === false || unknown > 20) {
      rmSync(path, { recursive: true, force: true });
      continue;
    }
    if (!told && alive) say(`-- waiting for another run which holds ${path}`);
    told ||= alive === true;
    await sleep(100);
  }
  writeFileSync(join(path, 'pid'), String(process.pid));
  const release = atExit(() => rmSync(path, { recursive: true, force: true }));
  try {
    return await work();
  } finally {
    release();
  }
}
