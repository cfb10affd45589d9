/**
 * A server process for tests: issues calls by hand, one after another and for ever, and says before each that it does. It
 * makes objects of every kind that could outlive it, and leaves processes waiting in them. Arguments: actor, base.
 */
import { createDemos } from '../../server/demos';
import { leavingBehind } from './leaving-behind';

async function main([actorPath, base]: string[]): Promise<void> {
  const demos = createDemos({ actorPath: actorPath!, base: base!, onChanged() {} });
  const { session } = await demos.open('pipe/exchange');
  for (;;) {
    await demos.act(session, 'leave');
    for (const [process_, call, args, into] of leavingBehind) {
      process.stdout.write('.');
      const { refused } = await demos.issue(session, {
        process: process_,
        call,
        args,
        ...(into ? { into } : {}),
      });
      if (refused) throw new Error(`${call}: ${refused.message}`);
    }
    await demos.act(session, 'restart');
  }
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(String(error));
  process.exit(1);
});
