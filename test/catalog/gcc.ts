/** Compiles snippets and tells which of them the compiler refuses, and why. */
import { spawnSync } from 'node:child_process';

export interface Snippet {
  /** Shown in a report; must hold no double quote. */
  label: string;
  code: string;
}

export function gccVersion(): string | undefined {
  const { status, stdout } = spawnSync('gcc', ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n')[0] : undefined;
}

/** The complaints about each snippet by its label. All snippets share one translation unit behind the same prelude. */
export function refused(prelude: string, snippets: readonly Snippet[]): Map<string, string> {
  const source = [
    prelude,
    ...snippets.flatMap(({ label, code }) => [`#line 1 "@${label}"`, code]),
    '#line 1 "@end"',
    '',
  ].join('\n');
  const { status, stderr } = spawnSync(
    'gcc',
    ['-std=gnu17', '-fsyntax-only', '-w', '-fmax-errors=0', '-fno-diagnostics-show-caret', '-x', 'c', '-'],
    { input: source, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024, env: { ...process.env, LC_ALL: 'C' } },
  );
  const complaints = new Map<string, string>();
  if (status === 0) return complaints;
  for (const line of stderr.split('\n')) {
    const match = /^@([^:]*):\d+:(?:\d+:)? (?:fatal )?error: (.*)$/.exec(line);
    if (match && !complaints.has(match[1] ?? '')) complaints.set(match[1] ?? '', match[2] ?? '');
  }
  if (complaints.size === 0)
    complaints.set('the headers themselves', stderr.trim().split('\n').slice(0, 3).join(' '));
  return complaints;
}

/** `#define`s and `#include`s to stand before snippets. */
export function preludeOf(headers: readonly string[], featureTest?: string): string {
  return [
    ...(featureTest ? [`#define ${featureTest}`] : []),
    ...headers.map((header) => `#include <${header}>`),
  ].join('\n');
}

/** Which headers do not exist here. */
export function missingHeaders(headers: readonly string[]): string[] {
  const all = [...new Set(headers)];
  const bad = refused(
    '',
    all.map((header) => ({ label: header, code: `#if !__has_include(<${header}>)\n#error missing\n#endif` })),
  );
  return all.filter((header) => bad.has(header));
}

/** The error numbers of <errno.h>: name to value. */
export function errnoMacros(): Map<string, number> {
  const { stdout } = spawnSync('gcc', ['-D_GNU_SOURCE', '-E', '-dM', '-x', 'c', '-'], {
    input: '#include <errno.h>\n',
    encoding: 'utf8',
  });
  const words = new Map(
    [...stdout.matchAll(/^#define (E[A-Z0-9]+) (\w+)$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']),
  );
  const resolve = (word: string): number => (words.has(word) ? resolve(words.get(word) ?? '') : Number(word));
  return new Map([...words.keys()].map((name) => [name, resolve(name)]));
}
