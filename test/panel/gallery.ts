/**
 * `npx tsx test/panel/gallery.ts [SCENARIO[@STEP]]... [--theme NAME] [--width N]`: plays demos for real and takes a picture of the
 * panel, into test/output/gallery, to be looked at. Without a step the picture is taken two thirds on the way; without a
 * scenario, of all of them.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDemos } from '../../server/demos';
import { scenarios } from '../../server/demos/registry';
import type { DemoView } from '../../server/protocol';
import { Place } from '../demos/support';
import { Harness } from './harness';
import type { ThemeName } from './themes';

/** As text: a function would bring helpers of the compiler along. */
const cutOff = readFileSync(join(__dirname, 'cut-off.js'), 'utf8');

const output = join(__dirname, '..', 'output', 'gallery');

interface Wish {
  id: string;
  step?: number;
}

function wishesOf(words: string[]): Wish[] {
  const named = words.length > 0 ? words : scenarios.map(({ id }) => id);
  return named.flatMap((word) => {
    const [id, step] = word.split('@') as [string, string?];
    const found = scenarios.filter((scenario) => scenario.id === id || scenario.id.startsWith(`${id}/`));
    return found.map((scenario) => ({
      id: scenario.id,
      ...(step === undefined ? {} : { step: Number(step) }),
    }));
  });
}

async function main(args: string[]): Promise<void> {
  const option = (name: string) => (args.includes(name) ? args.splice(args.indexOf(name), 2)[1] : undefined);
  const theme = option('--theme');
  const width = option('--width');
  const themes = theme ? [theme as ThemeName] : (['dark', 'light', 'contrast'] as ThemeName[]);
  const widths = width ? [Number(width)] : [800, 1200, 1600];
  mkdirSync(output, { recursive: true });
  const place = new Place();
  const demos = createDemos({ actorPath: place.actorPath, base: place.base, onChanged() {} });
  const harness = await Harness.start();
  for (const { id, step } of wishesOf(args)) {
    const views: DemoView[] = [await demos.open(id)];
    const steps = step ?? Math.ceil((views[0]!.steps.length * 2) / 3);
    for (let played = 0; played < steps && views.at(-1)!.state === 'ready'; played++)
      views.push(await demos.act(views[0]!.session, 'step'));
    for (const theme of themes)
      for (const width of widths) {
        const panel = await harness.open({ theme, width, height: width === 800 ? 1100 : 950 });
        await panel.show(...views);
        await panel.page.waitForTimeout(100);
        const file = `${id.replace('/', '-')}@${steps}-${theme}-${width}.png`;
        await panel.page.screenshot({ path: join(output, file) });
        for (const problem of [
          ...panel.problems,
          ...(await panel.violations()),
          ...(await panel.page.evaluate<string[]>(cutOff)),
        ])
          console.error(`${file}: ${problem}`);
        await panel.close();
      }
    await demos.close(views[0]!.session);
  }
  await harness.stop();
  await demos.closeAll();
  place.remove();
}

void main(process.argv.slice(2));
