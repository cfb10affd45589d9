/** What a person waits for first: the server, the first diagnostics, the extension in the editor, a hover, a demo. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import { calls } from '../catalog';
import { LineIndex } from '../server/c/lines';
import { program, writeCorpus } from './corpus/program';
import { Random } from './corpus/random';
import { type Figure, most, part, say } from './lib/part';
import { Server } from './lib/server';
import { median, percentile } from './lib/statistics';

async function ofServer(dist: string, work: string, rounds: number): Promise<Figure[]> {
  const folder = join(work, 'project');
  writeCorpus(folder, { files: 50 });
  const text = program(250, 250);
  const empty: number[] = [];
  const initialized: number[] = [];
  const first: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const began = performance.now();
    spawnSync(process.execPath, ['--eval', '']);
    empty.push(performance.now() - began);
    const server = new Server(dist);
    await server.initialize(folder);
    initialized.push(performance.now() - server.began);
    const { at } = await server.open(`file://${folder}/new.c`, text);
    first.push(at - server.began);
    await server.stop();
  }
  say(`server to first diagnostics: ${median(first).toFixed(0)} ms`);
  return [
    { name: 'for comparison: Node started to do nothing', value: median(empty), unit: 'ms' },
    { name: 'server started, to its answer to initialize', value: median(initialized), unit: 'ms' },
    {
      name: 'server started, to the first diagnostics',
      value: median(first),
      unit: 'ms',
      goal: most(200),
      note: `a file of 250 lines, median of ${rounds}`,
    },
  ];
}

/** A process of its own for each time, without a TypeScript loader: what VS Code's extension host does. */
async function ofClient(dist: string, work: string, rounds: number): Promise<Figure[]> {
  const fake = join(work, 'fake-vscode.cjs');
  await build({
    entryPoints: [join(__dirname, '../test/client/fake-vscode.ts')],
    outfile: fake,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
  });
  const runs = Array.from({ length: rounds }, () => {
    const args = [join(__dirname, 'lib/activate.cjs'), join(dist, 'client.js'), fake];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`The client did not start: ${stderr}`);
    return JSON.parse(stdout) as { load: number; activate: number };
  });
  const load = median(runs.map((run) => run.load));
  const whole = median(runs.map((run) => run.load + run.activate));
  say(`client activation: ${whole.toFixed(1)} ms`);
  return [
    { name: 'client: its bundle loaded', value: load, unit: 'ms' },
    {
      name: 'client: loaded and activated',
      value: whole,
      unit: 'ms',
      goal: most(50),
      note: `with a stand-in for the editor, median of ${rounds}`,
    },
  ];
}

async function ofHover(server: Server, lines: number, count: number): Promise<Figure> {
  const text = program(lines, lines);
  const uri = `file:///nowhere/hover-${lines}.c`;
  const index = new LineIndex(text);
  const places = [...text.matchAll(/\b[a-z_]+(?=\()/g)].filter(([name]) => calls.has(name));
  const random = new Random(lines);
  await server.open(uri, text);
  const ask = async () => {
    const position = index.position(random.pick(places).index + 1);
    const began = performance.now();
    const answer = await server.hover(uri, position);
    const time = performance.now() - began;
    return { time, answer };
  };
  for (let i = 0; i < 50; i++) await ask();
  const times: number[] = [];
  let answered = 0;
  for (let i = 0; i < count; i++) {
    const { time, answer } = await ask();
    times.push(time);
    if (answer) answered++;
  }
  if (answered < count * 0.9) throw new Error(`Only ${answered} of ${count} hovers had an answer.`);
  say(`hover, ${lines} lines: p95 ${percentile(times, 95).toFixed(1)} ms`);
  return {
    name: `hover on a call, ${lines.toLocaleString('en')} lines, p95`,
    value: percentile(times, 95),
    unit: 'ms',
    goal: most(5),
    note: `p50 ${median(times).toFixed(1)}, p99 ${percentile(times, 99).toFixed(1)}, ${count} hovers`,
  };
}

interface Demo {
  session: string;
  steps: { status: string }[];
}

async function ofDemo(server: Server, rounds: number): Promise<Figure> {
  const figure: Figure = {
    name: "demo: from the click to its first step's end",
    unit: 'ms',
    goal: most(100),
  };
  const scenarios = await server.request<{ id: string }[]>('ipcLens/demo/list', null);
  const times: number[] = [];
  try {
    for (let i = 0; i < rounds; i++) {
      const scenario = scenarios[i % scenarios.length]!.id;
      const began = performance.now();
      const { session } = await server.request<Demo>('ipcLens/demo/open', { scenario });
      const { steps } = await server.request<Demo>('ipcLens/demo/act', { session, action: 'step' });
      if (i > 0) times.push(performance.now() - began); // The first one loads code.
      await server.request('ipcLens/demo/close', { session });
      if (steps[0]?.status === 'pending') throw new Error(`The first step of ${scenario} did not run.`);
    }
  } catch (error) {
    return { ...figure, note: `not measured: ${error instanceof Error ? error.message : String(error)}` };
  }
  const note = `median of ${times.length}, ${Math.min(rounds, scenarios.length)} scenarios; p95 ${percentile(times, 95).toFixed(0)}`;
  say(`demo: ${median(times).toFixed(0)} ms`);
  return { ...figure, value: median(times), note };
}

part(async ({ dist, work, rounds = 15 }) => {
  const figures = [...(await ofServer(dist, work, rounds)), ...(await ofClient(dist, work, rounds))];
  const server = new Server(dist);
  await server.initialize();
  figures.push(await ofHover(server, 1_000, 300), await ofHover(server, 10_000, 300));
  figures.push(await ofDemo(server, 20));
  await server.stop();
  return figures;
});
