import type { CallEvent } from '../../analysis/events';
import type { Location } from '../../analysis/path';
import type { Rule, RuleContext } from '../rule';
import { excerpt } from '../shared/support';
import { callsIn } from '../shared/uses';
import { createsFifo, openOf } from '../subjects/fifos';
import { processOf } from '../subjects/pipe-uses';

const id = 'fifo/open-order';

/** Parent and child of one program. What two programs of a project do to each other is another rule's business. */
export const openOrder: Rule = {
  meta: {
    id,
    severity: 'error',
    preset: 'recommended',
    title: 'A FIFO is opened before the process is there, or comes to it, that opens the other end',
    explanation:
      'An open of a FIFO waits until another process opens the other end. When each of two processes waits in the open of a FIFO that the other would open only next, neither ever goes on. So it is when the process that opens the other end is started only behind the open.',
    silence:
      'FIFOs opened for both directions or with O_NONBLOCK, and orders of opens that differ from path to path.',
    references: [{ page: 'fifo', section: 7 }],
    example: {
      bad: `#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUESTIONS "/tmp/example.questions"
#define ANSWERS "/tmp/example.answers"

int main(void) {
  int in, out;
  mkfifo(QUESTIONS, 0600);
  mkfifo(ANSWERS, 0600);
  switch (fork()) {
  case -1:
    return 1;
  case 0:
    in = open(QUESTIONS, O_RDONLY);
    out = open(ANSWERS, O_WRONLY);
    _exit(in == -1 || out == -1);
  }
  in = open(ANSWERS, O_RDONLY);
  out = open(QUESTIONS, O_WRONLY);
  return in == -1 || out == -1;
}
`,
      good: `#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUESTIONS "/tmp/example.questions"
#define ANSWERS "/tmp/example.answers"

int main(void) {
  int in, out;
  mkfifo(QUESTIONS, 0600);
  mkfifo(ANSWERS, 0600);
  switch (fork()) {
  case -1:
    return 1;
  case 0:
    in = open(QUESTIONS, O_RDONLY);
    out = open(ANSWERS, O_WRONLY);
    _exit(in == -1 || out == -1);
  }
  out = open(QUESTIONS, O_WRONLY);
  in = open(ANSWERS, O_RDONLY);
  return in == -1 || out == -1;
}
`,
    },
  },
  check() {
    const steps: Step[] = [];
    /** Opens before there is another process. */
    const early: Step[] = [];
    return {
      mark(event, context) {
        const step = stepOf(event, context);
        if (step) event.path.setNote(id, `${step.before}${step.access}:${step.name};`);
        else if (event.site?.call.effects.some(({ op }) => op === 'fork')) event.path.setNote(id, undefined);
      },
      call(event, context) {
        const step = stepOf(event, context);
        if (step) steps.push(step);
        const first = step ? undefined : stepAlone(event, context);
        if (first) early.push(first);
      },
      end() {
        for (const mine of early) {
          const theirs = steps.find(({ name, access }) => name === mine.name && access !== mine.access);
          if (!theirs) continue;
          reportEarly(mine, theirs);
          return;
        }
        for (const mine of steps) {
          const theirs = steps.find((step) => waitForEachOther(mine, step, steps));
          if (!theirs) continue;
          report(mine, theirs);
          return;
        }
      },
    };
  },
};

/** One blocking open, with those that the same process made before it. */
interface Step {
  process: string;
  name: string;
  access: 'read' | 'write';
  before: string;
  at: Location;
  shown: string;
  context: RuleContext;
}

function stepOf(event: CallEvent, context: RuleContext): Step | undefined {
  return event.path.role.kind === 'only' ? undefined : blockingStep(event, context);
}

/** Before the first fork: who opens the other end must have been there already. */
function stepAlone(event: CallEvent, context: RuleContext): Step | undefined {
  return event.path.role.kind === 'only' && !isBehindFork(event, context)
    ? blockingStep(event, context)
    : undefined;
}

/** By the text there is another process already, where the walk of a large function has lost sight of it. */
function isBehindFork({ at }: CallEvent, { scope: { definition } }: RuleContext): boolean {
  return at.within === definition && callsIn(definition, /^v?fork$/).some(({ start }) => start < at.start);
}

function blockingStep(event: CallEvent, context: RuleContext): Step | undefined {
  const { path } = event;
  const opened = openOf(event, context);
  if (!opened?.blocking || opened.access === 'both' || !createsFifo(event, context)) {
    return undefined;
  }
  return {
    process: processOf(path.role),
    name: opened.name,
    access: opened.access,
    before: String(path.note(id) ?? ''),
    at: event.at,
    shown: shownName(event, opened.name, context),
    context,
  };
}

/** As it is written where that is a macro or a text; a parameter of a wrapper says less than what it holds. */
function shownName(event: CallEvent, name: string, context: RuleContext): string {
  const written = excerpt(context, event.args[0]!.expr);
  return /^["A-Z]/.test(written) ? written : name;
}

/**
 * Both stand in an open at the same time: what each did before has found its counterpart, and the counterpart of what it does now
 * comes later in the other. Of the two, the parent reports.
 */
function waitForEachOther(mine: Step, theirs: Step, steps: readonly Step[]): boolean {
  if (mine.process === theirs.process || mine.process > theirs.process) return false;
  if (sorted(mine.before) !== sorted(turned(theirs.before))) return false;
  if (mine.name === theirs.name && mine.access !== theirs.access) return false;
  const comesLater = (of: Step, by: Step) =>
    steps.some(
      (step) =>
        step.process === by.process &&
        step.name === of.name &&
        step.access !== of.access &&
        step.before.startsWith(`${by.before}${by.access}:${by.name};`),
    );
  return comesLater(mine, theirs) && comesLater(theirs, mine);
}

/** The opens that are the counterparts of some opens. */
function turned(before: string): string {
  return before.replace(/\b(read|write):/g, (_, access) => (access === 'read' ? 'write:' : 'read:'));
}

function sorted(before: string): string {
  return before.split(';').filter(Boolean).sort().join(';');
}

function reportEarly(mine: Step, theirs: Step): void {
  const other = mine.access === 'read' ? 'writing' : 'reading';
  mine.context.report({
    span: mine.at,
    message: `This open of ${mine.shown} waits until somebody opens it for ${other}, and the process that is to do so is started behind it: it waits for ever. Open the FIFO behind the \`fork\`.`,
    related: [{ span: theirs.at, message: 'The other process opens it here' }],
  });
}

function report(mine: Step, theirs: Step): void {
  mine.context.report({
    span: mine.at,
    message: `This open of ${mine.shown} waits until the other process opens it for ${
      mine.access === 'read' ? 'writing' : 'reading'
    }, while that one waits in its open of ${theirs.shown} for this one: both wait for ever. Open the FIFOs in the same order in both processes.`,
    related: [{ span: theirs.at, message: 'The other process waits here' }],
  });
}
