/** `npx tsx test/panel/screenshots.ts`: pictures of the panel in every theme and width, into test/output/panel, to be looked at. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DemoView } from '../../server/protocol';
import { pipeExchange } from './fixtures/pipe-exchange';
import { pipeNeverEnds } from './fixtures/pipe-never-ends';
import { queueByType } from './fixtures/queue';
import { Harness } from './harness';
import type { ThemeName } from './themes';

const output = join(__dirname, '..', 'output', 'panel');

const scenes: Record<string, DemoView[]> = {
  'exchange-4': pipeExchange.slice(0, 5),
  'exchange-7': pipeExchange.slice(0, 8),
  'exchange-end': pipeExchange,
  'never-3': pipeNeverEnds.slice(0, 4),
  'never-end': pipeNeverEnds,
  'queue-3': queueByType.slice(0, 4),
  'queue-end': queueByType,
  'words-4': pipeExchange.slice(0, 5),
};

async function main(only: string[]): Promise<void> {
  mkdirSync(output, { recursive: true });
  const harness = await Harness.start();
  for (const theme of ['dark', 'light', 'contrast'] as ThemeName[]) {
    for (const width of [800, 1200, 1600]) {
      for (const [name, views] of Object.entries(scenes)) {
        const file = `${name}-${theme}-${width}.png`;
        if (only.length > 0 && !only.some((part) => file.includes(part))) continue;
        const panel = await harness.open({ theme, width, height: width === 800 ? 1000 : 900 });
        await panel.show(...views);
        if (name.startsWith('words')) await panel.page.getByRole('button', { name: 'Show in words' }).click();
        await panel.page.waitForTimeout(100);
        await panel.page.screenshot({ path: join(output, file) });
        for (const problem of [...panel.problems, ...(await panel.violations())])
          console.error(`${file}: ${problem}`);
        await panel.close();
      }
    }
  }
  await harness.stop();
}

void main(process.argv.slice(2));
