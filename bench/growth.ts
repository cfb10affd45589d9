/** Time and memory of `ipc-lens check` as the project grows, and of a server which has a large project open. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { program, writeCorpus } from './corpus/program';
import { type Figure, most, part, say } from './lib/part';
import { Server } from './lib/server';
import { median } from './lib/statistics';
import { timedCheck } from './lib/timed';

const sizes = [
  { lines: 10_000, rounds: 5 },
  { lines: 100_000, rounds: 3 },
  { lines: 1_000_000, rounds: 1 },
];

/** Files which stand open in the server while the whole project lies beside them. */
const openFiles = 10;

const counted = (lines: number) => lines.toLocaleString('en');

function checked(name: string, dist: string, path: string, work: string, rounds: number) {
  const runs = Array.from({ length: rounds }, () => timedCheck(dist, [path], work));
  const wall = median(runs.map((run) => run.wall));
  const megabytes = median(runs.map((run) => run.megabytes));
  say(`${name}: ${wall.toFixed(2)} s, ${megabytes.toFixed(0)} MB`);
  return { wall, megabytes };
}

async function serverMemory(dist: string, folder: string, files: string[]): Promise<Figure> {
  const server = new Server(dist);
  const ready = server.status();
  await server.initialize(folder);
  await ready;
  for (const file of files.slice(0, openFiles))
    await server.open(`file://${file}`, readFileSync(file, 'utf8'));
  // Opening a file and asking about it waits for what the server began before.
  await server.hover(`file://${files[0]}`, { line: 1, character: 1 });
  const memory = server.memory();
  await server.stop();
  return {
    name: 'server with the project of 1,000,000 lines, memory',
    value: memory.most,
    unit: 'MB',
    goal: most(200),
    note: `${openFiles} of its files open`,
  };
}

part(async ({ dist, work }) => {
  const figures: Figure[] = [];
  let corpus = { files: [] as string[], lines: 0 };
  let folder = '';
  for (const { lines, rounds } of sizes) {
    folder = join(work, `lines-${lines}`);
    corpus = writeCorpus(folder, { lines });
    const { wall, megabytes } = checked(`check, ${counted(lines)} lines`, dist, folder, work, rounds);
    figures.push(
      {
        name: `check, ${counted(lines)} lines in ${counted(corpus.files.length)} files, time`,
        value: wall,
        unit: 's',
        note: `${counted(Math.round(corpus.lines / wall))} lines a second`,
      },
      {
        name: `check, ${counted(lines)} lines, memory`,
        value: megabytes,
        unit: 'MB',
      },
    );
  }
  const file = join(work, 'one.c');
  writeFileSync(file, program(20_000, 20_000));
  const one = checked('check, one file of 20,000 lines', dist, file, work, 5);
  figures.push({
    name: 'check, one file of 20,000 lines, time',
    value: one.wall,
    unit: 's',
    goal: most(1),
    note: `${one.megabytes.toFixed(0)} MB`,
  });
  figures.push(await serverMemory(dist, folder, corpus.files));
  return figures;
});
