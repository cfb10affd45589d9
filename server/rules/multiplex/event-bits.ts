import { unwrap } from '../../analysis/operators';
import { type Expr, type ExprOf, walkExpr, walkStmt } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { excerpt } from '../shared/support';
import { ownCalls } from '../shared/whole-file';
import { neverAsked } from './never-asked';

export const eventBits: Rule = {
  meta: {
    id: 'multiplex/event-bits',
    severity: 'warning',
    preset: 'recommended',
    title: 'Reported events are compared as a number or with the wanted ones, or none are wanted',
    explanation:
      'The kernel may report several events in one word: input and hang-up come together when a peer writes and leaves. A comparison with == then fails, the input is never read, and the next call returns at once, round after round. And only `revents` is what poll reports; `events` is what was asked for, and where nobody stores that, poll reports no input.',
    silence:
      'Comparisons with 0, functions that look at `revents` too, and arrays that are filled, copied or handed on as a whole.',
    references: [
      { page: 'poll', section: 2 },
      { page: 'epoll_wait', section: 2 },
    ],
    example: {
      bad: `#include <poll.h>
#include <unistd.h>

int next(int fd, char *c) {
  struct pollfd watched = {.fd = fd, .events = POLLIN};
  if (poll(&watched, 1, -1) == -1)
    return -1;
  if (watched.revents == POLLIN)
    return read(fd, c, 1) == 1;
  return 0;
}
`,
      good: `#include <poll.h>
#include <unistd.h>

int next(int fd, char *c) {
  struct pollfd watched = {.fd = fd, .events = POLLIN};
  if (poll(&watched, 1, -1) == -1)
    return -1;
  if (watched.revents & POLLIN)
    return read(fd, c, 1) == 1;
  return 0;
}
`,
    },
  },
  check: (context) => ({
    end() {
      // The results may be looked at in another function than the one that calls poll: nothing else has a member of that name.
      const compared = comparisonsOf('revents', context);
      if (ownCalls(context, /^p?poll$/).length === 0) reportComparisons(compared, context);
      for (const store of neverAsked(context)) {
        context.report({
          span: store,
          message:
            'Nobody stores what `poll` is to look for at this descriptor: `events` stays 0 or what lay there, so input is never reported for it. Store the wanted events, as POLLIN, beside `fd`.',
        });
      }
    },
    call(event, context) {
      if (!event.site || !/^(?:p?poll|epoll_p?wait2?)$/.test(event.name)) return;
      const reported = /poll$/.test(event.name) && !event.name.startsWith('e') ? 'revents' : 'events';
      reportComparisons(comparisonsOf(reported, context), context);
      if (reported === 'revents') checkWanted(event.expr, context);
    },
  }),
};

/** `word == bits`, where the word is what was reported. */
interface Comparison {
  expr: Expr;
  word: Expr;
  bits: string[];
}

function comparisonsOf(reported: string, { scope }: RuleContext): Comparison[] {
  const found: Comparison[] = [];
  walkStmt(scope.definition.body, {
    expr: (expr) => {
      if (expr.kind !== 'binary' || expr.op !== '==') return;
      const [word, bits] = [unwrap(expr.left), unwrap(expr.right)];
      if (word.kind !== 'member' || word.field !== reported) return;
      const [name, ...more] = namesIn(bits).map((each) => meaningOf(each, scope));
      if (name === undefined || !/^E?POLL(?:IN|OUT|PRI|RDHUP)$/.test(name)) return;
      if (more.some((other) => !/^E?POLL[A-Z]+$/.test(other))) return;
      found.push({ expr, word, bits: [name, ...more] });
    },
  });
  return found;
}

/** What the program's own name for an event stands for. */
function meaningOf(name: string, scope: RuleContext['scope']): string {
  const macro = scope.file.symbols.macro(name);
  const body = macro && !macro.params ? macro.body.trim() : '';
  return /^E?POLL[A-Z]+$/.test(body) && !/^E?POLL[A-Z]+$/.test(name) ? body : name;
}

function reportComparisons(comparisons: readonly Comparison[], context: RuleContext): void {
  for (const { expr, word, bits } of comparisons) {
    const [name = '', ...more] = bits;
    const hangup = name.startsWith('E') ? 'EPOLLHUP' : 'POLLHUP';
    const also = more.includes(hangup) ? hangup.replace('HUP', 'ERR') : hangup;
    const shown = bits.join(' and ');
    context.report({
      span: expr,
      message: `\`${excerpt(context, word)}\` may hold other bits beside ${shown}, as ${also} when the peer has gone, and then this comparison fails and the event is never dealt with. Test the bit with \`&\`.`,
      fix: {
        title: 'Test the bit',
        edits: [
          {
            span: expr,
            text: `(${context.source(word)} & ${more.length > 0 ? `(${bits.join(' | ')})` : name})`,
          },
        ],
      },
    });
  }
}

/** The names put together with `|`. */
function namesIn(bits: Expr): string[] {
  if (bits.kind === 'binary' && bits.op === '|') {
    return [...namesIn(unwrap(bits.left)), ...namesIn(unwrap(bits.right))];
  }
  return bits.kind === 'name' ? [bits.name] : [''];
}

/** After poll the function tests what it asked for, and never what came at this descriptor. */
function checkWanted(call: Expr, context: RuleContext): void {
  const tests: ExprOf<'member'>[] = [];
  const asked = new Set<string>();
  const collect = (test: Expr) => {
    if (test.start < call.start) return;
    walkExpr(test, (expr) => {
      const word = expr.kind === 'binary' && expr.op === '&' ? unwrap(expr.left) : undefined;
      const isOfEpoll =
        expr.kind === 'binary' && namesIn(unwrap(expr.right)).some((name) => /^EPOLL/.test(name));
      if (word?.kind === 'member' && word.field === 'events' && !isOfEpoll) tests.push(word);
    });
  };
  walkStmt(context.scope.definition.body, {
    expr: (expr) => {
      if (expr.kind === 'member' && expr.field === 'revents') asked.add(entryOf(expr, context));
      // A wish that changes on the way is asked about with reason.
      const changed = expr.kind === 'assign' && expr.start > call.end ? unwrap(expr.target) : undefined;
      if (changed?.kind === 'member' && changed.field === 'events') asked.add(entryOf(changed, context));
      if (expr.kind === 'conditional') collect(expr.test);
    },
    stmt: (stmt) => {
      if (stmt.kind === 'if') collect(stmt.test);
    },
  });
  const any = [...asked].some((entry) => !/^\w+(?:\[(?:\d+|[A-Z_]+)\])?$/.test(entry));
  const wrong = tests.filter((word) => asked.size === 0 || !(any || asked.has(entryOf(word, context))));
  for (const word of wrong) {
    context.report({
      span: word,
      message: `\`${excerpt(context, word)}\` holds the events that were asked for, so this test is true whether or not anything happened. Test \`revents\`, where \`poll\` stores what did.`,
      ...(/\bevents$/.test(context.source(word))
        ? {
            fix: {
              title: 'Test revents',
              edits: [{ span: { start: word.end - 6, end: word.end }, text: 'revents' }],
            },
          }
        : {}),
    });
  }
}

/** The structure that a member belongs to, as the text names it. */
function entryOf({ object }: ExprOf<'member'>, context: RuleContext): string {
  return context.source(object).replaceAll(/\s/g, '');
}
