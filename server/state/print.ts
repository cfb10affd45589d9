/** A view of the kernel's state as tables for a terminal. Pure: text in, text out. */
import type {
  KernelDelta,
  KernelGroup,
  KernelLimit,
  KernelNamespace,
  KernelRow,
  KernelView,
} from '../kernel/view';
import { list } from '../kernel/words';

export interface Style {
  /** Letters a line may have; undefined: any number. */
  width?: number;
  /** Escape sequences for headings and warnings. */
  colour: boolean;
  /** Every detail of each row below it. */
  long: boolean;
}

const [boldOn, warnOn, off] = ['\u001b[1m', '\u001b[33m', '\u001b[0m'];

const painted = (style: Style, code: string, text: string) => (style.colour ? code + text + off : text);

/** The whole view: tables that have something to tell, then processes if asked for, and limits that are near. */
export function viewText(
  view: KernelView,
  style: Style,
  processes: boolean,
  words: readonly string[] = [],
): string {
  const blocks = view.groups
    .filter(({ rows, problem }) => rows.length > 0 || problem !== undefined)
    .map((group) => groupText(group, style));
  if (processes && view.processes && view.processes.length > 0)
    blocks.push(groupText({ facility: 'signal', title: 'Processes', rows: view.processes }, style));
  for (const { sentence } of view.cycles ?? []) blocks.push(painted(style, warnOn, safe(sentence)));
  const near = (view.limits ?? []).filter((limit) => limit.near);
  if (near.length > 0)
    blocks.push([painted(style, warnOn, 'Limits that are near'), ...near.map(limitText)].join('\n'));
  if (processes && (view.namespaces?.length ?? 0) > 1)
    blocks.push(
      [painted(style, boldOn, 'IPC namespaces'), ...view.namespaces!.map(namespaceText)].join('\n'),
    );
  if (blocks.length === 0)
    blocks.push(words.length > 0 ? `Nothing fits ${list(words.map(safe))}.` : 'Nothing to show.');
  return `${blocks.join('\n\n')}\n`;
}

function groupText(group: KernelGroup, style: Style): string {
  const head = `${painted(style, boldOn, group.title)} (${group.problem ? 'not readable' : group.rows.length})`;
  if (group.problem) return `${head}\n  ${safe(group.problem)}`;
  const cells = group.rows.map((row) => [safe(row.label), safe(row.owner ?? ''), safe(described(row))]);
  const widths = [0, 1].map((column) => Math.min(40, Math.max(...cells.map((cell) => cell[column]!.length))));
  const lines = group.rows.flatMap((row, index) => {
    const [label = '', owner = '', text = ''] = cells[index]!;
    const line = `  ${label.padEnd(widths[0]!)}  ${owner.padEnd(widths[1]!)}  ${text}`.trimEnd();
    return [
      clip(line, style.width),
      ...(row.warning ? [painted(style, warnOn, `    ${safe(row.warning)}`)] : []),
      ...(style.long ? longText(row) : []),
    ];
  });
  return [head, ...lines].join('\n');
}

const described = (row: KernelRow) => (row.orphan ? `${row.description} [orphan]` : row.description);

function longText(row: KernelRow): string[] {
  const details = row.details.filter(({ label }) => label !== 'Warning');
  const width = Math.max(...details.map(({ label }) => label.length), 2);
  return [
    ...details.map(({ label, value }) => `      ${safe(label).padEnd(width)}  ${safe(value)}`),
    ...(row.command
      ? [
          `      ${'Remove with'.padEnd(width)}  ${safe(row.command)}${row.removable ? '' : ' (you are not permitted to)'}`,
        ]
      : []),
    `      ${'Id'.padEnd(width)}  ${safe(row.id)}`,
  ];
}

function limitText({ name, used = 0, most = 0, unit, meaning, source }: KernelLimit): string {
  const part = most > 0 ? ` (${Math.floor((used / most) * 100)} %)` : '';
  return `  ${safe(name)}: ${used} of ${most} ${unit}${part}, ${meaning}; see ${safe(source)}`;
}

function namespaceText({ id, own, processes, programs }: KernelNamespace): string {
  const who = programs.length > 0 ? `: ${programs.map(safe).join(', ')}` : '';
  return `  ${id}  ${processes} ${processes === 1 ? 'process' : 'processes'}${who}${own ? ' (the one shown)' : ''}`;
}

function clip(line: string, width: number | undefined): string {
  return width === undefined || line.length <= width ? line : `${line.slice(0, Math.max(1, width - 1))}…`;
}

/** Names are other people's text: nothing of it may steer the terminal. */
export function safe(text: string): string {
  // Control characters of both sets, and the marks that turn the direction of writing.
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (letter) => {
    const code = letter.codePointAt(0)!;
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

/** What changed, a line each: `+` new, `~` changed, `-` gone. `known` are the rows told so far. */
export function deltaText(
  delta: KernelDelta,
  known: ReadonlyMap<string, KernelRow>,
  processes: boolean,
): string {
  const time = new Date(delta.taken).toTimeString().slice(0, 8);
  const lines: string[] = [];
  const lists = [...delta.groups, ...(processes && delta.processes ? [delta.processes] : [])];
  for (const { changed, removed } of lists) {
    for (const row of changed) {
      const sign = known.has(row.id) ? '~' : '+';
      lines.push(`${time} ${sign} ${safe(row.id)}  ${safe(row.label)}: ${safe(described(row))}`);
    }
    for (const id of removed) {
      lines.push(`${time} - ${safe(id)}  ${safe(known.get(id)?.label ?? '')}`.trimEnd());
    }
  }
  for (const { sentence } of delta.cycles ?? []) lines.push(`${time} ! ${safe(sentence)}`);
  return lines.map((line) => `${line}\n`).join('');
}
