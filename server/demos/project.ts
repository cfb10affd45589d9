/** A demo as a C project: its programs, a Makefile that builds them and a README that says how they are used. */
import { withUsualFigures } from './figures';
import type { Program } from './program';
import type { Scenario } from './scenario';
import type { ProjectView } from './view';

export function projectOf(scenario: Scenario, programs: Program[]): ProjectView {
  const files = programs.map(({ file, text }) => ({ path: file, text }));
  const names = files.map(({ path }) => path.replace(/\.c$/, ''));
  return {
    name: scenario.id.replace('/', '-'),
    files: [
      ...files,
      { path: 'Makefile', text: makefile(names) },
      { path: 'README.md', text: readme(scenario, names) },
    ],
  };
}

function makefile(names: string[]): string {
  return `CFLAGS = -std=gnu17 -Wall -Wextra -g -pthread
LDLIBS = -lrt

PROGRAMS = ${names.join(' ')}

all: $(PROGRAMS)

clean:
	rm -f $(PROGRAMS)

.PHONY: all clean
`;
}

function readme(scenario: Scenario, names: string[]): string {
  const mistake =
    scenario.kind === 'pitfall'
      ? ['This program makes a mistake on purpose, to show what comes of it.', ruleText(scenario)]
      : [];
  return `${[
    `# ${scenario.title}`,
    scenario.summary,
    scenario.about,
    mistake.filter(Boolean).join(' '),
    '## Build and run',
    '```sh\nmake\n```',
    runText(scenario, names),
    '`make clean` removes the programs.',
    '## What to learn from it',
    withUsualFigures(scenario.conclusion),
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`;
}

const ruleText = ({ rule }: Scenario) => (rule ? `IPC Lens reports it in the source as \`${rule}\`.` : '');

/** The programs in the order in which they are started. */
function runText(scenario: Scenario, names: string[]): string {
  const [first, ...others] = names;
  if (others.length === 0) return `\`\`\`sh\n./${first}\n\`\`\``;
  const list = names.map((name) => `\`\`\`sh\n./${name}\n\`\`\``).join('\n\n');
  return `The programs know nothing of each other. Start each in a terminal of its own, in this folder and in this order:\n\n${list}${
    scenario.kind === 'pitfall' ? '\n\nIf one waits for ever, Ctrl+C ends it.' : ''
  }`;
}
