/**
 * Fixtures of the rules that look at programs together: folders in test/fixtures/projects/<group>/<rule>/, named bad-* and good-*, each
 * with the C files of one small project, marked as other fixtures are.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Configuration } from '../../../server/rules/configuration';
import type { PlacedFinding } from '../../../server/rules/placing';
import type { Files } from '../../../server/workspace/files';
import { Headers } from '../../../server/workspace/headers';
import { ObjectIndex } from '../../../server/workspace/objects';
import { ProjectCheck } from '../../../server/workspace/objects/check';
import { Project } from '../../../server/workspace/project';
import { type Bench, strict } from './linting';

export const projectRoot = path.join(__dirname, '..', '..', 'fixtures', 'projects');

export interface ProjectFixture {
  /** `sysv-msg/receive-too-small/bad-reply`. */
  name: string;
  rule: string;
  good: boolean;
  /** Texts by the names of the files. */
  files: Record<string, string>;
}

export function readProjects(): ProjectFixture[] {
  const folders = readdirSync(projectRoot, { recursive: true, encoding: 'utf8' })
    .filter(
      (entry) => /^[^/]+\/[^/]+\/[^/]+$/.test(entry) && statSync(path.join(projectRoot, entry)).isDirectory(),
    )
    .sort();
  return folders.map((name) => {
    const folder = path.join(projectRoot, name);
    const files = readdirSync(folder).sort();
    return {
      name,
      rule: path.posix.dirname(name),
      good: path.posix.basename(name).startsWith('good-'),
      files: Object.fromEntries(files.map((file) => [file, readFileSync(path.join(folder, file), 'utf8')])),
    };
  });
}

/** The files of an example: each is begun by a line with its name, `// file: server.c`; without, there is one. */
export function filesOf(example: string): Record<string, string> {
  const parts = example.split(/^\/\/ file: (\S+)\n/m);
  if (parts.length === 1) return { 'main.c': example };
  const files: Record<string, string> = {};
  for (let i = 1; i < parts.length; i += 2) files[parts[i]!] = parts[i + 1] ?? '';
  return files;
}

export interface FoundInProject extends PlacedFinding {
  /** The name of the file it lies in. */
  in: string;
  /** One-based, as editors count. */
  line: number;
}

interface Asked {
  configuration?: Configuration;
  /** The files that findings are asked for: all of them, where it is not given. */
  of?: readonly string[];
}

/** What the rules find that look at programs together. */
export function checkProject(
  { toolbox, parser }: Bench,
  texts: Record<string, string>,
  { configuration = strict, of }: Asked = {},
): FoundInProject[] {
  const at = (name: string) => `/project/${name}`;
  const byPath = new Map(Object.entries(texts).map(([name, text]) => [at(name), text]));
  const files: Files = { mark: (file) => byPath.get(file), read: (file) => byPath.get(file) };
  const headers = new Headers(parser, files);
  const project = new Project(toolbox, headers, files);
  const sources = [...byPath.keys()].filter((file) => file.endsWith('.c'));
  headers.know([...byPath.keys()].filter((file) => file.endsWith('.h')));
  project.changed(sources);
  const steps = new ProjectCheck(new ObjectIndex(toolbox, project, headers), project).check(
    of?.map(at) ?? sources,
    () => configuration,
  );
  let step = steps.next();
  while (!step.done) step = steps.next();
  return [...step.value].flatMap(([file, findings]) =>
    findings.map((finding) => {
      const text = byPath.get(file) ?? '';
      const line = text.slice(0, finding.span.start).split('\n').length;
      return { ...finding, in: path.basename(file), line };
    }),
  );
}
