import { LineIndex } from '../../c/lines';
import type { Configuration } from '../../rules/configuration';
import type { FileView, PlacedFinding } from '../../rules/placing';
import type { PlaceInFile } from '../../rules/project/facts';
import { judge, type ProjectFinding } from '../../rules/project/judge';
import { type Suppressions, suppressionsIn } from '../../rules/suppressions';
import type { Project } from '../project';
import type { FileFacts } from './file-facts';
import type { ObjectIndex } from './index';
import { together } from './programs';

/** Files beyond this in one neighbourhood have nothing to do with each other, and are not compared. */
const mostTogether = 300;

interface Judged {
  /** What it was made from: as long as these are the same, so is the result. */
  facts: readonly FileFacts[];
  configurations: readonly Configuration[];
  findings: readonly ProjectFinding[];
}

/** What goes wrong between the programs of a project: asks the rules about each neighbourhood of files whose facts changed. */
export class ProjectCheck {
  private readonly judged = new Map<string, Judged>();

  constructor(
    private readonly index: ObjectIndex,
    private readonly project: Project,
  ) {}

  /** The findings in some files, by file, without those that comments silence. In steps. */
  *check(
    files: readonly string[],
    configurationOf: (file: string) => Configuration,
  ): Generator<void, Map<string, PlacedFinding[]>> {
    const groups = new Set<readonly string[]>();
    for (const file of files) {
      const group = yield* this.index.neighboursOf(file);
      // A finding lies in a file that does something itself: what its neighbours do need not be known before.
      if (!groups.has(group) && (yield* this.index.mayAct(file, group))) groups.add(group);
    }
    const all: ProjectFinding[] = [];
    for (const group of groups) all.push(...(yield* this.together(group, configurationOf)));
    const views = new Views(this.project);
    const found = new Map<string, PlacedFinding[]>(files.map((file) => [file, []]));
    for (const finding of all) {
      const placed = views.place(finding);
      if (placed) found.get(finding.place.file)?.push(placed);
    }
    return found;
  }

  private *together(
    group: readonly string[],
    configurationOf: (file: string) => Configuration,
  ): Generator<void, readonly ProjectFinding[]> {
    const facts = yield* this.index.factsOf(group, mostTogether);
    if (facts.length === 0) {
      return [];
    }
    const key = group[0] ?? '';
    const configurations = facts.map(({ path }) => configurationOf(path));
    const before = this.judged.get(key);
    if (before && same(before.facts, facts) && same(before.configurations, configurations)) {
      return before.findings;
    }
    const programs = together(facts, (file) => this.project.index.isProgram(file));
    const findings = judge(programs, configurationOf);
    this.judged.set(key, { facts, configurations, findings });
    return findings;
  }
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}

/** The texts of the files that findings lie in. */
class Views {
  private readonly known = new Map<string, (FileView & { suppressions: Suppressions }) | undefined>();

  constructor(private readonly project: Project) {}

  /** With its places as offsets; undefined where it is silenced, or the file is gone. */
  place({ rule, severity, message, place, related }: ProjectFinding): PlacedFinding | undefined {
    const view = this.of(place);
    if (!view || view.suppressions.covers(rule, place.line)) {
      return undefined;
    }
    return {
      rule,
      severity,
      message,
      span: { start: place.start, end: place.end },
      related: related.flatMap((other) => {
        const file = this.of(other.place);
        const span = { start: other.place.start, end: other.place.end };
        if (!file) return [];
        return [{ span, message: other.message, ...(file === view ? {} : { file }) }];
      }),
    };
  }

  private of({ file }: PlaceInFile) {
    if (!this.known.has(file)) {
      const text = this.project.textOf(file);
      const lines = text === undefined ? undefined : new LineIndex(text);
      this.known.set(
        file,
        text !== undefined && lines
          ? {
              path: file,
              text,
              lines,
              suppressions: suppressionsIn(text, (offset) => lines.position(offset).line),
            }
          : undefined,
      );
    }
    return this.known.get(file);
  }
}
