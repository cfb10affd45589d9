import assert from 'node:assert/strict';
import { type Call, chapters } from '../../catalog';
import {
  asyncSignalSafe,
  linksOf,
  macroArguments,
  manPage,
  prototypesElsewhere,
  restartLists,
  sectionOf,
  synopsisOf,
  threadSafetyOf,
} from './man';
import { differences, errorSources, posixErrors, withoutPage } from './manpages.known';
import { Complaints, chapterName } from './places';
import { canonicalType, type Prototype, parsePrototype } from './prototype';

function excused(
  call: Call,
  part: 'prototype' | 'headers' | 'failure' | 'threads' | 'handler' | 'restart',
): boolean {
  return differences[call.name]?.[part] === true;
}

function show({ returns, name, params, variadic }: Prototype): string {
  const types = [...params.map((param) => canonicalType(param.type)), ...(variadic ? ['...'] : [])];
  return `${canonicalType(returns)} ${name}(${types.join(', ') || 'void'})`;
}

/** Whether the page's prototype allows ours: the same, or ours ends in `...` where the page spells the rest out. */
function agrees(ours: Prototype, theirs: Prototype): boolean {
  if (canonicalType(ours.returns) !== canonicalType(theirs.returns)) return false;
  if (!ours.variadic && (theirs.variadic || ours.params.length !== theirs.params.length)) return false;
  return ours.params.every((param, i) => {
    const other = theirs.params[i];
    return other !== undefined && canonicalType(param.type) === canonicalType(other.type);
  });
}

function checkSynopsis(c: Complaints, call: Call, text: string): boolean {
  const synopsis = synopsisOf(text) ?? { headers: [], prototypes: [] };
  const ours = parsePrototype(call.prototype);
  if (!ours) return false;
  let theirs = synopsis.prototypes.filter((prototype) => prototype.name === call.name);
  if (theirs.length === 0) theirs = prototypesElsewhere(text, call.name);
  const counts = theirs.length === 0 && call.macro ? macroArguments(text, call.name) : [];
  if (theirs.length === 0 && counts.length === 0) return false;
  if (!excused(call, 'prototype')) {
    c.check(
      theirs.some((prototype) => agrees(ours, prototype)) || counts.includes(ours.params.length),
      call.name,
      theirs.length > 0
        ? `the catalog has ${show(ours)}, the page ${theirs.map(show).join(' or ')}`
        : `the page gives the macro ${counts.join(' or ')} arguments`,
    );
  }
  if (!excused(call, 'headers') && synopsis.headers.length > 0) {
    const strange = call.headers.filter((header) => !synopsis.headers.includes(header));
    const named = strange.length === 0 || strange.every((header) => text.includes(`<${header}>`));
    c.check(named, call.name, `<${strange.join('>, <')}> is not among <${synopsis.headers.join('>, <')}>`);
    c.check(
      !named || strange.length > 0 || inOrder(call.headers, synopsis.headers),
      call.name,
      'headers in another order',
    );
  }
  return true;
}

/** Whether the headers stand in this order somewhere in the page's list. */
function inOrder(headers: readonly string[], list: readonly string[]): boolean {
  let at = -1;
  return headers.every((header) => (at = list.indexOf(header, at + 1)) >= 0);
}

const aliases: Record<string, string[]> = {
  EAGAIN: ['EWOULDBLOCK'],
  EWOULDBLOCK: ['EAGAIN'],
  ENOTSUP: ['EOPNOTSUPP'],
  EOPNOTSUPP: ['ENOTSUP'],
  EDEADLK: ['EDEADLOCK'],
};

function mentions(text: string | undefined, errno: string): boolean {
  return [errno, ...(aliases[errno] ?? [])].some((name) => new RegExp(`\\b${name}\\b`).test(text ?? ''));
}

function checkErrors(c: Complaints, call: Call, text: string): void {
  const sections = `${sectionOf(text, 'RETURN VALUE')} ${sectionOf(text, 'ERRORS')}`;
  const sources = [...(errorSources[call.man.page] ?? []), ...(errorSources[call.name] ?? [])];
  const pages = [...linksOf(sections), ...sources.map(([page, section]) => ({ page, section }))];
  for (const { errno } of call.errors) {
    const known =
      mentions(text, errno) ||
      differences[call.name]?.errors?.includes(errno) ||
      posixErrors[call.man.page]?.includes(errno) ||
      pages.some(({ page, section }) => mentions(manPage(page, section), errno));
    c.check(known === true, call.name, `${errno} is neither on the page nor on one that its errors refer to`);
  }
}

/** What the RETURN VALUE section must say for a failure value to be plausible. */
const evidence: Record<string, RegExp> = {
  '-1': /[-−–]1\b/,
  NULL: /\bNULL\b|null pointer/i,
  MAP_FAILED: /MAP_FAILED/,
  SEM_FAILED: /SEM_FAILED/,
  SIG_ERR: /SIG_ERR|[-−]1/,
  EOF: /\bEOF\b/,
  INADDR_NONE: /INADDR_NONE/,
  '(void *) -1': /\(void \*\) [-−]1/,
  '(mqd_t) -1': /[-−]1/,
  '(key_t) -1': /[-−]1/,
  '(pid_t) -1': /[-−]1/,
  '(clock_t) -1': /[-−]1/,
  '(time_t) -1': /[-−]1/,
  '0-or--1': /[-−]1/,
  '0': /\b(?:0|zero)\b/i,
  negative: /negative/,
  nonzero: /non-?zero|not zero/i,
  'error-number':
    /error (?:number|code)|errors? |nonzero|non-zero|always returns? (?:0|zero)|EBADF|return values? /i,
};

function checkFailure(c: Complaints, call: Call, text: string): void {
  let section = sectionOf(text, 'RETURN VALUE');
  const [, page, number] = /^\s*As for (\w+)\((\d)\)/.exec(section ?? '') ?? [];
  if (page) section = sectionOf(manPage(page, Number(number)) ?? '', 'RETURN VALUE');
  const expected = evidence[call.returns.failure.value];
  if (section === undefined || expected === undefined || excused(call, 'failure')) return;
  c.check(expected.test(section), call.name, `RETURN VALUE does not speak of ${call.returns.failure.value}`);
}

function checkThreads(c: Complaints, call: Call, text: string): void {
  const safety = threadSafetyOf(text, call.name);
  if (safety === undefined || excused(call, 'threads')) return;
  if (safety === 'MT-Safe') c.check(call.threadSafe === true, call.name, 'the page says MT-Safe');
  if (safety.startsWith('MT-Unsafe')) c.check(call.threadSafe !== true, call.name, `the page says ${safety}`);
}

describe('the catalog beside the manual pages', function () {
  this.timeout(300_000);
  const missing: string[] = [];
  const unread: string[] = [];
  let compared = 0;

  before(function () {
    if (manPage('pipe', 2) === undefined || manPage('pthread_create', 3) === undefined) {
      console.warn(
        '      SKIPPED: no manual pages here (apt-get install man-db manpages manpages-dev glibc-doc)',
      );
      this.skip();
    }
  });

  it('can read the pages', () => {
    const text = manPage('strsignal', 3) ?? '';
    assert.match(threadSafetyOf(text, 'strsignal') ?? '', /^MT-Unsafe/);
    assert.equal(threadSafetyOf(text, 'sigabbrev_np'), 'MT-Safe');
    const synopsis = synopsisOf(manPage('pipe', 2) ?? '');
    assert.deepEqual(synopsis?.prototypes.slice(0, 2).map(show), ['int pipe(int*)', 'int pipe2(int*, int)']);
    assert.ok(synopsis?.headers.includes('unistd.h'));
    assert.equal(synopsisOf(manPage('pidfd_send_signal', 2) ?? '')?.prototypes[0]?.name, 'pidfd_send_signal');
  });

  for (const chapter of chapters) {
    it(`agrees in chapter ${chapterName(chapter)}`, () => {
      const c = new Complaints();
      for (const call of chapter.calls) {
        if (withoutPage.has(call.name)) {
          c.check(manPage(call.name, 3) === undefined, call.name, 'has a page to be compared with');
          continue;
        }
        const text = manPage(call.man.page, call.man.section);
        if (text === undefined) {
          missing.push(`${call.name} (${call.man.page}(${call.man.section}))`);
          continue;
        }
        if (checkSynopsis(c, call, text)) compared++;
        else unread.push(`${call.name} (${call.man.page}(${call.man.section}))`);
        checkErrors(c, call, text);
        checkFailure(c, call, text);
        checkThreads(c, call, text);
      }
      assert.deepEqual(c.list, [], `\n  ${c.list.join('\n  ')}\n`);
    });
  }

  it('agrees with signal-safety(7) on what a handler may call', () => {
    const safe = asyncSignalSafe();
    assert.ok(safe && safe.size > 100, 'the list of signal-safety(7) could not be read');
    const c = new Complaints();
    for (const chapter of chapters) {
      for (const call of chapter.calls) {
        if (excused(call, 'handler')) continue;
        c.check(
          call.asyncSignalSafe === safe.has(call.name),
          `${chapterName(chapter)}: ${call.name}`,
          safe.has(call.name) ? 'is in the list' : 'is not in the list',
        );
      }
    }
    assert.deepEqual(c.list, [], `\n  ${c.list.join('\n  ')}\n`);
  });

  it('agrees with signal(7) on what restarts after a handler', () => {
    const lists = restartLists();
    assert.ok(
      lists && lists.never.size > 10 && lists.restarted.size > 10,
      'the lists of signal(7) could not be read',
    );
    const c = new Complaints();
    for (const chapter of chapters) {
      for (const call of chapter.calls) {
        const { name, blocking } = call;
        if (name.startsWith('pthread_') || excused(call, 'restart')) continue;
        const expected = lists.never.has(name)
          ? 'never'
          : lists.restarted.has(name)
            ? 'with SA_RESTART'
            : undefined;
        c.check(
          expected === undefined || (blocking.blocks && blocking.restarted === expected),
          `${chapterName(chapter)}: ${name}`,
          `blocks and is restarted: ${expected}`,
        );
      }
    }
    assert.deepEqual(c.list, [], `\n  ${c.list.join('\n  ')}\n`);
  });

  it('names manual pages that exist', () => {
    const c = new Complaints();
    for (const chapter of chapters) {
      for (const { page, section } of [
        ...(chapter.facility?.manPages ?? []),
        ...(chapter.topic?.manPages ?? []),
      ]) {
        c.check(manPage(page, section) !== undefined, chapterName(chapter), `no page ${page}(${section})`);
      }
    }
    assert.deepEqual(c.list, [], `\n  ${c.list.join('\n  ')}\n`);
  });

  it('could be compared for at least 90 % of the calls', () => {
    const total = compared + missing.length + unread.length;
    console.log(`      compared ${compared} of ${total} calls`);
    if (missing.length > 0) console.log(`      page not installed: ${missing.join(', ')}`);
    if (unread.length > 0) console.log(`      no prototype found in the SYNOPSIS: ${unread.join(', ')}`);
    assert.ok(compared >= 0.9 * total, `only ${compared} of ${total} calls could be compared`);
  });
});
