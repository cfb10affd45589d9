/** From a keystroke to the diagnostics of the changed file, without the quiet time which the server waits on purpose. */
import { LineIndex } from '../server/c/lines';
import { program } from './corpus/program';
import { loadEngine } from './lib/engine';
import { type Figure, most, part, say } from './lib/part';
import { Server } from './lib/server';
import { median, percentile } from './lib/statistics';
import { apply, type Key, repeated, typings } from './lib/typing';

type Engine = Awaited<ReturnType<typeof loadEngine>>;

/** Keys that count, by lines of the file: in a large one each takes long. */
const sizes = [
  { lines: 1_000, keys: 300, keysOfServer: 80 },
  { lines: 10_000, keys: 300, keysOfServer: 80 },
  { lines: 50_000, keys: 60, keysOfServer: 30 },
];

/** Keys in a small file before those that count: code which has just been loaded is slow once, not for whoever types. */
const warmUp = 30;

function figure(name: string, times: number[], lines: number): Figure {
  const p95 = percentile(times, 95);
  say(`${name}: p95 ${p95.toFixed(1)} ms`);
  return {
    name: `${name}, p95`,
    value: p95,
    unit: 'ms',
    ...(lines === 10_000 ? { goal: most(16) } : {}),
    note: `p50 ${median(times).toFixed(1)}, p99 ${percentile(times, 99).toFixed(1)}, ${times.length} keys`,
  };
}

const titled = (lines: number, typing: string) => `${lines.toLocaleString('en')} lines, ${typing}`;

/** In this process: the parser and the linter, and nothing else. */
async function ofEngine(engine: Engine, lines: number, text: string, keys: number): Promise<Figure[]> {
  const open = await engine.documents();
  return typings(text).map((typing) => {
    const document = open(text);
    engine.lintWhole(document);
    const press = ({ at, removes, inserts }: Key) => {
      const began = performance.now();
      document.update([{ start: at, end: at + removes, text: inserts }], document.version + 1);
      engine.lintWhole(document);
      return performance.now() - began;
    };
    if (lines === sizes[0]?.lines) repeated(typing.keys, warmUp).forEach(press);
    const times = repeated(typing.keys, keys).map(press);
    if (document.source.text !== text) throw new Error('The keys do not end with the text they began with.');
    document.dispose();
    return figure(`engine: ${titled(lines, typing.name)}`, times, lines);
  });
}

/** Through the server's input and output: from the change to its diagnostics, less the quiet time. */
async function ofServer(
  server: Server,
  delayFor: Engine['delayFor'],
  { lines, text, keys }: { lines: number; text: string; keys: number },
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const typing of typings(text)) {
    const uri = `file:///nowhere/${lines}-${figures.length}.c`;
    let now = text;
    let version = 1;
    await server.open(uri, text);
    const press = async (key: Key) => {
      const index = new LineIndex(now);
      const range = { start: index.position(key.at), end: index.position(key.at + key.removes) };
      now = apply(now, key);
      const { sent, at } = await server.change(uri, ++version, { ...range, text: key.inserts });
      // Node's timers know whole milliseconds only.
      return at - sent - Math.trunc(delayFor(now.length));
    };
    if (lines === sizes[0]?.lines) for (const key of repeated(typing.keys, warmUp)) await press(key);
    const times: number[] = [];
    for (const key of repeated(typing.keys, keys)) times.push(await press(key));
    await server.close(uri);
    figures.push(figure(`server: ${titled(lines, typing.name)}`, times, lines));
  }
  return figures;
}

part(async ({ dist }) => {
  const engine = await loadEngine(dist);
  const figures: Figure[] = [];
  for (const { lines, keys } of sizes)
    figures.push(...(await ofEngine(engine, lines, program(lines, lines), keys)));
  const server = new Server(dist);
  await server.initialize();
  for (const { lines, keysOfServer } of sizes) {
    const text = program(lines, lines);
    figures.push(...(await ofServer(server, engine.delayFor, { lines, text, keys: keysOfServer })));
  }
  await server.stop();
  return figures;
});
