import type { CallEvent } from '../../analysis/events';
import { type Expr, somePart } from '../../c/ast';
import type { Rule } from '../rule';
import { constantNamed } from '../shared/support';

export const predictableTmp: Rule = {
  meta: {
    id: 'handle/predictable-tmp',
    severity: 'information',
    preset: 'teaching',
    title: 'A name that anybody can guess in a directory that anybody can write to',
    explanation:
      'In /tmp any user can create that name first: as a link to a file of yours that is then overwritten, or as an object that the program takes for its own.',
    silence: 'Names made by mkstemp or mkdtemp, O_EXCL, and files that are only read.',
    references: [
      { page: 'mkstemp', section: 3 },
      { page: 'open', section: 2 },
      { page: 'unix', section: 7 },
    ],
    example: {
      bad: `#include <sys/stat.h>

int make_requests(void) {
  return mkfifo("/tmp/requests", 0600);
}
`,
      good: `#include <sys/stat.h>

int make_requests(void) {
  return mkfifo("/run/jobs/requests", 0600);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const name = nameCreated(event);
      if (name === undefined || !/^\/(?:var\/)?tmp\/[^/]+$/.test(name) || isUnique(name)) return;
      context.report({ span: event.at, message: message(name) });
    },
    store({ target, value, at }, context) {
      const path = target.kind === 'member' && target.field === 'sun_path' ? value.value.text : undefined;
      if (path !== undefined && /^\/tmp\/[^/]+$/.test(path)) {
        context.report({ span: at, message: message(path) });
      }
    },
  }),
};

function message(name: string): string {
  return `Any user can create "${name}" before this program does, as a link or as an object of their own. Use a directory that only the program's user can write to, or make one with \`mkdtemp\`.`;
}

function isUnique(name: string): boolean {
  return name.includes('XXXXXX') || name.includes('%');
}

/** The path that a call creates, or takes for a key, without asking that it be new. */
function nameCreated(event: CallEvent): string | undefined {
  const [first, second] = event.args;
  switch (event.name) {
    case 'mkfifo':
    case 'ftok':
    case 'creat':
      return first?.value.text;
    case 'open': {
      const flags = second?.value.constant;
      const creates = flags !== undefined && (flags & constantNamed('O_CREAT')) !== 0n;
      return creates && (flags & constantNamed('O_EXCL')) === 0n ? first?.value.text : undefined;
    }
    case 'fopen':
      return /^[wa][^x]*$/.test(second?.value.text ?? '') ? first?.value.text : undefined;
    case 'strcpy':
    case 'strncpy':
      return first && isSocketPath(first.expr) ? second?.value.text : undefined;
    default:
      return undefined;
  }
}

function isSocketPath(expr: Expr): boolean {
  return somePart(expr, (inner) => inner.kind === 'member' && inner.field === 'sun_path');
}
