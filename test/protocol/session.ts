/** What suites over the protocol do before and after every test. */
import assert from 'node:assert/strict';
import { Client, ensureBundle, Folders, uriOf } from './support';

/**
 * To be called inside `describe`: at the end of a test its client ends with status 0, has logged nothing, and the folders are removed.
 * With `mayHaveEnded`, a test may have ended it already.
 */
export function endAfterEachTest(client: () => Client, { mayHaveEnded = false } = {}): Folders {
  const folders = new Folders();
  before(() => ensureBundle());
  afterEach(async () => {
    try {
      const hasEnded = mayHaveEnded && client().process.exitCode !== null;
      if (!hasEnded) assert.equal(await client().stop(), 0);
      assert.deepEqual(client().logged, []);
    } finally {
      client().kill();
      folders.remove();
    }
  });
  return folders;
}

/** A client that has `src/main.c` open, of a folder with these other files. */
export async function openMain(folders: Folders, text: string, files: Record<string, string>) {
  const folder = folders.make({ 'src/main.c': text, ...files });
  const client = await Client.start({ folders: [folder] });
  const file = uriOf(`${folder}/src/main.c`);
  await client.open(file, text);
  return { client, folder, file };
}
