/** `npx tsx test/panel/pictures.ts`: the pictures of the walkthrough, drawn from the fixtures. Run it when the panel looks different. Needs pngquant. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pipeExchange } from './fixtures/pipe-exchange';
import { Harness } from './harness';
import type { ThemeName } from './themes';

async function main(): Promise<void> {
  const harness = await Harness.start();
  for (const theme of ['dark', 'light', 'contrast'] as ThemeName[]) {
    const panel = await harness.open({ theme, width: 1120, height: 760 });
    await panel.show(...pipeExchange.slice(0, 7));
    await panel.page.waitForTimeout(200);
    const file = join(__dirname, '..', '..', 'walkthrough', `demo-${theme}.png`);
    await panel.page.screenshot({ path: file });
    execFileSync('pngquant', ['--force', '--skip-if-larger', '--ext', '.png', '--speed', '1', '128', file]);
    await panel.close();
  }
  await harness.stop();
}

void main();
