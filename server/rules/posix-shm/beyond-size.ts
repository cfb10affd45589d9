import type { CallEvent, Operand } from '../../analysis/events';
import { noteOn } from '../../analysis/notes';
import { type Expr, walkExpr } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { fixOf, replaced } from '../shared/edits';
import { argument, excerpt } from '../shared/support';
import { declaratorOf } from '../shared/uses';
import { pagesFor } from '../subjects/shared-memory';

const prefix = 'posix-shm/beyond-size';

export const beyondSize: Rule = {
  meta: {
    id: 'posix-shm/beyond-size',
    severity: 'error',
    preset: 'recommended',
    title: 'A mapping is longer than the object behind it',
    explanation:
      'A mapping is as long as is asked for, also beyond the end of a file or shared memory object. Touching a page that lies wholly behind the end kills the process with SIGBUS, and what is stored behind the end in the last page belongs to nobody.',
    silence: 'Sizes and lengths that are not known, and objects whose size is set somewhere else.',
    references: [
      { page: 'mmap', section: 2 },
      { page: 'ftruncate', section: 2 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

struct board { char text[8192]; };

struct board *attach(void) {
  int fd = shm_open("/board", O_CREAT | O_RDWR, 0600);
  if (fd == -1)
    return NULL;
  if (ftruncate(fd, sizeof(struct board *)) == -1) {
    close(fd);
    return NULL;
  }
  struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return board == MAP_FAILED ? NULL : board;
}
`,
      good: `#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

struct board { char text[8192]; };

struct board *attach(void) {
  int fd = shm_open("/board", O_CREAT | O_RDWR, 0600);
  if (fd == -1)
    return NULL;
  if (ftruncate(fd, sizeof(struct board)) == -1) {
    close(fd);
    return NULL;
  }
  struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return board == MAP_FAILED ? NULL : board;
}
`,
    },
  },
  check() {
    /** The calls that set a size, by what is noted on the path. */
    const sizes = new Map<
      number,
      { event: CallEvent; context: RuleContext; size: bigint; length: Operand }
    >();
    return {
      mark(event, context) {
        const site = event.args[0]?.value.origins?.[0]?.site;
        if (!event.site || !site || event.args[0]?.value.origins?.length !== 1) {
          return;
        }
        const key = noteOn(prefix, site);
        if (/^(?:write|pwrite|writev|posix_fallocate|fallocate|sendfile)$/.test(event.name)) {
          event.path.setNote(key, undefined);
        } else if (event.name === 'ftruncate') {
          const length = argument(event, 'length');
          const size = length?.value.constant;
          event.path.setNote(key, size === undefined ? undefined : event.site.id);
          if (length && size !== undefined) sizes.set(event.site.id, { event, context, size, length });
        }
      },
      call(event, context) {
        const site =
          event.site && event.name === 'mmap' ? argument(event, 'fd')?.value.origins?.[0]?.site : undefined;
        const note = site && event.path.note(noteOn(prefix, site));
        const set = typeof note === 'number' ? sizes.get(note) : undefined;
        const length = argument(event, 'length');
        const offset = argument(event, 'offset')?.value.constant;
        const asked = length?.value.constant;
        if (
          !set ||
          set.size === 0n ||
          !length ||
          asked === undefined ||
          offset === undefined ||
          asked + offset <= set.size
        ) {
          return;
        }
        const fatal = pagesFor(asked + offset) > pagesFor(set.size);
        const what = fatal
          ? 'touching the pages behind the end kills the process with SIGBUS'
          : 'what is stored behind the end is no part of the object';
        set.context.report({
          span: set.event.at.start === set.event.expr.start ? set.length.expr : set.event.at,
          severity: fatal ? 'error' : 'warning',
          message: `This makes the object ${set.size} bytes long, and \`${excerpt(context, length.expr)}\` maps it up to byte ${asked + offset}, so ${what}. Give both the same size.`,
          related: [{ span: event.at, message: 'It is mapped here' }],
          ...(set.event.at.start === set.event.expr.start && offset === 0n
            ? sizeFix(set.length.expr, length.expr, set.context, context)
            : {}),
        });
      },
    };
  },
};

/** The object made as long as the mapping, where its length means the same in both places. */
function sizeFix(size: Expr, length: Expr, sized: RuleContext, mapped: RuleContext) {
  const known = !length.use && sized.scope.evaluator.constant(length, sized.scope);
  const same = known === mapped.scope.evaluator.constant(length, mapped.scope) && typeof known === 'bigint';
  const visible = sized.scope.definition === mapped.scope.definition && declaredFor(length, size, sized);
  return fixOf(
    'Make the object as long',
    same && visible ? replaced(size, mapped.source(length)) : undefined,
  );
}

/** The names in an expression are known at another place of the function too. */
function declaredFor(expr: Expr, at: Expr, { scope }: RuleContext): boolean {
  let known = true;
  walkExpr(expr, (inner) => {
    const local = inner.kind === 'name' ? declaratorOf(scope, inner.name) : undefined;
    known &&= !local || local.declarator.nameSpan.start < at.start;
  });
  return known;
}
