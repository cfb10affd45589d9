import { calls, facilities, taxonomy, topics } from '../../catalog';
import type { Call, Facility, FacilityId, ManPage, Topic, TopicId } from '../../catalog/schema';

/** Pages and pieces of Markdown made from the catalog. */

export function manText({ page, section }: ManPage): string {
  return `${page}(${section})`;
}

/** Where a manual page can be read without installing it. */
export function manLink(man: ManPage): string {
  return `[${manText(man)}](https://man7.org/linux/man-pages/man${man.section}/${man.page}.${man.section}.html)`;
}

/** Completes "On failure it returns ...". */
export function failureText({ returns: { failure } }: Call): string {
  const where = failure.reports === 'errno' ? ' and errno says why' : '';
  const detail = failure.detail ? ` (${failure.detail.replace(/\.$/, '')})` : '';
  switch (failure.value) {
    case 'none':
      return '';
    case 'error-number':
      return `an error number, never -1; errno is not set${detail}`;
    case '0-or--1':
      return `0 or -1${detail}`;
    case 'nonzero':
      return `a value other than 0${detail}`;
    case 'negative':
      return `a negative number${detail}`;
    default:
      return `\`${failure.value}\`${where}${detail}`;
  }
}

export function blockingText({ blocking }: Call): string {
  if (!blocking.blocks) {
    return 'Does not wait.';
  }
  const avoid = blocking.avoid ? ` To avoid the wait: ${blocking.avoid.replace(/\.$/, '')}.` : '';
  const restarts = {
    'with SA_RESTART': 'After a signal handler it fails with EINTR, unless SA_RESTART is set.',
    never: 'After a signal handler it always fails with EINTR; SA_RESTART does not help.',
    always: 'A signal handler does not end the wait.',
  }[blocking.restarted];
  return `Waits until ${blocking.until.replace(/\.$/, '')}.${avoid} ${restarts}`;
}

export function standardText({ standard, featureTest, headers }: Call): string {
  const macro = featureTest ? ` · needs \`${featureTest}\`` : '';
  return `${headers.map((header) => `\`<${header}>\``).join(' ')} · ${standard}${macro}`;
}

/** The page of a facility or topic; undefined for an id that is neither. */
export function explain(id: FacilityId | TopicId): { title: string; markdown: string } | undefined {
  const facility = facilities.get(id as FacilityId);
  if (facility) {
    return { title: facility.title, markdown: facilityPage(facility) };
  }
  const topic = topics.get(id as TopicId);
  return topic && { title: topic.title, markdown: topicPage(topic) };
}

function facilityPage(facility: Facility): string {
  const own = [...calls.values()].filter(({ chapter }) => chapter.facility?.id === facility.id);
  return sections([
    `# ${facility.title}`,
    facility.summary,
    `*${path(facility).join(' › ')}*`,
    table([
      ['Named by', facility.identifiedBy],
      ['Handle', facility.handle],
      ['Open to', `${scopeText[facility.accessibility.scope]}. ${facility.accessibility.detail}`],
      ['Lives', `${persistenceText[facility.persistence.kind]}. ${facility.persistence.detail}`],
      ['Data', facility.dataModel.detail],
      ['Flow control', facility.flowControl],
    ]),
    heading('Calls', [
      ...own.map(({ record }) => `- \`${record.prototype}\`  \n  ${record.summary}`),
      ...Object.entries(facility.uses).map(([name, role]) => `- \`${name}\`: ${role}`),
    ]),
    heading('What goes wrong', facility.pitfalls.map(bullet)),
    facility.limits.length === 0
      ? ''
      : `## Limits\n\n${table(
          facility.limits.map((limit) => [
            limit.name,
            `${limit.usual}. ${limit.meaning}`,
            limit.shownAt ? `\`${limit.shownAt}\`` : '',
          ]),
          ['Limit', 'Usual value and meaning', 'Shown at'],
        )}`,
    heading(
      'Compared',
      facility.comparison.map(
        ({ to, difference }) => `- **${facilities.get(to)?.title ?? to}**: ${difference}`,
      ),
    ),
    heading('Manual pages', [facility.manPages.map(manLink).join(' · ')]),
  ]);
}

function topicPage(topic: Topic): string {
  const concerned = topic.facilities.flatMap((id) => facilities.get(id)?.title ?? []);
  return sections([
    `# ${topic.title}`,
    topic.summary,
    ...topic.explanation,
    `Concerns: ${concerned.join(', ')}.`,
    heading(
      'Calls',
      Object.entries(topic.uses).map(([name, role]) => `- \`${name}\`: ${role}`),
    ),
    heading('What goes wrong', topic.pitfalls.map(bullet)),
    heading('Manual pages', [topic.manPages.map(manLink).join(' · ')]),
  ]);
}

/** The titles on the way to a facility, the widest first. */
export function path(facility: Facility): string[] {
  const titles: string[] = [];
  for (let node = taxonomy.find(({ id }) => id === facility.taxonomy); node; ) {
    titles.unshift(node.title);
    const parent = node.parent;
    node = parent === undefined ? undefined : taxonomy.find(({ id }) => id === parent);
  }
  return titles;
}

export const scopeText = {
  related: 'Related processes',
  unrelated: 'Any process of this machine',
  network: 'Other machines too',
} as const;

export const persistenceText = {
  process: 'As long as a process has it open',
  kernel: 'Until it is removed or the system stops',
  'file-system': 'Until its file is removed',
} as const;

function sections(parts: string[]): string {
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function heading(title: string, lines: string[]): string {
  return lines.length === 0 ? '' : `## ${title}\n\n${lines.join('\n')}`;
}

function bullet(text: string): string {
  return `- ${text}`;
}

function table(rows: string[][], head: string[] = ['', '']): string {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const line = (cells: string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${head.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n');
}
