import type { FrameLocator } from 'playwright-core';
import type { Workbench } from './workbench';

/** How far the demo of the panel is. */
export async function progress(panel: FrameLocator): Promise<{ done: number; steps: number }> {
  const bar = panel.getByRole('progressbar');
  const [done, steps] = await Promise.all([
    bar.getAttribute('aria-valuenow'),
    bar.getAttribute('aria-valuemax'),
  ]);
  return { done: Number(done), steps: Number(steps) };
}

/** Runs the demo which is shown to its end, as fast as the panel lets one. */
export async function runToEnd(workbench: Workbench): Promise<void> {
  const panel = workbench.webview();
  await panel.getByRole('slider').focus();
  await workbench.page.keyboard.press('End'); // The shortest pause between two steps.
  await panel.getByRole('button', { name: 'Run' }).click();
  await workbench.waitFor(
    async () => {
      const { done, steps } = await progress(panel);
      return steps > 0 && done === steps;
    },
    async () => `the end of the demo; it is at ${JSON.stringify(await progress(panel))}`,
    40_000,
  );
}

/** Plays the demo which is shown to its end, a step for each press of a key: as fast as it goes. */
export async function playByKey(workbench: Workbench): Promise<void> {
  const panel = workbench.webview();
  const step = panel.getByRole('button', { name: 'Step' });
  const restart = panel.locator('button.primary', { hasText: 'Restart' });
  await step.focus();
  for (let { done, steps } = await progress(panel); done < steps || steps === 0; ) {
    const before = done;
    await workbench.page.keyboard.press('Space');
    await workbench.waitFor(
      async () => {
        ({ done, steps } = await progress(panel));
        // At the end it is Restart which offers itself.
        const ready = (await step.getAttribute('aria-disabled')) === 'false' || (await restart.count()) > 0;
        return done > before && ready;
      },
      () => `the end of step ${before + 1}`,
    );
  }
}
