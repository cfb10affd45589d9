import type { Configuration } from './rules/configuration';
import { inSlices } from './slices';
import type { Document } from './workspace/document';

export interface LintSchedulerOptions {
  /** The configuration of a document; rejects never. */
  configurationOf(uri: string): Promise<Configuration>;
  /** Findings of a version are ready. Not called for a version that has been left behind. */
  publish(uri: string, document: Document): void;
  failed(uri: string, error: unknown): void;
}

/**
 * Lints documents some time after they change. A newer change ends the work on an older one, and long work lets
 * requests in between two functions.
 */
export class LintScheduler {
  private readonly runs = new Map<string, { cancelled: boolean }>();

  constructor(private readonly options: LintSchedulerOptions) {}

  /** Lints after `delay` milliseconds, unless called again for the same document before. */
  schedule(uri: string, document: Document, delay: number): void {
    this.cancel(uri);
    const run = { cancelled: false };
    this.runs.set(uri, run);
    setTimeout(() => {
      this.lint(uri, document, run).catch((error: unknown) => this.options.failed(uri, error));
    }, delay);
  }

  cancel(uri: string): void {
    const run = this.runs.get(uri);
    if (run) run.cancelled = true;
    this.runs.delete(uri);
  }

  private async lint(uri: string, document: Document, run: { cancelled: boolean }): Promise<void> {
    if (run.cancelled) {
      return;
    }
    const configuration = await this.options.configurationOf(uri);
    if (run.cancelled) {
      return;
    }
    const found = await inSlices(document.lint(configuration), () => run.cancelled);
    if (!found || run.cancelled) {
      return;
    }
    this.runs.delete(uri);
    this.options.publish(uri, document);
  }
}

/** The quiet time after a keystroke before linting: short for small files, so that big ones are not linted at every key. */
export function delayFor(length: number): number {
  return Math.min(400, 30 + length / 5000);
}
