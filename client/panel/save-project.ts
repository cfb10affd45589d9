import type { ProjectView } from '../../server/protocol';

/** What saving needs of the world around it; a test gives its own. */
export interface ProjectWorld<Place> {
  /** Undefined when the person does not want to any more. */
  chooseFolder(name: string): Promise<Place | undefined>;
  within(folder: Place, name: string): Place;
  exists(place: Place): Promise<boolean>;
  askToOverwrite(name: string, files: string[]): Promise<'overwrite' | 'another' | undefined>;
  makeFolder(place: Place): Promise<void>;
  write(place: Place, text: string): Promise<void>;
}

/** Makes a folder for the project in one that the person chooses. What is there is overwritten only when they say so. */
export async function saveProject<Place>(
  project: ProjectView,
  world: ProjectWorld<Place>,
): Promise<Place | undefined> {
  const chosen = await world.chooseFolder(project.name);
  if (chosen === undefined) return undefined;
  let name = project.name;
  let folder = world.within(chosen, name);
  const there = await existing(project, folder, world);
  if (there.length > 0) {
    const answer = await world.askToOverwrite(name, there);
    if (answer === undefined) return undefined;
    for (let number = 2; answer === 'another' && (await world.exists(folder)); number++) {
      name = `${project.name}-${number}`;
      folder = world.within(chosen, name);
    }
  }
  await world.makeFolder(folder);
  for (const { path, text } of project.files) await world.write(world.within(folder, path), text);
  return folder;
}

async function existing<Place>(
  { files }: ProjectView,
  folder: Place,
  world: ProjectWorld<Place>,
): Promise<string[]> {
  const found: string[] = [];
  for (const { path } of files) if (await world.exists(world.within(folder, path))) found.push(path);
  return found;
}
