import type { KernelGroup, KernelRow } from '../../server/protocol';

/** An element of the Kernel Objects view. Commands get it as their argument. */
export type KernelElement =
  | { type: 'group'; group: KernelGroup; node: { id: string; title: string } }
  | { type: 'problem'; group: KernelGroup }
  | { type: 'object'; row: KernelRow; group: KernelGroup }
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
      return element.row.details.map((_, index) => ({ type: 'detail', row: element.row, index }));
    default:
      return [];
  }
}

export function itemOf(element: KernelElement): KernelItem {
  switch (element.type) {
    case 'group':
      return groupItem(element.group);
    case 'problem':
      return problemItem(element.group);
    case 'object':
      return objectItem(element.row);
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
  return {
    id: row.id,
    label: row.label,
    description: row.description,
    tooltip: objectTooltip(row),
    icon: orphan ? 'debug-disconnect' : 'circle-small-filled',
    iconColor: orphan ? 'list.warningForeground' : undefined,
    contextValue: row.removable ? 'object+removable' : 'object',
    expandable: row.details.length > 0 ? 'closed' : 'no',
    orphan,
    spoken: `${row.label}, ${row.description}${orphan ? ', orphan: its creator is gone and nobody is attached' : ''}`,
  };
}

function detailItem(row: KernelRow, index: number): KernelItem {
  const { label, value } = row.details[index]!;
  return {
    id: `${row.id} ${index} ${label}`,
    label,
    description: value,
    tooltip: `${escapeMarkdown(label)}: ${escapeMarkdown(value)}`,
    contextValue: 'detail',
    expandable: 'no',
    orphan: false,
    spoken: `${label}: ${value}`,
  };
}

function objectTooltip(row: KernelRow): string {
  const table = row.details.map(
    ({ label, value }) => `| ${escapeMarkdown(label)} | ${escapeMarkdown(value)} |`,
  );
  return [
    `**${escapeMarkdown(row.label)}** · ${escapeMarkdown(row.description)}`,
    ...(row.orphan ? ['', 'Orphan: its creator is gone and nobody is attached.'] : []),
    ...(table.length > 0 ? ['', '| | |', '|---|---|', ...table] : []),
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
