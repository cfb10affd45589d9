/** Walks all rules: none may lack its words, examples, fixtures or page. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { facilities, topics } from '../../catalog';
import { groupTitle, renewal, stalePages } from '../../scripts/generate-rule-docs';
import { projectRules, ruleMetas, rules } from '../../server/rules/registry';
import { manPage } from '../catalog/man';
import { fixtureRoot, readFixtures } from './support/fixtures';
import { type Bench, loadBench, withRule } from './support/linting';

const ruleFolder = path.join(__dirname, '..', '..', 'server', 'rules');

let bench: Bench;
before(async () => {
  bench = await loadBench();
});

/** Whole sentences, one or two or a few. */
function isProse(text: string): boolean {
  return /^[A-Z`].*[.]$/s.test(text) && text.length > 30 && !/\s{2}/.test(text);
}

describe('every rule', () => {
  it('has an id of its own, and they are in order', () => {
    const ids = ruleMetas.map(({ id }) => id);
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((a, b) => (`${a}` < `${b}` ? -1 : 1)),
    );
  });

  it('is registered, and every rule file is', () => {
    const files = readdirSync(ruleFolder, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\/.*\.ts$/.test(file),
    );
    for (const meta of ruleMetas) {
      assert.ok(files.includes(`${meta.id}.ts`), `${meta.id} is not in server/rules/${meta.id}.ts`);
    }
    for (const file of files) {
      const exported = Object.values(require(path.join(ruleFolder, file)) as Record<string, unknown>);
      const own = exported.filter((value) => typeof value === 'object' && value !== null && 'meta' in value);
      const all: readonly unknown[] = [...rules, ...projectRules];
      for (const rule of own) assert.ok(all.includes(rule), `${file} is not in the registry`);
    }
  });

  for (const meta of ruleMetas) {
    describe(meta.id, () => {
      it('has a group with a title', () => {
        const group = meta.id.split('/')[0] ?? '';
        assert.match(meta.id, /^[a-z0-9-]+\/[a-z0-9-]+$/);
        const isFacility = [...facilities.keys(), ...topics.keys()].includes(group as never);
        assert.ok(isFacility || groupTitle(group) !== group, `no title for the group ${group}`);
      });

      it('says what it finds, why, and when it is silent', () => {
        assert.match(meta.title, /^[A-Z`].*[^.\s]$/);
        assert.ok(meta.title.length <= 90, 'the title is one line');
        assert.ok(isProse(meta.explanation), meta.explanation);
        assert.ok(isProse(meta.silence), meta.silence);
      });

      it('refers to manual pages that exist', function () {
        assert.ok(meta.references.length > 0);
        if (!manPage('open', 2)) {
          console.warn('      SKIPPED: no manual pages are installed here.');
          this.skip();
        }
        for (const { page, section } of meta.references) {
          assert.ok(manPage(page, section), `${page}(${section})`);
        }
      });
    });
  }

  // Those that look at programs together are tested with their fixtures of several files.
  for (const { meta } of rules) {
    describe(meta.id, () => {
      it('finds its bad example and nothing more', () => {
        const findings = bench.lint(meta.example.bad, withRule(meta.id));
        assert.ok(
          findings.some(({ rule }) => rule === meta.id),
          'the bad example is not found',
        );
        const others = findings.filter(
          ({ rule, severity }) => rule !== meta.id && (severity === 'warning' || severity === 'error'),
        );
        assert.deepEqual(
          others.map(({ rule, line }) => `${rule} in line ${line}`),
          [],
        );
        for (const { severity } of findings.filter(({ rule }) => rule === meta.id)) {
          assert.equal(severity, meta.severity);
        }
      });

      it('finds nothing in its good example', () => {
        assert.deepEqual(
          bench.lint(meta.example.good, withRule(meta.id)).map(({ rule, message }) => `${rule}: ${message}`),
          [],
        );
        assert.ok(bench.parses(meta.example.good) && bench.parses(meta.example.bad));
      });

      it('writes messages of two sentences that name the code', () => {
        for (const { message, related, fix } of bench.lint(meta.example.bad, withRule(meta.id))) {
          assert.match(message, /^[A-Z`].*\. .*\.$/s, message);
          assert.ok(!message.includes('undefined'), message);
          for (const { message: text } of related) assert.match(text, /^[A-Z`].*[^.]$/, text);
          if (fix) assert.match(fix.title, /^[A-Z].*[^.]$/, fix.title);
        }
      });

      it('has at least three bad and three good programs', () => {
        const own = readFixtures().filter(({ rule }) => rule === meta.id);
        assert.ok(own.filter(({ good }) => !good).length >= 3, 'bad programs');
        assert.ok(own.filter(({ good }) => good).length >= 3, 'good programs');
      });
    });
  }
});

describe('fixtures and pages', () => {
  it('belong to rules', () => {
    const ids = new Set(rules.map(({ meta }) => meta.id));
    const strays = [...new Set(readFixtures().map(({ rule }) => rule))].filter((rule) => !ids.has(rule));
    assert.deepEqual(strays, []);
    assert.ok(existsSync(fixtureRoot));
  });

  it(`are up to date: docs/rules is what \`${renewal}\` writes`, () => {
    assert.deepEqual(stalePages(), [], `Run ${renewal}`);
  });
});
