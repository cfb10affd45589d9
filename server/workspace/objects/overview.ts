import path from 'node:path';
import { facilities } from '../../../catalog';
import { type FacilityId, facilityIds } from '../../../catalog/schema';
import type { PlacedUse } from '../../rules/project/facts';
import { type Doing, identityOf, type ObjectKind, type ObjectName } from '../../rules/project/object-use';
import { likelyKeys } from './keys';
import type { SourceUse, WorkspaceObject, WorkspaceObjectGroup } from './view';

/** The objects that the sources use, as a person reads them: by facility, with who creates, opens and removes each. */
export function overview(uses: readonly PlacedUse[], roots: readonly string[]): WorkspaceObjectGroup[] {
  const objects = new Map<string, PlacedUse[]>();
  for (const use of uses) {
    const id = idOf(use);
    if (id === undefined) continue;
    const known = objects.get(id);
    if (known) known.push(use);
    else objects.set(id, [use]);
  }
  const groups = new Map<FacilityId, WorkspaceObject[]>();
  for (const [id, list] of objects) {
    const object = objectOf(id, list, roots);
    groups.set(object.facility, [...(groups.get(object.facility) ?? []), object]);
  }
  return facilityIds.flatMap((facility) => {
    const found = groups.get(facility);
    const title = facilities.get(facility)?.title ?? facility;
    return found ? [{ facility, title, objects: found.sort(byLabel) }] : [];
  });
}

function byLabel(a: WorkspaceObject, b: WorkspaceObject): number {
  return a.label < b.label ? -1 : a.label > b.label ? 1 : 0;
}

/** What is one object. One whose name comes at run time is one for each way in which the sources write the name. */
function idOf(use: PlacedUse): string | undefined {
  const identity = identityOf(use);
  if (use.kind === 'file' || use.kind === 'socket') {
    return undefined;
  }
  if (identity !== undefined) {
    // Private objects and ports of two files have nothing to do with each other.
    return use.name?.by === 'private' ? `${identity} ${use.file}` : identity;
  }
  // Two variables of one name have nothing to do with each other.
  if (use.addressIn !== undefined) return `${use.kind} in ${use.addressIn} ${use.within} ${use.file}`;
  const named = use.does === 'create' || use.does === 'open' || use.does === 'bind' || use.does === 'connect';
  return named && use.written !== undefined
    ? `${use.kind} written ${use.written} ${path.dirname(use.file)}`
    : undefined;
}

function facilityOf(kind: ObjectKind, uses: readonly PlacedUse[]): FacilityId {
  const transport = uses.find((use) => use.transport !== undefined)?.transport ?? 'stream';
  switch (kind) {
    case 'unix-socket':
      return `unix-${transport}`;
    case 'inet-socket':
    case 'socket':
      return `inet-${transport}`;
    case 'file':
      return 'shared-file';
    default:
      return kind;
  }
}

function objectOf(id: string, uses: readonly PlacedUse[], roots: readonly string[]): WorkspaceObject {
  const [first] = uses as [PlacedUse, ...PlacedUse[]];
  const { name, kind } = first;
  const folders = [...roots, ...uses.map(({ file }) => path.dirname(file))];
  const keys = name?.ftok ? likelyKeys(name.ftok, folders) : [];
  const note = noteOf(first, keys);
  const labels = kernelLabels(name, keys);
  const facility = facilityOf(kind, uses);
  return {
    id,
    facility,
    label: labelOf(first),
    ...(note === undefined ? {} : { note }),
    ...(labels.length > 0 ? { kernel: { tables: [facility], labels } } : {}),
    uses: sourceUses(uses),
  };
}

function labelOf({ name, written, addressIn }: PlacedUse): string {
  switch (name?.by) {
    case undefined:
      return written ?? (addressIn === undefined ? '' : `variable ${addressIn}`);
    case 'key':
      return `key ${name.text}`;
    case 'port':
      return `port ${name.text}`;
    case 'private':
      return 'IPC_PRIVATE';
    default:
      return name?.text ?? '';
  }
}

function noteOf({ name, addressIn }: PlacedUse, keys: readonly number[]): string | undefined {
  if (addressIn !== undefined && !name)
    return 'The address in this variable is known only when the program runs.';
  if (!name) return 'The name is known only when the program runs.';
  if (name.by === 'private') return 'A new object at every call, which nobody else can find by a key.';
  if (name.pattern) return 'The rest of the name is made when the program runs: one object for each.';
  if (!name.ftok) return undefined;
  const [key, ...others] = keys.map(shownKey);
  if (key === undefined) return `The file ${name.ftok.path} does not exist now, so there is no key yet.`;
  return others.length === 0
    ? `With the file as it is now the key is ${key}.`
    : `The key depends on the folder in which the program is started: ${[key, ...others].join(', ')}.`;
}

function shownKey(key: number): string {
  return `0x${key.toString(16).padStart(8, '0')}`;
}

/** As rows of the kernel's tables are labelled. */
export function kernelLabels(name: ObjectName | undefined, keys: readonly number[]): string[] {
  switch (name?.by) {
    case 'key':
      return [`key ${shownKey(name.key ?? 0)}`];
    case 'ftok':
      return keys.map((key) => `key ${shownKey(key)}`);
    case 'name':
    case 'abstract':
    case 'path':
      // A path from the current folder means something else wherever the program runs.
      return name.pattern || (name.by === 'path' && !name.text.startsWith('/')) ? [] : [name.text];
    default:
      return [];
  }
}

/* ------------------------------------------------------------------------ uses */

const order: Doing[] = [
  'create',
  'bind',
  'open',
  'connect',
  'resize',
  'map',
  'write',
  'read',
  'post',
  'wait',
  'remove',
];

/** Uses in the order in which an object lives, each once. */
export function sourceUses(uses: readonly PlacedUse[]): SourceUse[] {
  const seen = new Map<string, PlacedUse>();
  for (const use of uses) {
    const key = `${use.file} ${use.start} ${verb(use)}`;
    if (!seen.has(key)) seen.set(key, use);
  }
  return [...seen.values()]
    .sort(
      (a, b) =>
        order.indexOf(a.does) - order.indexOf(b.does) ||
        (a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start),
    )
    .map(sourceUse);
}

function sourceUse(use: PlacedUse): SourceUse {
  const detail = detailOf(use);
  return {
    does: verb(use),
    creates: use.does === 'create' || use.does === 'bind',
    call: use.call,
    within: use.within,
    path: use.file,
    range: {
      start: { line: use.line, character: use.character },
      end: { line: use.endLine, character: use.endCharacter },
    },
    ...(detail === '' ? {} : { detail }),
  };
}

const verbs: Record<Doing, string> = {
  create: 'creates',
  open: 'opens',
  remove: 'removes',
  bind: 'binds',
  connect: 'connects',
  read: 'receives',
  write: 'sends',
  map: 'maps',
  resize: 'sizes',
  wait: 'waits',
  post: 'posts',
};

function verb({ does, kind, call, access }: PlacedUse): string {
  if (kind === 'fifo' && (does === 'read' || does === 'write')) return `${does}s`;
  if (does === 'open' && access !== undefined && access !== 'both') {
    return `opens to ${access}`;
  }
  // What semop does is told by its operations, which may be either.
  if (kind === 'sysv-sem' && call.startsWith('sem') && (does === 'wait' || does === 'post'))
    return 'operates';
  return verbs[does];
}

function detailOf({ does, kind, mode, exclusive, size, messageType }: PlacedUse): string {
  const parts: string[] = [];
  if (mode !== undefined) parts.push(`mode 0${mode.toString(8).padStart(3, '0')}`);
  if (exclusive) parts.push('only if there is none');
  if (messageType !== undefined) {
    parts.push(messageType === 0 && does === 'read' ? 'any type' : `type ${messageType}`);
  }
  if (size !== undefined && size > 0) {
    const isSet = kind === 'sysv-sem';
    const each = kind === 'posix-mq' && does === 'create' ? ' a message' : '';
    const unit = isSet ? 'semaphore' : 'byte';
    parts.push(`${size} ${unit}${size === 1 ? '' : 's'}${each}`);
  }
  return parts.join(', ');
}
