import assert from 'node:assert/strict';
import { type ProjectWorld, saveProject } from '../../client/panel/save-project';

/** A disk in memory; a person who gives the answers that they were told to. */
class World implements ProjectWorld<string> {
  readonly disk = new Map<string, string>();
  readonly asked: string[][] = [];
  constructor(
    private readonly folder: string | undefined,
    private readonly answer?: 'overwrite' | 'another',
  ) {}
  chooseFolder = async () => this.folder;
  within = (folder: string, name: string) => `${folder}/${name}`;
  exists = async (place: string) =>
    [...this.disk.keys()].some((path) => path === place || path.startsWith(`${place}/`));
  askToOverwrite = async (_name: string, files: string[]) => {
    this.asked.push(files);
    return this.answer;
  };
  makeFolder = async () => {};
  write = async (place: string, text: string) => void this.disk.set(place, text);
}

const project = {
  name: 'pipe-exchange',
  files: [
    { path: 'pipe-exchange.c', text: 'new' },
    { path: 'Makefile', text: 'all:' },
  ],
};

describe('saving a C project', () => {
  it('writes all files into a folder of its own', async () => {
    const world = new World('/home');
    assert.equal(await saveProject(project, world), '/home/pipe-exchange');
    assert.deepEqual(
      [...world.disk],
      [
        ['/home/pipe-exchange/pipe-exchange.c', 'new'],
        ['/home/pipe-exchange/Makefile', 'all:'],
      ],
    );
    assert.deepEqual(world.asked, []);
  });

  it('writes nothing when no folder is chosen', async () => {
    const world = new World(undefined);
    assert.equal(await saveProject(project, world), undefined);
    assert.equal(world.disk.size, 0);
  });

  for (const [answer, folder, kept] of [
    [undefined, undefined, 'old'],
    ['overwrite', '/home/pipe-exchange', 'new'],
    ['another', '/home/pipe-exchange-3', 'old'],
  ] as const) {
    it(`asks before it overwrites, and does as it is told: ${answer ?? 'nothing'}`, async () => {
      const world = new World('/home', answer);
      world.disk.set('/home/pipe-exchange/pipe-exchange.c', 'old');
      world.disk.set('/home/pipe-exchange-2/other', 'old');
      assert.equal(await saveProject(project, world), folder);
      assert.deepEqual(world.asked, [['pipe-exchange.c']]);
      assert.equal(world.disk.get('/home/pipe-exchange/pipe-exchange.c'), kept);
      assert.equal(
        world.disk.get('/home/pipe-exchange-3/pipe-exchange.c'),
        answer === 'another' ? 'new' : undefined,
      );
    });
  }

  it('leaves other files of the folder alone', async () => {
    const world = new World('/home');
    world.disk.set('/home/pipe-exchange/notes', 'mine');
    await saveProject(project, world);
    assert.equal(world.disk.get('/home/pipe-exchange/notes'), 'mine');
  });
});
