import type { Documents } from './documents';
import type { SourceAnswer, SourceQuestion, WorkspaceObjects } from './protocol';
import type { PlacedUse } from './rules/project/facts';
import { inSlices } from './slices';
import { overview } from './workspace/objects/overview';
import { together } from './workspace/objects/programs';
import { findSources } from './workspace/objects/sources';

/** The quiet time after a change before those who look are told of it. */
const quiet = 400;

/** Answers what objects the sources of the workspace use, and where. Nothing is looked at before somebody asks. */
export class SourceObjects {
  private known: { version: number; uses: PlacedUse[] } | undefined;
  private running: Promise<PlacedUse[]> | undefined;
  private told: NodeJS.Timeout | undefined;
  private wanted = false;
  private disposed = false;

  constructor(
    private readonly documents: Documents,
    private readonly roots: () => readonly string[],
    /** The workspace's files are known. */
    private readonly scanned: () => Promise<void>,
    private readonly onChanged: () => void,
  ) {}

  async view(): Promise<WorkspaceObjects> {
    this.wanted = true;
    const uses = await this.uses();
    const { paths } = this.documents.project.index;
    return { groups: overview(uses, this.roots()), files: paths.size };
  }

  async find(question: SourceQuestion): Promise<SourceAnswer> {
    return findSources(question, await this.uses(), this.roots());
  }

  /** Sources changed, came or went: who looks is told a little later. */
  changed(): void {
    if (!this.wanted || this.disposed) return;
    clearTimeout(this.told);
    this.told = setTimeout(() => {
      this.onChanged();
    }, quiet);
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.told);
  }

  /** All uses in the workspace as it is now. Those who ask at once get one answer. */
  private uses(): Promise<PlacedUse[]> {
    this.running ??= this.look().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async look(): Promise<PlacedUse[]> {
    await this.scanned();
    const { version } = this.documents.project;
    if (this.known?.version === version) {
      return this.known.uses;
    }
    const uses = (await inSlices(this.collect(), () => this.disposed)) ?? [];
    this.known = { version, uses };
    return uses;
  }

  private *collect(): Generator<void, PlacedUse[]> {
    const { objects, project } = this.documents;
    const found: PlacedUse[] = [];
    for (const group of yield* objects.allGroups()) {
      const facts = yield* objects.factsOf(group);
      found.push(...together(facts, (file) => project.index.isProgram(file)).uses);
      yield;
    }
    return found;
  }
}
