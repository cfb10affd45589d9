import path from 'node:path';
import type { PlacedUse } from '../../rules/project/facts';
import type { ObjectKind, ObjectName } from '../../rules/project/object-use';
import { likelyKeys, likelyPaths } from './keys';
import { sourceUses } from './overview';
import { type NamedTable, namedTable } from './tables';
import type { SourceAnswer, SourceQuestion } from './view';

/** Finds the lines of source that make, or use, an object of the kernel. */
export function findSources(
  { id, label }: SourceQuestion,
  uses: readonly PlacedUse[],
  roots: readonly string[],
): SourceAnswer {
  const table = namedTable(id);
  if (!table) {
    return { uses: [], note: 'Objects of this kind have no name by which the sources could be searched.' };
  }
  const wantedKind = kindOf(table);
  const fitting = uses.filter(({ kind }) => kind === wantedKind);
  const wanted = nameIn(label);
  if (wanted === undefined) {
    return withoutName(fitting, label);
  }
  const named = fitting.filter((use) => use.name && isMeant(use.name, wanted, foldersOf(use, roots)));
  const creators = named.filter(({ does }) => does === 'create' || does === 'bind');
  if (creators.length > 0) {
    return { uses: sourceUses(creators) };
  }
  if (named.length > 0) {
    return {
      uses: sourceUses(named),
      note: `No source of this workspace is known to create ${label}; these use it.`,
    };
  }
  return unnamed(fitting, label);
}

/** What the sources call the objects of a table. */
function kindOf(table: NamedTable): ObjectKind {
  if (table.startsWith('unix')) return 'unix-socket';
  return table.startsWith('inet') ? 'inet-socket' : (table as ObjectKind);
}

interface Wanted {
  text: string;
  key?: number;
  port?: string;
}

/** What a row's label says of the name; undefined where the object has none. */
function nameIn(label: string): Wanted | undefined {
  const key = /^key (0x[0-9a-f]+)$/i.exec(label)?.[1];
  if (key !== undefined) return { text: label, key: Number(key) };
  if (/^(?:id|slot|socket) \d+$/.test(label)) return undefined;
  // Of a connection, the side that has a name.
  const text = (label.split(' ↔ ')[0] ?? label).replace(/ \(deleted\)$/, '');
  const port = /:(\d+)$/.exec(text)?.[1];
  return { text, ...(port === undefined ? {} : { port }) };
}

function foldersOf({ file }: PlacedUse, roots: readonly string[]): string[] {
  return [...roots, path.dirname(file)];
}

function isMeant(name: ObjectName, { text, key, port }: Wanted, folders: readonly string[]): boolean {
  switch (name.by) {
    case 'key':
      return key !== undefined && name.key === key;
    case 'ftok':
      return key !== undefined && name.ftok !== undefined && likelyKeys(name.ftok, folders).includes(key);
    case 'port':
      return port !== undefined && name.text === port;
    case 'private':
      return false;
    case 'path':
      return likelyPaths(name.text, folders).some((file) => fits(file, text, name.pattern));
    default:
      return fits(name.text, text, name.pattern);
  }
}

/** A name, or one made by a format: `/tmp/client.%ld` for `/tmp/client.4711`. */
function fits(name: string, text: string, pattern: boolean | undefined): boolean {
  if (!pattern) {
    return name === text;
  }
  const parts = name.split(/%%|%[-+ #0]*\d*(?:\.\d+)?(?:hh?|ll?|[jzt])?[a-z]/i).map(escaped);
  return new RegExp(`^${parts.join('.+')}$`).test(text);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** An object without a key or name can only be one of those that are made without. */
function withoutName(uses: readonly PlacedUse[], label: string): SourceAnswer {
  const creators = uses.filter(({ does, name }) => does === 'create' && name?.by === 'private');
  return creators.length > 0
    ? {
        uses: sourceUses(creators),
        note: `${label} has no key, so it cannot be told which line created it: these make such objects.`,
      }
    : { uses: [], note: `${label} has no key, and no source of this workspace makes objects without one.` };
}

/** Nobody names it; but somebody may make it under a name that is known only at run time. */
function unnamed(uses: readonly PlacedUse[], label: string): SourceAnswer {
  const possible = uses.filter(
    ({ does, name }) => (does === 'create' || does === 'bind' || does === 'open') && !name,
  );
  return possible.length > 0
    ? {
        uses: sourceUses(possible),
        note: `No source of this workspace names ${label}. These take their name only when they run, so it may be one of them.`,
      }
    : { uses: [], note: `No source of this workspace creates or uses ${label}.` };
}
