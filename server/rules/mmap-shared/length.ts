import type { CallEvent, Operand } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { CallSite } from '../../analysis/values';
import type { Expr } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { Always } from '../shared/always';
import { argumentNamed, fixOf, replaced } from '../shared/edits';
import { type Product, productOf } from '../shared/factors';
import { Facts } from '../shared/facts';
import { spanOfSite } from '../shared/loops';
import { argument, excerpt, givenAt } from '../shared/support';
import { assignmentsTo, callsIn } from '../shared/uses';
import { pageSize, pagesFor } from '../subjects/shared-memory';

export const length: Rule = {
  meta: {
    id: 'mmap-shared/length',
    severity: 'error',
    preset: 'recommended',
    title: 'A length or an offset does not fit the mapping',
    explanation:
      'A mapping consists of whole pages: the offset must be a multiple of the page size, and a length of 0 is refused with EINVAL. munmap takes away as many pages as its length says, so a wrong one leaves some mapped or removes what lies behind.',
    silence:
      'Lengths and offsets that are not known, and a munmap of fewer pages, unless the length is that of a pointer or one that leaves out the size of an element: taking away a part may be meant.',
    references: [{ page: 'mmap', section: 2 }],
    example: {
      bad: `#include <sys/mman.h>

void *second_part(int fd, size_t size) {
  void *part = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 1000);
  return part == MAP_FAILED ? NULL : part;
}
`,
      good: `#include <sys/mman.h>

void *second_part(int fd, size_t size) {
  void *part = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 4096);
  return part == MAP_FAILED ? NULL : part;
}
`,
    },
  },
  check() {
    const lengths = new Facts<bigint>();
    const empty = new Always();
    const unmapped: { event: CallEvent; context: RuleContext }[] = [];
    return {
      call(event, context) {
        if (!event.site) {
          return;
        }
        if (event.name === 'mmap') {
          lengths.add(event.site, argument(event, 'length')?.value.constant);
          checkLength(event, empty, context);
          checkOffset(event, context);
        } else if (event.name === 'munmap') {
          checkLength(event, empty, context);
          unmapped.push({ event, context });
        }
      },
      end() {
        empty.send();
        for (const { event, context } of unmapped) checkUnmapped(event, lengths, context);
      },
    };
  },
};

function checkLength(event: CallEvent, always: Always, context: RuleContext): void {
  const given = argument(event, 'length');
  const report = () =>
    given &&
    context.report({
      ...givenAt(event, given.expr),
      message: `The length is 0 here, so \`${event.name}\` fails with EINVAL. Give the number of bytes that are mapped.`,
    });
  always.see(event.expr, event.at, given?.value.constant === 0n ? report : undefined);
}

function checkOffset(event: CallEvent, context: RuleContext): void {
  const offset = argument(event, 'offset');
  const bytes = offset?.value.constant;
  if (offset && bytes !== undefined && bytes % pageSize !== 0n) {
    context.report({
      ...givenAt(event, offset.expr),
      message: `The offset ${bytes} is no multiple of the page size, so \`mmap\` fails with EINVAL. Map from the page boundary before it, and add the rest to the address.`,
    });
  }
}

function checkUnmapped(event: CallEvent, lengths: Facts<bigint>, context: RuleContext): void {
  const given = argument(event, 'length');
  const address = argument(event, 'addr');
  const mapped = lengths.of(address?.value);
  const bytes = given?.value.constant;
  if (given && address && !mapped && measures(given.expr, address.expr, context)) {
    context.report({
      ...givenAt(event, given.expr),
      severity: 'warning',
      message: `\`${excerpt(context, given.expr)}\` is the size of a pointer, so this \`munmap\` takes away one page, and whatever else is mapped there stays. Give the length that was given to \`mmap\`.`,
    });
  }
  if (given && address && !mapped) checkProduct(event, given.expr, address, context);
  if (!given || !address || !mapped || bytes === undefined || bytes <= 0n || mapped.fact <= 0n) {
    return;
  }
  const measured = given.value.measures && context.scope.evaluator.types.resolve(given.value.measures.type);
  const more = pagesFor(bytes) > pagesFor(mapped.fact);
  const ofPointer = bytes !== mapped.fact && !more && measured?.k === 'pointer';
  if (!more && !ofPointer) {
    return;
  }
  const effect = more
    ? 'also takes away whatever is mapped behind'
    : `${pagesFor(mapped.fact) > 1n ? 'leaves all but the first page mapped' : 'only goes well as long as all fits into one page'}: \`${excerpt(context, given.expr)}\` is the size of a pointer`;
  context.report({
    ...givenAt(event, given.expr),
    severity: 'warning',
    message: `${mapped.fact} bytes are mapped, and this \`munmap\` of ${bytes} ${effect}. Give the length that was given to \`mmap\`.`,
    related: [{ span: spanOfSite(mapped.site), message: 'Mapped here' }],
    ...(event.at.start === event.expr.start ? lengthFix(given.expr, mapped.site, context) : {}),
  });
}

/** The two lengths are worked out of the same variables, and one leaves out or adds the size of an element. */
function checkProduct(event: CallEvent, given: Expr, address: Operand, context: RuleContext): void {
  const [origin, ...others] = address.value.origins ?? [];
  const { scope } = context;
  const site = origin?.site;
  const length = site && others.length === 0 && site.call.name === 'mmap' ? site.expr.args[1] : undefined;
  // A function that is given a length may be given another one.
  if (!site || !length || site.within !== scope.definition || event.at.start !== event.expr.start) return;
  const [mapped, unmapped] = [productOf(length, scope), productOf(given, scope)];
  if (!mapped || !unmapped || mapped.names.length === 0) return;
  const isSame = `${mapped.names}` === `${unmapped.names}`;
  // `pages` for `pages * page_size`
  const isPart = mapped.constant === unmapped.constant && isPartOf(unmapped, mapped);
  const isKept = mapped.names.every((name) =>
    assignmentsTo(scope.definition, name).every(({ at }) => at.start < site.expr.start),
  );
  // The parts of one mapping may be taken away one by one.
  const isWhole = callsIn(scope.definition, /^(?:munmap|mremap)$/).every((call) => call === event.expr);
  if (!isKept || !isWhole || !(isPart || (isSame && mapped.constant !== unmapped.constant))) return;
  const effect =
    unmapped.constant > mapped.constant
      ? 'takes away whatever is mapped behind it, too'
      : 'leaves the rest of it mapped';
  context.report({
    span: given,
    severity: 'warning',
    message: `\`${excerpt(context, length)}\` bytes are mapped, and this \`munmap\` of \`${excerpt(context, given)}\` ${effect}. Give the length that was given to \`mmap\`.`,
    related: [{ span: spanOfSite(site), message: 'Mapped here' }],
  });
}

/** It lacks some of the factors, but not all. */
function isPartOf({ names }: Product, whole: Product): boolean {
  const rest = [...whole.names];
  const isEach = names.every((name) => {
    const at = rest.indexOf(name);
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
  return isEach && names.length > 0 && rest.length > 0;
}

/** `sizeof(p)` or `sizeof p`, of the very pointer. */
function measures(length: Expr, address: Expr, { scope, source }: RuleContext): boolean {
  const inner = unwrap(length);
  const pointer = unwrap(address);
  return (
    inner.kind === 'sizeof' &&
    scope.resolvedTypeOf(pointer)?.k === 'pointer' &&
    source(inner).replace(/^sizeof\s*\(?\s*|\s*\)?$/g, '') === source(pointer)
  );
}

/** The length that was given to mmap, where it means the same everywhere. */
function lengthFix(given: Expr, mapped: CallSite, context: RuleContext) {
  const length = mapped.within === context.scope.definition ? argumentNamed(mapped, 'length') : undefined;
  const fixed =
    length && !length.use && context.scope.evaluator.constant(length, context.scope) !== undefined;
  return fixOf(
    'Give the length that was mapped',
    fixed ? replaced(given, context.source(length)) : undefined,
  );
}
