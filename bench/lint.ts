/** `ipc-lens check` against cppcheck and clang-tidy, on the same files, turn by turn. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename, join } from 'node:path';
import { writeCorpus } from './corpus/program';
import { Random } from './corpus/random';
import { type Figure, least, part, say } from './lib/part';
import { median } from './lib/statistics';
import { type Times, timed, timedCheck } from './lib/timed';

const cores = cpus().length;

/** clang-tidy needs seconds for a file: of a large folder it gets so many, and so does IPC Lens beside it. */
const mostForClangTidy = 200;

interface Peer {
  name: string;
  goal: number;
  /** The command line which checks the files listed in $1, on all processors. */
  script: string;
  files: readonly string[];
}

interface Corpus {
  name: string;
  files: string[];
  lines: number;
  includes: string[];
  /** Our own files are whole: a peer which fails on them is set up wrongly. */
  own: boolean;
}

function version(command: string): string | undefined {
  const { stdout, error } = spawnSync(command, ['--version'], { encoding: 'utf8' });
  return error ? undefined : /\d+(\.\d+)+/.exec(stdout)?.[0];
}

function findClangTidy(): { command: string; version: string } | undefined {
  for (const command of ['clang-tidy-19', 'clang-tidy']) {
    const found = version(command);
    if (found) return { command, version: found };
  }
  return undefined;
}

function sample(files: readonly string[], count: number): string[] {
  const random = new Random(7);
  const rest = [...files];
  return Array.from(
    { length: Math.min(count, rest.length) },
    () => rest.splice(random.below(rest.length), 1)[0]!,
  );
}

function peersFor({ files, includes }: Corpus): (Peer | Figure)[] {
  const absent = (name: string, goal: number): Figure => ({
    name,
    unit: 'times as fast',
    goal: least(goal),
    note: 'not measured: it is not installed',
  });
  const cppcheck = version('cppcheck');
  const tidy = findClangTidy();
  const folders = includes.map((folder) => `'-I${folder}'`).join(' ');
  return [
    cppcheck
      ? {
          name: `cppcheck ${cppcheck}`,
          goal: 20,
          script: `cppcheck -q -j ${cores} --enable=warning,portability,performance ${folders} --file-list="$1"`,
          files,
        }
      : absent('cppcheck', 20),
    tidy
      ? {
          name: `clang-tidy ${tidy.version}`,
          goal: 50,
          script: `xargs -d '\\n' -a "$1" -P ${cores} -n 5 sh -c '${tidy.command} --quiet "--checks=-*,bugprone-*,clang-analyzer-*" "$@" -- ${folders.replaceAll("'", '"')}' sh`,
          files: sample(files, mostForClangTidy),
        }
      : absent('clang-tidy', 50),
  ];
}

/** Rounds of both in turn, so that what else the machine does falls on both. IPC Lens, which is short, runs before and after. */
function compare(corpus: Corpus, peer: Peer, rounds: number, dist: string, work: string): Figure[] {
  const list = join(work, 'files.txt');
  writeFileSync(list, `${peer.files.join('\n')}\n`);
  const ours: Times[] = [];
  const theirs: Times[] = [];
  for (let round = 1; round <= rounds; round++) {
    ours.push(timedCheck(dist, peer.files, work));
    const { status, ...times } = timed(peer.script, [list], work);
    if (corpus.own && status !== 0) throw new Error(`${peer.name} ended with ${status}: ${peer.script}`);
    theirs.push(times);
    ours.push(timedCheck(dist, peer.files, work));
    say(
      `${corpus.name}, round ${round}: ${peer.name} ${times.wall.toFixed(1)} s, IPC Lens ${ours.at(-1)!.wall.toFixed(1)} s`,
    );
  }
  const middle = (times: Times[], key: keyof Times) => median(times.map((one) => one[key]));
  const wall = { ours: middle(ours, 'wall'), theirs: middle(theirs, 'wall') };
  const cpu = { ours: middle(ours, 'cpu'), theirs: middle(theirs, 'cpu') };
  const seconds = ({ ours: a, theirs: b }: typeof wall) => `${a.toFixed(2)} s and ${b.toFixed(2)} s`;
  return [
    {
      name: `${corpus.name}: ${peer.name}, on the clock`,
      value: wall.theirs / wall.ours,
      unit: 'times as fast',
      goal: least(peer.goal),
      note: `${seconds(wall)}, ${peer.files.length} files`,
    },
    {
      name: `${corpus.name}: ${peer.name}, computing`,
      value: cpu.theirs / cpu.ours,
      unit: 'times as fast',
      note: seconds(cpu),
    },
  ];
}

function generated(work: string): Corpus {
  const { files, lines } = writeCorpus(join(work, 'corpus'), { files: 200 });
  return { name: 'generated programs', files, lines, includes: [], own: true };
}

function folder(path: string): Corpus {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.c'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  if (files.length === 0) throw new Error(`There is no C file below ${path}.`);
  const lines = files.reduce((sum, file) => sum + readFileSync(file, 'latin1').split('\n').length, 0);
  const includes = [path, join(path, 'include'), join(path, 'lib')];
  return { name: basename(path), files, lines, includes, own: false };
}

part(async ({ dist, work, corpus, rounds = 3 }) => {
  const figures: Figure[] = [];
  for (const one of [generated(work), ...corpus.map(folder)]) {
    say(`${one.name}: ${one.files.length} files, ${one.lines} lines`);
    for (const peer of peersFor(one)) {
      if ('script' in peer) figures.push(...compare(one, peer, rounds, dist, work));
      else figures.push({ ...peer, name: `${one.name}: ${peer.name}` });
    }
  }
  return figures;
});
