/** Loaded by mocha before the end-to-end tests: one VS Code for all of them, and a picture of each failure. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openSession, type Session, type ThemeKind } from './session';

const failures = resolve(__dirname, '../../output/failures');

let current: Session | undefined;

/** The VS Code which runs. */
export function session(): Session {
  if (!current) throw new Error('no VS Code runs: call this inside a test');
  return current;
}

async function keepEvidence(title: string): Promise<void> {
  if (!current) return;
  mkdirSync(failures, { recursive: true });
  const name = `${current.theme}-${title.replace(/[^a-z0-9]+/gi, '-').toLowerCase()}`;
  await current.page.screenshot({ path: join(failures, `${name}.png`) });
  writeFileSync(join(failures, `${name}.log`), current.logs());
  console.log(`      picture and logs: test/output/failures/${name}.*`);
}

export const mochaHooks = {
  async beforeAll(this: Mocha.Context) {
    this.timeout(90_000);
    current = await openSession((process.env.IPC_LENS_THEME ?? 'dark') as ThemeKind);
  },
  async afterEach(this: Mocha.Context) {
    if (this.currentTest?.state === 'failed') await keepEvidence(this.currentTest.fullTitle());
  },
  async afterAll(this: Mocha.Context) {
    this.timeout(30_000);
    await current?.close();
    current = undefined;
  },
};
