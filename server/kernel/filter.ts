/** Which rows a person asked for, in words. */
import type { KernelGroup, KernelProcess, KernelRow, KernelView } from './view';

type Head = Pick<KernelGroup, 'table' | 'facility' | 'title'>;

/**
 * Whether a row fits all words: `mine`, `orphan`, `warning`, `waiting`, `editor` (held by nobody but the editor IPC Lens runs in),
 * `pid:4711`, `owner:root`, the name of a table (`pipe`), or text that occurs in what a row shows; with `-` before it, a word that
 * must not fit. A row without a table is a process.
 */
export function filterWords(words: readonly string[]): (row: KernelRow, group?: Head) => boolean {
  const fits = (word: string, row: KernelRow, group?: Head) =>
    (group && ofTable(word, group)) || fitsWord(row, group?.title ?? 'process', word);
  return (row, group) =>
    words.every((word) => (/^-./.test(word) ? !fits(word.slice(1), row, group) : fits(word, row, group)));
}

/** A view with the rows that fit. A table that cannot be read stays when it is asked for by name. */
export function filterView(
  view: KernelView,
  words: readonly string[],
  fits: ReturnType<typeof filterWords> = filterWords(words),
): KernelView {
  const groups = view.groups
    .map((group) => ({ ...group, rows: group.rows.filter((row) => fits(row, group)) }))
    .filter(
      (group) =>
        words.length === 0 ||
        group.rows.length > 0 ||
        (group.problem !== undefined && words.every((word) => ofTable(word, group))),
    );
  const processes = view.processes?.filter((process) => fits(process));
  return { ...view, groups, ...(processes ? { processes } : {}) };
}

const ofTable = (word: string, { table, facility }: Head) => word === (table ?? facility);

/** Somebody waits on it; of a process, that it waits on an object. */
function isWaiting(row: KernelRow & Partial<Pick<KernelProcess, 'waits'>>): boolean {
  const { holders = [], waits = [] } = row;
  return holders.some(({ waiting }) => waiting !== undefined) || waits.some(({ on }) => on !== undefined);
}

function fitsWord(row: KernelRow, title: string, word: string): boolean {
  switch (word) {
    case 'mine':
      return row.mine === true;
    case 'orphan':
    case 'orphans':
      return row.orphan === true;
    case 'warning':
    case 'warnings':
      return row.warning !== undefined;
    case 'waiting':
      return isWaiting(row);
    case 'editor':
      return row.editor === true;
  }
  const [, kind, value] = /^(pid|owner):(.+)$/.exec(word) ?? [];
  if (kind === 'pid')
    return row.id === `process:${value}` || (row.holders?.some(({ pid }) => String(pid) === value) ?? false);
  if (kind === 'owner') return row.owner === value;
  // A key is shown with eight digits and typed with as many as it has.
  const key = /^0x([0-9a-f]{1,8})$/i.exec(word)?.[1];
  const wanted = key ? `0x${key.padStart(8, '0')}`.toLowerCase() : word.toLowerCase();
  const shown = [
    title,
    row.id,
    row.label,
    row.description,
    row.owner ?? '',
    ...row.details.map((one) => one.value),
  ];
  return shown.some((text) => text.toLowerCase().includes(wanted));
}
