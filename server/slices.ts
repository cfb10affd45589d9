/** How long one turn of work may keep others waiting, in milliseconds. */
const slice = 12;

/** Runs steps to their end, letting requests in between. Undefined when it was stopped before. */
export async function inSlices<T>(
  steps: Generator<void, T>,
  isStopped: () => boolean = () => false,
): Promise<T | undefined> {
  for (let until = performance.now() + slice; !isStopped(); ) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() > until) {
      await new Promise((resolve) => setImmediate(resolve));
      until = performance.now() + slice;
    }
  }
  return undefined;
}
