import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  type Call,
  type Chapter,
  calls,
  chapters,
  constantGroups,
  constants,
  errnoByName,
  errnos,
  type Facility,
  facilities,
  facilityIds,
  familyIds,
  taxonomy,
  topicIds,
  topics,
} from '../../catalog';
import { Complaints, chapterName, identifiersOf, isPlaceOf, placesOf } from './places';
import { parsePrototype } from './prototype';
import { faultOf, textsOf } from './text';

const root = path.resolve('catalog');

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
}

function checkUses(c: Complaints, where: string, uses: Record<string, string>): void {
  for (const name of Object.keys(uses)) {
    c.check(calls.has(name), where, `uses ${name}, which no chapter describes as a call`);
  }
}

function checkFacility(c: Complaints, facility: Facility, own: readonly Call[]): void {
  const { id } = facility;
  c.check(facility.limits.length >= 1, id, 'has no limits');
  c.check(facility.comparison.length >= 3, id, 'is compared with fewer than three others');
  c.check(facility.pitfalls.length >= 4, id, 'has fewer than four pitfalls');
  c.check(facility.manPages.length >= 1, id, 'names no manual page');
  c.check(
    own.length + Object.keys(facility.uses).length >= 4,
    id,
    'has fewer than four calls of its own or used',
  );
  c.check(
    taxonomy.some((node) => node.id === facility.taxonomy),
    id,
    'has no place in the taxonomy',
  );
  c.check(!facility.comparison.some(({ to }) => to === id), id, 'is compared with itself');
  for (const to of repeated(facility.comparison.map(({ to }) => to)))
    c.check(false, id, `is compared with ${to} twice`);
  for (const call of own)
    c.check(!(call.name in facility.uses), id, `uses ${call.name} and describes it too`);
  checkUses(c, id, facility.uses);
}

function checkParams(c: Complaints, call: Call): void {
  const prototype = parsePrototype(call.prototype);
  if (!prototype || !call.prototype.endsWith(';')) {
    c.check(false, call.name, `the prototype cannot be read: ${call.prototype}`);
    return;
  }
  c.check(prototype.name === call.name, call.name, `the prototype declares ${prototype.name}`);
  const named = call.params.filter((param) => !param.variadic).map((param) => param.name);
  const declared = prototype.params.map((param) => param.name);
  c.check(
    named.join() === declared.join(),
    call.name,
    `the parameters are (${named.join(', ')}) but the prototype has (${declared.join(', ')})`,
  );
  const rest = call.params.findIndex((param) => param.variadic);
  c.check(
    rest < 0 || call.params.slice(rest).every((param) => param.variadic),
    call.name,
    'a named parameter follows a variadic one',
  );
  c.check(rest < 0 || prototype.variadic, call.name, 'has variadic parameters but no ... in its prototype');
  for (const param of call.params) {
    const { literal } = param;
    if (literal && 'group' in literal) {
      c.check(
        constantGroups.has(literal.group),
        call.name,
        `${param.name}: no constant group ${literal.group}`,
      );
    }
    c.check(
      !param.requiredWhen || param.variadic === true,
      call.name,
      `${param.name}: requiredWhen without variadic`,
    );
  }
}

function checkOutcome(c: Complaints, call: Call): void {
  const { failure } = call.returns;
  for (const { errno } of call.errors) c.check(errnoByName.has(errno), call.name, `no error number ${errno}`);
  for (const errno of repeated(call.errors.map((error) => error.errno)))
    c.check(false, call.name, `names ${errno} twice`);
  c.check(
    failure.value !== 'none' || failure.reports !== 'return-value',
    call.name,
    'cannot fail but reports by its return value',
  );
  c.check(
    failure.value !== 'error-number' || failure.reports === 'return-value',
    call.name,
    'returns an error number but reports elsewhere',
  );
  c.check(
    failure.reports !== 'none' || call.errors.length === 0,
    call.name,
    'names errors but says that none is reported',
  );
  if (call.blocking.blocks && call.blocking.restarted === 'never' && failure.reports !== 'none') {
    c.check(
      call.errors.some((error) => error.errno === 'EINTR'),
      call.name,
      'is never restarted but does not name EINTR',
    );
  }
  c.check(
    call.obsoleteFor === undefined || calls.has(call.obsoleteFor),
    call.name,
    `no call ${call.obsoleteFor}`,
  );
  c.check(
    call.headers.length > 0 && call.headers.every((header) => /^[\w/.-]+\.h$/.test(header)),
    call.name,
    'its headers are not plain names',
  );
  c.check(
    call.featureTest === undefined || /^_[A-Z0-9_]+$/.test(call.featureTest),
    call.name,
    'odd feature test',
  );
}

function checkEffects(c: Complaints, call: Call): void {
  for (const effect of call.effects) {
    for (const { key, place } of placesOf(effect)) {
      c.check(
        isPlaceOf(call, place),
        call.name,
        `effect ${effect.op}: ${key} is ${place}, no place of this call`,
      );
    }
    for (const word of effect.when ? identifiersOf(effect.when) : []) {
      c.check(
        call.params.some((param) => param.name === word) || constants.has(word),
        call.name,
        `effect ${effect.op}: \`${effect.when}\` names ${word}, neither a parameter nor a known constant`,
      );
    }
  }
}

function checkConstants(c: Complaints, chapter: Chapter): void {
  for (const group of chapter.constants) {
    c.check(/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(group.id), group.id, 'is no kebab-case id');
    c.check(group.constants.length > 0, group.id, 'is empty');
    for (const name of repeated(group.constants.map((constant) => constant.name)))
      c.check(false, group.id, `lists ${name} twice`);
    for (const constant of group.constants) {
      const first = constants.get(constant.name);
      c.check(
        first?.constant.value === constant.value,
        group.id,
        `${constant.name} has another value in ${first?.group.id}`,
      );
      if (constant.mask !== undefined && constant.value !== undefined) {
        c.check(
          (BigInt(constant.value) & ~BigInt(constant.mask)) === 0n,
          group.id,
          `${constant.name} has bits outside its mask`,
        );
      }
    }
  }
}

function checkTypes(c: Complaints, chapter: Chapter): void {
  for (const type of chapter.types) {
    c.check(
      type.declared !== false || type.size === undefined,
      type.name,
      'is not declared and so has no size',
    );
    // An opaque type such as DIR has neither size nor members.
    c.check(
      type.declared === false || type.size !== undefined || type.members === undefined,
      type.name,
      'has members but no size',
    );
    for (const { declaration } of type.members ?? [])
      c.check(!declaration.endsWith(';'), type.name, `the member ${declaration} ends with a semicolon`);
  }
}

describe('the catalog', () => {
  it('has every facility, topic and family', () => {
    assert.deepEqual([...facilities.keys()].sort(), [...facilityIds].sort());
    assert.deepEqual([...topics.keys()].sort(), [...topicIds].sort());
    assert.deepEqual(chapters.flatMap((chapter) => chapter.family?.id ?? []).sort(), [...familyIds].sort());
  });

  it('lists every chapter file in its index', () => {
    const files = ['facilities', 'families', 'topics'].flatMap((folder) =>
      readdirSync(path.join(root, folder)).filter((file) => /^[a-z0-9-]+\.ts$/.test(file)),
    );
    assert.equal(chapters.length, files.length);
  });

  it('describes at least 200 calls, each in one home', () => {
    const names = chapters.flatMap((chapter) => chapter.calls.map((call) => call.name));
    assert.deepEqual(repeated(names), []);
    assert.ok(names.length >= 200, `${names.length} calls`);
  });

  it('gives every constant group and every type one home', () => {
    assert.deepEqual(repeated(chapters.flatMap((chapter) => chapter.constants.map((group) => group.id))), []);
    assert.deepEqual(repeated(chapters.flatMap((chapter) => chapter.types.map((type) => type.name))), []);
  });

  it('has a sound tree of facilities', () => {
    for (const [i, node] of taxonomy.entries()) {
      assert.ok(
        node.parent === undefined || taxonomy.slice(0, i).some((other) => other.id === node.parent),
        `the parent of ${node.id} does not stand before it`,
      );
    }
    const leaves = taxonomy.filter((node) => !taxonomy.some((other) => other.parent === node.id));
    const placed = new Set([...facilities.values()].map((facility) => facility.taxonomy));
    assert.deepEqual(
      leaves.filter((node) => !placed.has(node.id)).map((node) => node.id),
      [],
      'places without any facility',
    );
  });

  it('explains every error number once', () => {
    assert.deepEqual(repeated(errnos.map((errno) => errno.name)), []);
    const faults = errnos.flatMap(({ name, meaning }) => {
      const fault = faultOf({ where: name, text: meaning, kind: 'sentence', max: 160 });
      return fault ? [`${name} ${fault}`] : [];
    });
    assert.deepEqual(faults, []);
  });

  it('imports nothing but its own files', () => {
    const strangers: string[] = [];
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = path.join(entry.parentPath, entry.name);
      for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(
        /^(?:import|export)\b[^;]*?from '([^']+)'/gm,
      )) {
        const inside = from.startsWith('.') && path.resolve(path.dirname(file), from).startsWith(root);
        if (!inside) strangers.push(`${path.relative(root, file)} imports ${from}`);
      }
    }
    assert.deepEqual(strangers, []);
  });
});

for (const chapter of chapters) {
  describe(`catalog chapter ${chapterName(chapter)}`, () => {
    const expectNone = (check: (c: Complaints) => void) => {
      const complaints = new Complaints();
      check(complaints);
      assert.deepEqual(complaints.list, [], `\n  ${complaints.list.join('\n  ')}\n`);
    };

    it('is filled', () =>
      expectNone((c) => {
        const name = chapterName(chapter);
        const { facility, topic, family } = chapter;
        c.check(
          [facility, topic, family].filter(Boolean).length === 1,
          name,
          'is not one facility, topic or family',
        );
        if (facility) checkFacility(c, facility, chapter.calls);
        if (family) c.check(chapter.calls.length > 0, name, 'has no calls');
        if (topic) {
          c.check(topic.explanation.length >= 2, name, 'has fewer than two paragraphs');
          c.check(topic.facilities.length >= 1, name, 'concerns no facility');
          c.check(topic.pitfalls.length >= 3, name, 'has fewer than three pitfalls');
          c.check(topic.manPages.length >= 1, name, 'names no manual page');
          checkUses(c, name, topic.uses);
        }
      }));

    it('has parameters as the prototypes have them', () =>
      expectNone((c) => {
        for (const call of chapter.calls) checkParams(c, call);
      }));

    it('says consistently how calls fail', () =>
      expectNone((c) => {
        for (const call of chapter.calls) checkOutcome(c, call);
      }));

    it('has effects on places that exist', () =>
      expectNone((c) => {
        for (const call of chapter.calls) checkEffects(c, call);
      }));

    it('has sound constants and types', () =>
      expectNone((c) => {
        checkConstants(c, chapter);
        checkTypes(c, chapter);
      }));

    it('reads well', () =>
      expectNone((c) => {
        for (const text of textsOf(chapter)) {
          const fault = faultOf(text);
          c.check(fault === undefined, text.where, `${fault}: ${text.text}`);
        }
      }));
  });
}
