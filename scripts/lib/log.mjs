const began = performance.now();

export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

export const elapsed = () => seconds(performance.now() - began);

/** One progress line. Slow work says what it is before it begins. */
export function say(text) {
  process.stdout.write(`${text}\n`);
}

/** A problem which does not stop the work: it must not drown in the progress lines. */
export function warn(text) {
  const lines = String(text).trimEnd().split('\n');
  process.stderr.write(`${lines.map((line) => `!! ${line}`).join('\n')}\n`);
}

/** Says what begins, and how long it took once it has ended. */
export async function step(title, work) {
  say(`-- ${title}`);
  const start = performance.now();
  const result = await work();
  say(`   done in ${seconds(performance.now() - start)}: ${title}`);
  return result;
}

/** A failure with a sentence on what to do: shown without a stack. */
export class Problem extends Error {
  constructor(message, advice) {
    super(advice ? `${message}\n${advice}` : message);
    this.name = 'Problem';
  }
}

export function reportAndExit(error) {
  const text = error instanceof Problem ? error.message : (error?.stack ?? String(error));
  warn(text);
  process.exit(1);
}
