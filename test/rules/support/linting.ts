/** Lints a text from nothing, as an editor does that opens a file. */
import { Toolbox } from '../../../server/analysis/context';
import { masked } from '../../../server/c/masking';
import { type CParser, loadParser } from '../../../server/c/parser';
import { SourceFile } from '../../../server/c/source-file';
import type { Configuration } from '../../../server/rules/configuration';
import { FileLinter, type PlacedFinding } from '../../../server/rules/lint';
import { rules } from '../../../server/rules/registry';

export const strict: Configuration = { preset: 'strict', rules: {} };

/** With a rule on that only the most talkative preset has, so that its own programs show it and others are not told of it. */
export function withRule(id: string): Configuration {
  const meta = rules.find((rule) => rule.meta.id === id)?.meta;
  return meta?.preset === 'teaching' ? { ...strict, rules: { [id]: meta.severity } } : strict;
}

export interface Located extends PlacedFinding {
  /** One-based, as editors count. */
  line: number;
}

export interface Bench {
  parser: CParser;
  toolbox: Toolbox;
  lint(text: string, configuration?: Configuration): Located[];
  /** True when the parser could read all of the text. */
  parses(text: string): boolean;
}

let bench: Promise<Bench> | undefined;

export function loadBench(): Promise<Bench> {
  bench ??= loadParser().then((parser) => {
    const toolbox = new Toolbox(parser);
    return {
      parser,
      toolbox,
      lint(text, configuration = strict) {
        const file = new SourceFile(parser, text);
        try {
          const input = { text, items: file.items, lines: file.lines, headers: [] };
          return new FileLinter(toolbox)
            .lint(input, configuration)
            .map((finding) => ({ ...finding, line: file.lines.position(finding.span.start).line + 1 }));
        } finally {
          file.dispose();
        }
      },
      parses(text) {
        const tree = parser.parse(masked(text));
        try {
          return !tree.rootNode.hasError;
        } finally {
          tree.delete();
        }
      },
    };
  });
  return bench;
}

/** The text after all edits of some fixes. Edits must not overlap. */
export function applyFixes(text: string, findings: readonly PlacedFinding[]): string {
  const edits = findings
    .flatMap(({ fix }) => fix?.edits ?? [])
    .sort((a, b) => b.span.start - a.span.start || b.span.end - a.span.end);
  return edits.reduce(
    (result, edit) => result.slice(0, edit.span.start) + edit.text + result.slice(edit.span.end),
    text,
  );
}
