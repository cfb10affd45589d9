import { type KernelRow, namedTable } from '../../server/protocol';
import { type Arranged, type Arrangement, arrange, type Entry, type Section } from '../kernel/arrange';
import type { KernelModel } from '../kernel/model';
import { counted } from '../words';
import { iconOf } from './facility-icons';

/** An element of the Kernel Objects view. Commands get it as their argument. */
export type KernelElement =
  | { type: 'section'; section: Section; node: { id: string; title: string } }
  | { type: 'problem'; section: Section }
  | { type: 'object'; row: KernelRow; section: Section; role?: string }
  | { type: 'hidden'; count: number }
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

/** A section with more rows than this stays closed until it is asked for. */
const openUpTo = 12;

type SectionElement = Extract<KernelElement, { type: 'section' }>;

/** The rows of the view, from the model. */
export class KernelTree {
  private latest: Arranged = { sections: [], shown: 0, editor: 0, filtered: 0 };
  /** One element a section for as long as it is shown: VS Code knows what to refresh by the element itself. */
  private readonly elements = new Map<string, SectionElement>();

  constructor(private readonly model: KernelModel) {}

  get arranged(): Arranged {
    return this.latest;
  }

  /**
   * Takes the state as it is now. Returns the sections that differ, or undefined when some came or went and all must be drawn anew.
   */
  update(arrangement: Arrangement): SectionElement[] | undefined {
    const before = this.latest;
    this.latest = arrange(this.model, arrangement);
    const after = this.latest;
    const sameSections =
      before.editor === after.editor &&
      before.sections.length === after.sections.length &&
      before.sections.every(({ id }, index) => id === after.sections[index]?.id);
    if (!sameSections) return undefined;
    return this.sections().filter(({ section }, index) => !isSame(section, before.sections[index]));
  }

  roots(): KernelElement[] {
    const { editor } = this.latest;
    return [...this.sections(), ...(editor > 0 ? [{ type: 'hidden' as const, count: editor }] : [])];
  }

  private sections(): SectionElement[] {
    return this.latest.sections.map((section) => {
      const node = { id: section.facility ?? section.id, title: section.title };
      const element: SectionElement = this.elements.get(section.id) ?? { type: 'section', section, node };
      element.section = section;
      this.elements.set(section.id, element);
      return element;
    });
  }

  childrenOf(element: KernelElement): KernelElement[] {
    switch (element.type) {
      case 'section': {
        const { section } = element;
        const objects = section.entries.map((entry) => this.object(entry, section));
        return section.problem === undefined ? objects : [{ type: 'problem', section }, ...objects];
      }
      case 'object':
        return childrenOfObject(element.row);
      default:
        return [];
    }
  }

  private object({ row, role }: Entry, section: Section): KernelElement {
    return { type: 'object', row, section, ...(role === undefined ? {} : { role }) };
  }
}

/** The model puts a new row in the place of one that changed, so the rows themselves tell. */
function isSame(one: Section, other: Section | undefined): boolean {
  return (
    other !== undefined &&
    one.note === other.note &&
    one.problem === other.problem &&
    one.entries.length === other.entries.length &&
    one.entries.every(({ row, role }, index) => {
      const before = other.entries[index];
      return row === before?.row && role === before.role;
    })
  );
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
    case 'section':
      return sectionItem(element.section);
    case 'problem':
      return problemItem(element.section);
    case 'object':
      return objectItem(element);
    case 'hidden':
      return hiddenItem(element.count);
    case 'warning':
      return warningItem(element.row);
    case 'detail':
      return detailItem(element.row, element.index);
  }
}

function sectionItem({ id, title, note, facility, process, entries, problem }: Section): KernelItem {
  const orphans = entries.filter(({ row }) => row.orphan).length;
  const count = problem !== undefined ? 'not readable' : String(entries.length);
  const told = problem ?? counted(entries.length, 'object');
  return {
    id: `section ${id}`,
    label: title,
    description: [count, ...(orphans > 0 ? [`${orphans} orphaned`] : []), ...(note ? [note] : [])].join(
      ' · ',
    ),
    tooltip: problem === undefined ? `${escapeMarkdown(title)}: ${told}` : escapeMarkdown(problem),
    icon: facility === undefined ? sectionIcon(id) : iconOf(facility),
    contextValue: facility !== undefined ? 'section+facility' : process ? 'section+process' : 'section',
    expandable: problem !== undefined || entries.length <= openUpTo ? 'open' : 'closed',
    orphan: false,
    spoken: `${title}, ${told}${orphans > 0 ? `, ${orphans} orphaned` : ''}`,
  };
}

function sectionIcon(id: string): string {
  return id.startsWith('owner:') ? 'account' : id === 'nobody' ? 'circle-slash' : 'server-process';
}

function hiddenItem(count: number): KernelItem {
  const label = `${counted(count, 'object')} of the editor itself`;
  return {
    id: 'hidden',
    label,
    description: 'hidden',
    tooltip: 'Pipes, sockets and event counters that nobody but the editor holds. Click to show them.',
    icon: 'eye-closed',
    contextValue: 'hidden',
    expandable: 'no',
    orphan: false,
    spoken: `${label}, hidden`,
  };
}

function problemItem({ id, problem = '' }: Section): KernelItem {
  return {
    id: `${id} problem`,
    label: problem,
    description: '',
    tooltip: escapeMarkdown(problem),
    icon: 'info',
    contextValue: 'problem',
    expandable: 'no',
    orphan: false,
    spoken: problem,
  };
}

function objectItem({ row, section, role }: Extract<KernelElement, { type: 'object' }>): KernelItem {
  const orphan = row.orphan === true;
  const icon = objectIcon(row);
  const spoken = [
    `${row.label}, ${row.description}`,
    ...(role ? [role] : []),
    ...(orphan ? ['orphan: its creator is gone and nobody is attached'] : []),
    ...(row.warning ? [`warning: ${row.warning}`] : []),
  ];
  const flags = [
    'object',
    ...(row.command ? ['command'] : []),
    ...('pid' in row ? ['process'] : []),
    ...(namedTable(row.id) ? ['source'] : []),
    ...(row.removable ? ['removable'] : []),
  ];
  return {
    // A process holds an object in several ways, and several processes hold it.
    id: section.facility === undefined ? `${section.id} ${row.id} ${role ?? ''}` : row.id,
    label: shortLabel(row.label),
    description: [...(role ? [role] : []), shortDescription(row)].join(' · '),
    tooltip: objectTooltip(row),
    icon: icon.name,
    iconColor: icon.color,
    contextValue: flags.join('+'),
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
