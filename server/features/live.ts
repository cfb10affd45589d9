import type { Call, ResourceKind } from '../../catalog/schema';
import type { CallEvent } from '../analysis/events';
import { parameterIndex } from '../c/ast';
import type { KernelFound, KernelName, KernelRow } from '../protocol';
import type { Situation } from './facility-of';

/** What exists now of the object that a call names. */

const tablesOf: Partial<Record<ResourceKind, readonly string[]>> = {
  'posix-mq': ['posix-mq'],
  'posix-shm': ['posix-shm'],
  'posix-sem-named': ['posix-sem-named'],
  'sysv-msg': ['sysv-msg'],
  'sysv-sem': ['sysv-sem'],
  'sysv-shm': ['sysv-shm'],
  fifo: ['fifo'],
};

/** The object that a call creates, opens or removes by a name or a key which is a constant or made by ftok of constants. */
export function nameIn(call: Call, { event, from = [] }: Situation): KernelName | undefined {
  if (event && call.name === 'ftok') return ftokName(event, ['sysv-msg', 'sysv-shm', 'sysv-sem']);
  for (const { kind, name } of call.effects) {
    const tables = kind && tablesOf[kind];
    const index = parameterIndex(call.params, name);
    const value = event?.args[index]?.value;
    if (!tables || !value) continue;
    const { text, constant } = value;
    // A path of its own folder means something else wherever the program runs.
    if (text !== undefined && (kind !== 'fifo' || text.startsWith('/'))) return { tables, name: text };
    if (text === undefined && constant !== undefined && constant > 0n && kind?.startsWith('sysv')) {
      return { tables, key: Number(BigInt.asUintN(32, constant)) };
    }
    const maker = from[index];
    if (maker?.name === 'ftok') return ftokName(maker, tables);
  }
  return undefined;
}

function ftokName({ args: [path, project] }: CallEvent, tables: readonly string[]): KernelName | undefined {
  const { text } = path?.value ?? {};
  const { constant } = project?.value ?? {};
  if (!text?.startsWith('/') || constant === undefined) return undefined;
  return { tables, ftok: { path: text, project: Number(BigInt.asUintN(8, constant)) } };
}

/** One paragraph of Markdown. */
export function liveText({ name, key, ftok }: KernelName, { row, key: made }: KernelFound): string {
  if (ftok && made === undefined)
    return `**Now:** \`${plain(ftok.path)}\` does not exist or may not be looked at: \`ftok\` fails.`;
  const shown = name ?? `key 0x${(made ?? key ?? 0).toString(16).padStart(8, '0')}`;
  const origin = ftok ? `, which \`ftok\` makes of \`${plain(ftok.path)}\` and ${ftok.project},` : '';
  if (!row) {
    const none = `no object \`${plain(shown)}\` exists in the kernel.`;
    return ftok ? `**Now:** \`ftok\` gives \`${shown}\`; ${none}` : `**Now:** ${none}`;
  }
  const told = [
    row.description,
    ...(row.owner === undefined ? [] : [`owner ${row.owner}`]),
    ...(row.orphan ? ['created by nobody alive, and nobody is attached'] : [holdersText(row)]),
    ...(row.warning === undefined ? [] : [row.warning]),
  ];
  return `**Now:** \`${plain(shown)}\`${origin} exists: ${told.filter(Boolean).map(plainText).join('; ')}.`;
}

const most = 3;

function holdersText({ holders }: KernelRow): string {
  if (!holders) return '';
  const names = [...new Set(holders.map(({ program, pid }) => `${program} (${pid})`))];
  if (names.length === 0) return 'nobody has it open now';
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return `used by ${names.slice(0, most).join(', ')}${more}`;
}

function plain(text: string): string {
  return text.replace(/[`\r\n]/g, ' ');
}

/** Names in the kernel are other people's text: nothing of it may become Markdown. */
function plainText(text: string): string {
  return text
    .replace(/[\\`*_{}[\]<>|~]/g, '\\$&')
    .replace(/[\r\n]+/g, ' ')
    .replace(/\.$/, '');
}

/** Puts what exists now below the prototype, above what is always true. */
export function withLive(markdown: string, live: string): string {
  const [prototype = '', ...rest] = markdown.split('\n\n');
  return [prototype, live, ...rest].join('\n\n');
}
