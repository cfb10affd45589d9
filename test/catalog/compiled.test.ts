import assert from 'node:assert/strict';
import { type Call, type Chapter, chapters, errnos, type TypeInfo } from '../../catalog';
import { errnoMacros, gccVersion, missingHeaders, preludeOf, refused, type Snippet } from './gcc';
import { chapterName } from './places';
import { parseDeclaration, parsePrototype } from './prototype';

/** Groups records that can share a translation unit: the same headers and the same feature test. */
function byHeaders<T extends { featureTest?: string }>(
  records: readonly T[],
  headersOf: (record: T) => readonly string[],
): { headers: readonly string[]; featureTest: string | undefined; records: T[] }[] {
  const groups = new Map<
    string,
    { headers: readonly string[]; featureTest: string | undefined; records: T[] }
  >();
  for (const record of records) {
    const headers = headersOf(record);
    const key = `${record.featureTest ?? ''} ${headers.join(' ')}`;
    const group = groups.get(key) ?? { headers, featureTest: record.featureTest, records: [] };
    group.records.push(record);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Types that prototypes and members name although their header alone does not always declare the name. */
const typeHeaders = '#include <sys/types.h>\n#include <signal.h>\n#include <time.h>';
const typedefs = 'typedef void (*sighandler_t)(int);';

/** Differences that are meant: the manual pages say it so, and to a program it is the same. */
const intended = new Set(['struct f_owner_ex, int type']);

/** A use of the function that fails when nothing declares it. */
function declaredCheck(call: Call): Snippet {
  return {
    label: call.name,
    code: call.macro
      ? `#ifndef ${call.name}\nstatic __typeof__(${call.name}) *check_${call.name};\n#endif`
      : `static __typeof__(${call.name}) *check_${call.name};`,
  };
}

/**
 * The prototype once more: it conflicts unless it is compatible. Under _GNU_SOURCE glibc declares socket addresses as
 * transparent unions, which no redeclaration can match: those calls are called instead.
 */
function prototypeCheck(call: Call): Snippet {
  const prototype = parsePrototype(call.prototype);
  if (call.featureTest && prototype && /struct sockaddr *\*/.test(call.prototype)) {
    const params = prototype.params.map((param, i) => `${param.type.replace(/restrict/g, '')} p${i}`);
    const args = prototype.params.map((_, i) => `p${i}`);
    return {
      label: call.name,
      code: `static ${prototype.returns} check_${call.name}(${params.join(', ')}) { return ${call.name}(${args.join(', ')}); }`,
    };
  }
  return { label: call.name, code: `extern ${call.prototype}` };
}

function checkCalls(chapter: Chapter): string[] {
  const problems: string[] = [];
  for (const { headers, featureTest, records } of byHeaders(chapter.calls, (call) => call.headers)) {
    const prelude = preludeOf(headers, featureTest);
    const undeclared = refused(prelude, records.map(declaredCheck));
    for (const [name, why] of undeclared) {
      problems.push(
        `${name} is not declared by <${headers.join('>, <')}>${featureTest ? ` with ${featureTest}` : ''}: ${why}`,
      );
    }
    const functions = records.filter((call) => !call.macro && !undeclared.has(call.name));
    for (const [name, why] of refused(
      `${prelude}\n${typeHeaders}\n${featureTest ? '' : typedefs}`,
      functions.map(prototypeCheck),
    )) {
      problems.push(`${name} is declared otherwise: ${why}`);
    }
    if (featureTest) {
      const needless = refused(preludeOf(headers), records.map(declaredCheck));
      for (const call of records) {
        if (!needless.has(call.name))
          problems.push(`${call.name} is declared without ${featureTest} as well`);
      }
    }
    for (const call of records.filter((record) => record.macro)) {
      const isMacro = refused(prelude, [
        { label: call.name, code: `#ifndef ${call.name}\n#error no macro\n#endif` },
      ]);
      if (isMacro.size > 0) problems.push(`${call.name} is no macro`);
    }
  }
  return problems;
}

function checkConstants(chapter: Chapter): string[] {
  const all = chapter.constants.flatMap((group) =>
    group.constants.map((constant) => ({ ...constant, group: group.id })),
  );
  const problems: string[] = [];
  for (const { headers, featureTest, records } of byHeaders(all, (constant) => [constant.header])) {
    if (missingHeaders(headers).length > 0) continue;
    const snippets = records.map(({ name, value, group }) => ({
      label: `${group}, ${name}`,
      code:
        value === undefined
          ? `#ifndef ${name}\n_Static_assert(sizeof(${name}) > 0, "");\n#endif`
          : `_Static_assert((${name}) == (${value}${Math.abs(value) > 0x7fffffff ? 'LL' : ''}), "another value");`,
    }));
    for (const [label, why] of refused(preludeOf(headers, featureTest), snippets))
      problems.push(`${label}: ${why}`);
    if (featureTest) {
      const needless = refused(
        preludeOf(headers),
        records.map(({ name }) => ({
          label: name,
          code: `#ifndef ${name}\nstatic long check_${name} = (long)${name};\n#endif`,
        })),
      );
      for (const { name } of records) {
        if (!needless.has(name)) problems.push(`${name} is defined without ${featureTest} as well`);
      }
    }
  }
  return problems;
}

/** Members one by one: each must exist with a compatible type. The copy gets another name, as some names are macros. */
function memberChecks(type: TypeInfo): Snippet[] {
  return (type.members ?? []).map(({ declaration }, i) => {
    const { name } = parseDeclaration(declaration);
    const id = `${type.name.replace(/\W/g, '_')}_${i}`;
    const copy = declaration
      .replace(new RegExp(`\\b${name}\\b(?!.*\\b${name}\\b)`), 'copy')
      .replace(/\[\]$/, '[1]');
    const probe = `struct probe_${id} { ${copy}; };`;
    const real = `((${type.name} *)0)->${name}`;
    const check = declaration.endsWith('[]')
      ? `static void use_${id}(void) { (void)${real}; }`
      : `_Static_assert(__builtin_types_compatible_p(__typeof__(${real}), __typeof__(((struct probe_${id} *)0)->copy)), "another type");`;
    return {
      label: `${type.name}, ${declaration}`,
      code: type.declared === false ? probe : `${probe}\n${check}`,
    };
  });
}

function checkTypes(chapter: Chapter): string[] {
  const problems: string[] = [];
  for (const { headers, featureTest, records } of byHeaders(chapter.types, (type) => [type.header])) {
    if (missingHeaders(headers).length > 0) continue;
    const prelude = preludeOf(headers, featureTest);
    const sizes = records
      .filter((type) => type.size !== undefined)
      .map((type) => ({
        label: type.name,
        code: `_Static_assert(sizeof(${type.name}) == ${type.size}, "another size");`,
      }));
    for (const [label, why] of refused(prelude, sizes)) problems.push(`${label}: ${why}`);
    for (const [label, why] of refused(`${prelude}\n${typeHeaders}`, records.flatMap(memberChecks))) {
      if (!intended.has(label)) problems.push(`${label}: ${why}`);
    }
    for (const type of records.filter((record) => record.size === undefined)) {
      const sized = refused(prelude, [
        { label: type.name, code: `_Static_assert(sizeof(${type.name}) > 0, "");` },
      ]);
      if (type.declared !== false && sized.size === 0) problems.push(`${type.name} has a size after all`);
    }
    for (const type of records.filter((record) => record.declared === false)) {
      const found = refused(prelude, [
        { label: type.name, code: `_Static_assert(sizeof(${type.name}) > 0, "");` },
      ]);
      if (found.size === 0) problems.push(`${type.name} is declared by <${type.header}> after all`);
    }
  }
  return problems;
}

describe('the catalog beside the real headers', function () {
  this.timeout(300_000);

  before(function () {
    if (process.platform !== 'linux' || process.arch !== 'x64' || gccVersion() === undefined) {
      console.warn('      SKIPPED: this test needs gcc on x86-64 Linux (apt-get install gcc libc6-dev)');
      this.skip();
    }
  });

  it('has every error number with its value', () => {
    const real = errnoMacros();
    assert.ok(real.size > 100);
    assert.deepEqual(
      Object.fromEntries([...errnos].map((errno) => [errno.name, errno.value]).sort()),
      Object.fromEntries([...real].sort()),
    );
  });

  it('names headers that exist', () => {
    const headers = chapters.flatMap((chapter) => [
      ...chapter.calls.flatMap((call) => call.headers),
      ...chapter.constants.flatMap((group) => group.constants.map((constant) => constant.header)),
      ...chapter.types.map((type) => type.header),
    ]);
    assert.deepEqual(missingHeaders(headers), []);
  });

  for (const chapter of chapters) {
    const name = chapterName(chapter);
    const report = (problems: string[]) => assert.deepEqual(problems, [], `\n  ${problems.join('\n  ')}\n`);
    it(`declares the calls of ${name} as the headers do`, () => report(checkCalls(chapter)));
    it(`has the constants of ${name} as the headers have them`, () => report(checkConstants(chapter)));
    it(`has the types of ${name} as the headers have them`, () => report(checkTypes(chapter)));
  }
});
