import type { PlacedLock, PlacedUse } from '../../rules/project/facts';
import { identityOf, type ObjectKind, type ObjectName } from '../../rules/project/object-use';
import type { Neighbourhood, ProgramView } from '../../rules/project/project-rule';
import { isMisspelt } from '../../rules/project/spelling';
import type { FileFacts } from './file-facts';

/** Puts files together to programs, and programs to those that work together. */
export function together(files: readonly FileFacts[], isProgram: (file: string) => boolean): Neighbourhood {
  const byFile = new Map(files.map((one) => [one.path, one]));
  const taken = new Set<string>();
  const programs: ProgramView[] = [];
  for (const { path } of files) {
    if (!isProgram(path)) continue;
    const reached = reachedFrom(path, byFile);
    for (const file of reached) taken.add(file);
    programs.push({ ...program([...reached], byFile), main: path });
  }
  const rest = files.flatMap(({ path }) => (taken.has(path) ? [] : [path]));
  if (rest.length > 0) programs.push(program(rest, byFile));
  const paths = pathsIn(programs);
  const shown = programs.map((one) => ({ ...one, uses: one.uses.flatMap((use) => known(use, paths)) }));
  return { programs: shown, uses: once(shown.flatMap(({ uses }) => uses)) };
}

function reachedFrom(main: string, byFile: ReadonlyMap<string, FileFacts>): Set<string> {
  const seen = new Set([main]);
  // What is added while the loop runs is met by it, too.
  for (const file of seen) {
    for (const other of byFile.get(file)?.calls ?? []) if (byFile.has(other)) seen.add(other);
  }
  return seen;
}

function program(files: readonly string[], byFile: ReadonlyMap<string, FileFacts>): ProgramView {
  const members = files.flatMap((file) => byFile.get(file) ?? []);
  const uses = members.flatMap(({ facts }) => facts.filter((fact): fact is PlacedUse => fact.fact === 'use'));
  return {
    files,
    uses: resolved(merged(uses)),
    locks: members.flatMap(({ facts }) => facts.filter((fact): fact is PlacedLock => fact.fact === 'lock')),
    starts: [...new Set(members.flatMap(({ starts }) => starts))],
    forks: members.some(({ forks }) => forks),
  };
}

/** What is seen on several walks is one use; and what one walk could not name and another could is told by the one that could. */
export function merged(uses: readonly PlacedUse[]): PlacedUse[] {
  const found = new Map<string, PlacedUse>();
  const named = new Set(uses.flatMap((use) => (use.name ? [siteOf(use)] : [])));
  for (const use of uses) {
    if (!use.name && named.has(siteOf(use))) continue;
    const key = `${use.site} ${use.does} ${use.kind} ${identityOf(use)} ${use.role} ${use.messageType ?? ''}`;
    const known = found.get(key);
    found.set(key, known ? joined(known, use) : use);
  }
  return [...found.values()];
}

/** The call itself, wherever it is told of: a wrapper that is called from several places makes one. */
function siteOf({ site }: PlacedUse): string {
  return site.split(' -> ', 1)[0] ?? site;
}

/** Seen on a walk that began in the function itself, where nothing is known of its parameters. */
function isBare({ root, site }: PlacedUse): boolean {
  return site.split(' ')[1] === root;
}

/** Of two sizes the larger; of what came before, what did on both. Walks that came from callers know more. */
function joined(a: PlacedUse, b: PlacedUse): PlacedUse {
  if (isBare(a) !== isBare(b)) {
    return isBare(a) ? b : a;
  }
  const { size: one, before, ...rest } = a;
  const size = one === undefined || b.size === undefined ? undefined : Math.max(one, b.size);
  const both = before?.filter((first) =>
    b.before?.some(({ object, access }) => object === first.object && access === first.access),
  );
  return {
    ...rest,
    ...(size === undefined ? {} : { size }),
    ...(both && both.length > 0 ? { before: both } : {}),
  };
}

/** Handles out of variables that one object was put into, and of the only object of a kind that the program has. */
function resolved(uses: readonly PlacedUse[]): PlacedUse[] {
  const inVariables = new Map<string, ObjectName | null>();
  const only = new Map<string, ObjectName | null>();
  const learn = (map: Map<string, ObjectName | null>, key: string, name: ObjectName | undefined) => {
    const known = map.get(key);
    const same = known === undefined || (known !== null && known.by === name?.by && known.text === name.text);
    map.set(key, same && name ? name : null);
  };
  for (const { kind, name, does, keeps, nameIn } of uses) {
    if (name && nameIn !== undefined) learn(inVariables, `name ${nameIn}`, name);
    if (does !== 'create' && does !== 'open') continue;
    learn(only, kind, name);
    for (const variable of keeps ?? []) learn(inVariables, `${kind} ${variable}`, name);
  }
  return uses.map((use) => {
    const { kind, handle, nameIn } = use;
    if (use.name || (handle === undefined && nameIn === undefined)) return use;
    const held = inVariables.get(nameIn === undefined ? `${kind} ${handle}` : `name ${nameIn}`);
    // A member may be that of many objects, and a name that is not known is of any.
    const isHanded = nameIn === undefined && !handle?.startsWith('.');
    const name = held ?? (held === undefined && isHanded ? only.get(kind) : undefined);
    return name ? { ...use, name } : use;
  });
}

/** A use of a file that several programs share is one. */
function once(uses: readonly PlacedUse[]): PlacedUse[] {
  const seen = new Map<string, PlacedUse>();
  for (const use of uses) {
    const key = `${use.file} ${use.start} ${use.does} ${use.kind} ${use.role} ${identityOf(use)} ${use.messageType}`;
    if (!seen.has(key)) seen.set(key, use);
  }
  return [...seen.values()];
}

/** The paths of FIFOs and UNIX sockets: other files are of no interest. */
function pathsIn(programs: readonly ProgramView[]): Map<string, ObjectKind> {
  const paths = new Map<string, ObjectKind>();
  for (const { kind, name } of programs.flatMap(({ uses }) => uses)) {
    if (name?.by === 'path' && (kind === 'fifo' || kind === 'unix-socket')) paths.set(name.text, kind);
  }
  return paths;
}

/** A file under the name of a FIFO is that FIFO. What a removal of an unknown path removes may be anything. */
function known(use: PlacedUse, paths: ReadonlyMap<string, ObjectKind>): PlacedUse[] {
  if (use.kind !== 'file') {
    return [use];
  }
  const kind = use.name && paths.get(use.name.text);
  if (kind) {
    return [{ ...use, kind, does: use.does === 'create' ? 'open' : use.does }];
  }
  // Nearly the name of one: somebody may have meant it.
  const { name } = use;
  const meant =
    use.does === 'open' &&
    name &&
    [...paths].some(([path, its]) => its === 'fifo' && isMisspelt(name, { ...name, text: path }));
  if (meant) {
    return [{ ...use, kind: 'fifo' }];
  }
  return use.does === 'remove' && !use.name ? [use] : [];
}
