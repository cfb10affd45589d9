import type {
  KernelRow,
  SourceUse,
  WorkspaceObject,
  WorkspaceObjectGroup,
  WorkspaceObjects,
} from '../../server/protocol';
import type { KernelModel } from '../kernel/model';
import { counted } from '../words';
import { iconOf } from './facility-icons';
import { escapeMarkdown, shortDescription, shortLabel } from './kernel-model';

/** An element of the view "In This Workspace". Commands get it as their argument. */
export type WorkspaceElement =
  | { type: 'group'; group: WorkspaceObjectGroup; node: { id: string; title: string } }
  | { type: 'object'; object: WorkspaceObject; row?: KernelRow }
  | { type: 'live'; object: WorkspaceObject; row: KernelRow }
  | { type: 'use'; object: WorkspaceObject; use: SourceUse };

/** How an element looks, without VS Code. */
export interface WorkspaceItem {
  id: string;
  label: string;
  description: string;
  tooltip: string;
  icon: string;
  iconColor?: string;
  contextValue: string;
  expandable: 'open' | 'closed' | 'no';
  spoken: string;
}

/** What is known of an object in the kernel. */
export type Live =
  /** The kernel's state has not been read, cannot be read, or knows no object by such a name. */
  'unknown' | 'absent' | KernelRow;

/** The object as it exists now: the first of its names that the kernel knows. */
export function liveOf({ kernel }: WorkspaceObject, model: KernelModel): Live {
  if (!kernel || model.taken === 0) {
    return 'unknown';
  }
  const tables = kernel.tables.flatMap((table) => model.tables.get(table) ?? []);
  for (const { rows } of tables) {
    for (const row of rows.values()) if (kernel.labels.includes(row.label)) return row;
  }
  return tables.length === 0 || tables.some(({ head }) => head.problem !== undefined) ? 'unknown' : 'absent';
}

/** The rows of the view, from what the server told of the sources and what is known of the kernel. */
export class WorkspaceTree {
  private latest: WorkspaceObjects = { groups: [], files: 0 };

  constructor(private readonly model: KernelModel) {}

  take(objects: WorkspaceObjects): void {
    this.latest = objects;
  }

  get objects(): WorkspaceObjects {
    return this.latest;
  }

  roots(): WorkspaceElement[] {
    return this.latest.groups.map((group) => ({
      type: 'group',
      group,
      node: { id: group.facility, title: group.title },
    }));
  }

  childrenOf(element: WorkspaceElement): WorkspaceElement[] {
    switch (element.type) {
      case 'group':
        return element.group.objects.map((object) => {
          const live = liveOf(object, this.model);
          return { type: 'object', object, ...(typeof live === 'object' ? { row: live } : {}) };
        });
      case 'object': {
        const { object, row } = element;
        const uses = object.uses.map((use): WorkspaceElement => ({ type: 'use', object, use }));
        return row ? [{ type: 'live', object, row }, ...uses] : uses;
      }
      default:
        return [];
    }
  }

  itemOf(element: WorkspaceElement): WorkspaceItem {
    switch (element.type) {
      case 'group':
        return groupItem(element.group);
      case 'object':
        return objectItem(element.object, liveOf(element.object, this.model));
      case 'live':
        return liveItem(element.object, element.row);
      case 'use':
        return useItem(element.object, element.use);
    }
  }

  /** What the rows say of the kernel, in short: the view is drawn anew when it is another. */
  get liveState(): string {
    const objects = this.latest.groups.flatMap((group) => group.objects);
    return objects
      .map((object) => {
        const live = liveOf(object, this.model);
        return typeof live === 'string' ? live : `${live.id} ${live.description} ${live.orphan ?? ''}`;
      })
      .join('\n');
  }
}

function groupItem({ facility, title, objects }: WorkspaceObjectGroup): WorkspaceItem {
  const count = counted(objects.length, 'object');
  return {
    id: facility,
    label: title,
    description: String(objects.length),
    tooltip: `**${escapeMarkdown(title)}**: ${count} in the sources of this workspace`,
    icon: iconOf(facility),
    contextValue: 'group+facility',
    expandable: 'open',
    spoken: `${title}, ${count}`,
  };
}

function objectItem(object: WorkspaceObject, live: Live): WorkspaceItem {
  const row = typeof live === 'object' ? live : undefined;
  const now = nowWords(object, live);
  const creators = object.uses.filter(({ creates }) => creates).length;
  const missing = creators === 0 && object.kernel !== undefined;
  const told = missing ? 'nobody here creates it' : '';
  const [first] = object.uses;
  const where = first ? placeOf(first) : '';
  return {
    id: object.id,
    label: shortLabel(object.label),
    description: [now || where, told].filter(Boolean).join(' · '),
    tooltip: tooltipOf(object, live),
    ...(row
      ? { icon: 'circle-filled', iconColor: 'charts.green' }
      : { icon: live === 'absent' ? 'circle-outline' : 'symbol-variable' }),
    contextValue: row ? 'object+live' : 'object',
    expandable: 'closed',
    spoken: [object.label, now, told, counted(object.uses.length, 'use'), object.note ?? '']
      .filter(Boolean)
      .join(', '),
  };
}

/** What exists now, beside the name. A FIFO that nobody has open is a file, of which the kernel's tables do not tell. */
function nowWords({ facility }: WorkspaceObject, live: Live): string {
  if (typeof live === 'object') {
    return `exists: ${shortDescription(live)}`;
  }
  if (live === 'unknown') return '';
  return facility === 'fifo' || facility.startsWith('unix') ? 'not in use now' : 'does not exist now';
}

function tooltipOf(object: WorkspaceObject, live: Live): string {
  const lines = object.uses.map(
    (use) => `- ${escapeMarkdown(`${use.within} ${use.does}`)}: ${escapeMarkdown(placeOf(use))}`,
  );
  const now = nowWords(object, live);
  const most = 12;
  const more = lines.length > most ? [`- and ${lines.length - most} more`] : [];
  return [
    `**${escapeMarkdown(object.label)}**${now === '' ? '' : ` · ${escapeMarkdown(now)}`}`,
    ...(object.note === undefined ? [] : ['', escapeMarkdown(object.note)]),
    '',
    ...lines.slice(0, most),
    ...more,
  ].join('\n');
}

function liveItem(object: WorkspaceObject, row: KernelRow): WorkspaceItem {
  const told = [
    row.description,
    ...(row.orphan ? ['orphan'] : []),
    ...(row.warning === undefined ? [] : [row.warning]),
  ].join(' · ');
  return {
    id: `${object.id} now`,
    label: 'now',
    description: told,
    tooltip: `${escapeMarkdown(row.label)} as it is in the kernel now: ${escapeMarkdown(told)}`,
    icon: row.warning !== undefined || row.orphan ? 'warning' : 'pulse',
    ...(row.warning !== undefined || row.orphan ? { iconColor: 'list.warningForeground' } : {}),
    contextValue: 'live',
    expandable: 'no',
    spoken: `Now: ${told}`,
  };
}

function useItem(object: WorkspaceObject, use: SourceUse): WorkspaceItem {
  const place = placeOf(use);
  const detail = use.detail === undefined ? '' : `, ${use.detail}`;
  return {
    id: `${object.id} ${use.path} ${use.range.start.line} ${use.range.start.character} ${use.does}`,
    label: use.does,
    description: `${place} · ${use.within}${use.detail === undefined ? '' : ` · ${use.detail}`}`,
    tooltip: escapeMarkdown(
      `${use.within} ${use.does} ${object.label} with ${use.call}${detail}: ${use.path}`,
    ),
    icon: useIcon(use),
    contextValue: 'use',
    expandable: 'no',
    spoken: `${use.within} ${use.does} it in ${fileOf(use)}, line ${use.range.start.line + 1}${detail}`,
  };
}

function useIcon({ does, creates }: SourceUse): string {
  if (creates) return 'add';
  switch (does.split(' ', 1)[0]) {
    case 'removes':
      return 'trash';
    case 'opens':
    case 'connects':
      return 'link';
    case 'sends':
    case 'writes':
    case 'posts':
      return 'arrow-right';
    case 'receives':
    case 'reads':
    case 'waits':
      return 'arrow-left';
    default:
      return 'gear';
  }
}

function fileOf({ path }: SourceUse): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `server.c:11`, counted as people do. */
export function placeOf(use: SourceUse): string {
  return `${fileOf(use)}:${use.range.start.line + 1}`;
}
