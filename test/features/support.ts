import assert from 'node:assert/strict';
import { Toolbox } from '../../server/analysis/context';
import { loadParser } from '../../server/c/parser';
import { type HoverText, hover } from '../../server/features/hover';
import { defaultConfiguration } from '../../server/rules/configuration';
import type { PlacedFinding } from '../../server/rules/lint';
import { Document } from '../../server/workspace/document';
import type { Files } from '../../server/workspace/files';
import { Headers } from '../../server/workspace/headers';

/** Stands in a text where the cursor is. */
export const cursor = '‸';

export interface Placed {
  document: Document;
  /** Where the cursor mark stood. */
  offset: number;
}

/** Makes documents of one parser, and frees them all at the end. */
export class Bench {
  private readonly made: Document[] = [];

  private constructor(readonly toolbox: Toolbox) {}

  static async create(): Promise<Bench> {
    return new Bench(new Toolbox(await loadParser()));
  }

  /** A document; `others` are the files of its project by path. */
  open(text: string, others: Record<string, string> = {}, path = '/project/main.c'): Document {
    const files: Files = { mark: (file) => others[file], read: (file) => others[file] };
    const document = new Document(path, text, 1, this.toolbox, new Headers(this.toolbox.parser, files));
    this.made.push(document);
    return document;
  }

  /** A document of the text without its cursor mark. */
  at(marked: string): Placed {
    const offset = marked.indexOf(cursor);
    assert.ok(offset >= 0, 'the text has no cursor mark');
    return { document: this.open(marked.replace(cursor, '')), offset };
  }

  /** The hover at the cursor mark. */
  hover(marked: string): string | undefined {
    const { document, offset } = this.at(marked);
    return hover(document, offset)?.markdown;
  }

  hoverOf(text: string, word: string): HoverText | undefined {
    const offset = text.search(new RegExp(`\\b${word}\\b`));
    assert.ok(offset >= 0, `the text has no ${word}`);
    return hover(this.open(text), offset);
  }

  close(): void {
    for (const document of this.made.splice(0)) document.dispose();
  }
}

/** Lints a document to the end. */
export function findingsOf(document: Document): readonly PlacedFinding[] {
  const steps = document.lint(defaultConfiguration);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
