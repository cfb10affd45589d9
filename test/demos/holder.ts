/**
 * A server process for tests: opens a scenario once for each number of steps, plays that many in each session, says so,
 * and holds everything open until it is killed. Arguments: actor, base, scenario.
 */
import { createDemos } from '../../server/demos';

async function main([actorPath, base, id]: string[]): Promise<void> {
  const demos = createDemos({ actorPath: actorPath!, base: base!, onChanged() {} });
  const sessions = [await demos.open(id!)];
  const count = sessions[0]!.steps.length;
  const play = async (steps: number) => {
    let view = await demos.open(id!);
    for (let played = 0; played < steps; played++) view = await demos.act(view.session, 'step');
    if (view.state !== 'ready' && view.state !== 'finished') throw new Error(view.conclusion);
    sessions.push(view);
  };
  await Promise.all(Array.from({ length: count }, (_, index) => play(index + 1)));
  process.stdout.write('holding\n');
  setInterval(() => {}, 60_000);
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(String(error));
  process.exit(1);
});
