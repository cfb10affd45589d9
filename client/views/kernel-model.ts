import type { KernelGroup, KernelRow } from '../../server/protocol';
import { iconOf } from './facility-icons';

/** An element of the Kernel Objects view. Commands get it as their argument. */
export type KernelElement =
  | { type: 'group'; group: KernelGroup; node: { id: string; title: string } }
  | { type: 'problem'; group: KernelGroup }
  | { type: 'object'; row: KernelRow; group: KernelGroup }
  | { type: 'warning'; row: KernelRow }
  | { type: 'detail'; row: KernelRow; index: number };

/** How an element looks, without VS Code. */
export interface KernelItem {
  id: string;
  label: string;
  description: string;
  tooltip: string;
  icon?: string;
  iconColor?: string;
  contextValue: string;
  expandable: 'open' | 'closed' | 'no';
  orphan: boolean;
  spoken: string;
}

/** A group with more rows than this stays closed until it is asked for. */
const openUpTo = 12;

type GroupElement = Extract<KernelElement, { type: 'group' }>;

/** What the server told, kept in its order: a whole view, then the groups that changed. */
export class KernelGroups {
  private groups: KernelGroup[] = [];
  /** One element a group for as long as it is shown: VS Code knows what to refresh by the element itself. */
  private readonly elements = new Map<string, GroupElement>();

  replace(groups: KernelGroup[]): void {
    this.groups = groups;
    this.elements.clear();
  }

  /**
   * Takes the groups that changed; the others stay. Returns the elements to refresh, or undefined when groups appeared or
   * vanished and all must be drawn anew.
   */
  merge(changed: KernelGroup[]): GroupElement[] | undefined {
    const before = this.roots();
    const byKey = new Map(changed.map((group) => [keyOf(group), group]));
    const known = this.groups.map((group) => byKey.get(keyOf(group)) ?? group);
    const added = changed.filter((group) => !this.groups.some((other) => keyOf(other) === keyOf(group)));
    this.groups = [...known, ...added];
    const after = this.roots();
    if (before.length !== after.length || before.some((element, index) => element !== after[index]))
      return undefined;
    return after.filter((element) => byKey.has(keyOf(element.group)));
  }

  all(): KernelGroup[] {
    return this.groups;
  }

  /** Groups worth a row: those with objects or with a problem to tell. */
  roots(): GroupElement[] {
    return this.groups
      .filter((group) => group.rows.length > 0 || group.problem !== undefined)
      .map((group) => {
        const key = keyOf(group);
        const element: GroupElement = this.elements.get(key) ?? {
          type: 'group',
          group,
          node: { id: group.facility, title: group.title },
        };
        element.group = group;
        this.elements.set(key, element);
        return element;
      });
  }

  groupOf(row: KernelRow): KernelGroup | undefined {
    return this.groups.find((group) => group.rows.some((other) => other.id === row.id));
  }
}

/** Two groups may show one facility in two ways (`flock` held and awaited), so the title counts too. */
function keyOf(group: KernelGroup): string {
  return `${group.facility} ${group.title}`;
}

export function childrenOf(element: KernelElement): KernelElement[] {
  switch (element.type) {
    case 'group':
      if (element.group.problem !== undefined) return [{ type: 'problem', group: element.group }];
      return element.group.rows.map((row) => ({ type: 'object', row, group: element.group }));
    case 'object':
      return childrenOfObject(element.row);
    default:
      return [];
  }
}

/** What is wrong with it, then everything else; who warns tells it among the details, too. */
function childrenOfObject(row: KernelRow): KernelElement[] {
  const details = row.details.flatMap(({ value }, index): KernelElement[] =>
    value === row.warning ? [] : [{ type: 'detail', row, index }],
  );
  return row.warning === undefined ? details : [{ type: 'warning', row }, ...details];
}

export function itemOf(element: KernelElement): KernelItem {
  switch (element.type) {
    case 'group':
      return groupItem(element.group);
    case 'problem':
      return problemItem(element.group);
    case 'object':
      return objectItem(element.row);
    case 'warning':
      return warningItem(element.row);
    case 'detail':
      return detailItem(element.row, element.index);
  }
}

function groupItem(group: KernelGroup): KernelItem {
  const orphans = group.rows.filter((row) => row.orphan).length;
  const count = group.problem !== undefined ? 'not readable' : String(group.rows.length);
  return {
    id: keyOf(group),
    label: group.title,
    description: orphans > 0 ? `${count} · ${orphans} orphaned` : count,
    tooltip: group.problem ?? `${group.title}: ${plural(group.rows.length, 'object')}`,
    icon: iconOf(group.facility),
    contextValue: 'group',
    expandable: group.problem !== undefined || group.rows.length <= openUpTo ? 'open' : 'closed',
    orphan: false,
    spoken: `${group.title}, ${group.problem ?? plural(group.rows.length, 'object')}${orphans > 0 ? `, ${orphans} orphaned` : ''}`,
  };
}

function problemItem(group: KernelGroup): KernelItem {
  const problem = group.problem ?? '';
  return {
    id: `${keyOf(group)} problem`,
    label: problem,
    description: '',
    tooltip: problem,
    icon: 'info',
    contextValue: 'problem',
    expandable: 'no',
    orphan: false,
    spoken: problem,
  };
}

function objectItem(row: KernelRow): KernelItem {
  const orphan = row.orphan === true;
  const icon = objectIcon(row);
  const spoken = [
    `${row.label}, ${row.description}`,
    ...(orphan ? ['orphan: its creator is gone and nobody is attached'] : []),
    ...(row.warning ? [`warning: ${row.warning}`] : []),
  ];
  return {
    id: row.id,
    label: shortLabel(row.label),
    description: shortDescription(row),
    tooltip: objectTooltip(row),
    icon: icon.name,
    iconColor: icon.color,
    contextValue: `object${row.command ? '+command' : ''}${row.removable ? '+removable' : ''}`,
    expandable: row.details.length > 0 || row.warning !== undefined ? 'closed' : 'no',
    orphan,
    spoken: spoken.join(', '),
  };
}

/** The state of an object at a glance: what needs a person first, then whether somebody waits on it or holds it. */
function objectIcon(row: KernelRow): { name: string; color?: string } {
  if (row.warning !== undefined) return { name: 'warning', color: 'list.warningForeground' };
  if (row.orphan) return { name: 'debug-disconnect', color: 'list.warningForeground' };
  if (row.holders?.some(({ waiting }) => waiting)) return { name: 'watch' };
  if (row.holders?.length === 0) return { name: 'circle-outline' };
  return { name: 'circle-filled' };
}

/** `3 messages, 96 of 16384 bytes` is too long beside a label: the bytes become a percentage. The tooltip tells all. */
export function shortDescription({ description, fill }: KernelRow): string {
  if (!fill || fill.capacity <= 0) return description;
  const percent = Math.round((100 * fill.used) / fill.capacity);
  const tail = percent > 0 ? `, ${percent} % full` : '';
  return description.replace(/, \d+ of \d+ bytes$/, tail);
}

/** The end of a long path tells more than its beginning: `/run/user/1000/bus` becomes `…/bus`. The tooltip tells all. */
export function shortLabel(label: string): string {
  return label.replace(/(?:\/[^/\s]+){2,}(\/[^/\s]+)/g, '…$1');
}

function warningItem(row: KernelRow): KernelItem {
  const warning = row.warning ?? '';
  return {
    id: `${row.id} warning`,
    label: warning,
    description: '',
    tooltip: escapeMarkdown(warning),
    icon: 'warning',
    iconColor: 'list.warningForeground',
    contextValue: 'warning',
    expandable: 'no',
    orphan: false,
    spoken: `Warning: ${warning}`,
  };
}

function detailItem(row: KernelRow, index: number): KernelItem {
  const { label, value } = row.details[index]!;
  return {
    id: `${row.id} ${index} ${label}`,
    label,
    description: shortMoments(value, new Date()),
    tooltip: `${escapeMarkdown(label)}: ${escapeMarkdown(value)}`,
    contextValue: 'detail',
    expandable: 'no',
    orphan: false,
    spoken: `${label}: ${value}`,
  };
}

/** A moment of today by its time, one of another day by its date. */
export function shortMoments(text: string, now: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const today = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  return text.replace(/(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/g, (_, day: string, time: string) =>
    day === today ? time : day,
  );
}

function objectTooltip(row: KernelRow): string {
  const told = row.details.filter(({ value }) => value !== row.warning);
  const table = told.map(({ label, value }) => `| ${escapeMarkdown(label)} | ${escapeMarkdown(value)} |`);
  return [
    `**${escapeMarkdown(row.label)}** · ${escapeMarkdown(row.description)}`,
    ...(row.orphan ? ['', 'Orphan: its creator is gone and nobody is attached.'] : []),
    ...(row.warning ? ['', `**Warning:** ${escapeMarkdown(row.warning)}`] : []),
    ...(table.length > 0 ? ['', '| | |', '|---|---|', ...table] : []),
    ...(row.command ? ['', `Removed by: ${escapeMarkdown(row.command)}`] : []),
  ].join('\n');
}

/** For the clipboard: the name, what stands beside it, then one line a detail. */
export function detailsAsText(row: KernelRow): string {
  return [`${row.label}: ${row.description}`, ...row.details.map(({ label, value }) => `${label}: ${value}`)]
    .join('\n')
    .concat('\n');
}

/** Names of objects are other people's text: nothing of it may become Markdown or break a table. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>~&]/g, '\\$&').replace(/\s*[\r\n]+\s*/g, ' ');
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
