import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic,
  type Range,
  type TextEdit,
} from 'vscode-languageserver';
import type { LineIndex } from '../c/lines';
import { type Demonstration, demoOf } from '../rules/demonstration';
import type { PlacedFinding } from '../rules/lint';
import { ruleById } from '../rules/registry';
import { toDiagnostic, toRange } from './diagnostics';

/** What an action needs to know of the document it changes. */
export interface ActionTarget {
  uri: string;
  version: number;
  text: string;
  lines: LineIndex;
  findings: readonly PlacedFinding[];
  /** The client takes changes of a certain version. */
  documentChanges: boolean;
}

/** The client's command that plays a demo. */
const runDemo = 'ipcLens.runDemo';

/** Quick fixes for the findings that touch a range, ways to silence them, and demos that show what they lead to. */
export function codeActions(
  target: ActionTarget,
  range: Range,
  demos: readonly Demonstration[],
): CodeAction[] {
  const start = target.lines.offset(range.start);
  const end = target.lines.offset(range.end);
  return target.findings
    .filter(({ span }) => span.start <= end && start <= span.end)
    .flatMap((finding) => {
      const diagnostic = toDiagnostic(finding, target.uri, target.lines);
      return [
        ...fixes(finding, diagnostic, target),
        ...demonstration(finding, diagnostic, demos),
        ...(ruleById.has(finding.rule) ? [suppression(finding, diagnostic, target)] : []),
      ];
    });
}

function fixes(finding: PlacedFinding, diagnostic: Diagnostic, target: ActionTarget): CodeAction[] {
  const { fix } = finding;
  if (!fix) {
    return [];
  }
  // Rules write newlines; the file may have others.
  const ending = endingOf(target);
  const edits = fix.edits.map(({ span, text }) => ({
    range: toRange(target.lines, span),
    newText: text.replace(/\r?\n/g, ending),
  }));
  return [
    {
      title: fix.title,
      kind: CodeActionKind.QuickFix,
      isPreferred: true,
      ...change(target, edits, diagnostic),
    },
  ];
}

function demonstration(
  { rule }: PlacedFinding,
  diagnostic: Diagnostic,
  demos: readonly Demonstration[],
): CodeAction[] {
  const meta = ruleById.get(rule)?.meta;
  const demo = meta && demoOf(meta, demos);
  if (demo === undefined) return [];
  const title = 'See it happen: play the demo';
  return [
    {
      title,
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnostic],
      command: { title, command: runDemo, arguments: [demo] },
    },
  ];
}

function suppression(
  { rule, span }: PlacedFinding,
  diagnostic: Diagnostic,
  target: ActionTarget,
): CodeAction {
  const { line } = target.lines.position(span.start);
  const edit = addedToComment(rule, line, target) ?? commentAbove(rule, line, target);
  return {
    title: `Silence ${rule} on this line`,
    kind: CodeActionKind.QuickFix,
    ...change(target, [edit], diagnostic),
  };
}

function endingOf({ text }: ActionTarget): string {
  return /\r\n|\r|\n/.exec(text)?.[0] ?? '\n';
}

function commentAbove(rule: string, line: number, target: ActionTarget): TextEdit {
  const indent = /^[ \t]*/.exec(target.lines.line(line))?.[0] ?? '';
  const ending = endingOf(target);
  const words = `ipc-lens-disable-next-line ${rule} -- reason`;
  // The parser sees no end of a line comment at a carriage return alone.
  const at = { line, character: 0 };
  return {
    range: { start: at, end: at },
    newText: `${indent}${ending === '\r' ? `/* ${words} */` : `// ${words}`}${ending}`,
  };
}

/** Where another rule is silenced on the line already, its comment takes one more. */
function addedToComment(rule: string, line: number, { lines }: ActionTarget): TextEdit | undefined {
  const above = line === 0 ? undefined : lines.line(line - 1);
  const list =
    above && /^.*\/[/*][ \t]*ipc-lens-disable-next-line(?:[ \t,]+(?!--)[^\s,*]+)+/.exec(above)?.[0];
  if (!list) {
    return undefined;
  }
  const at = { line: line - 1, character: list.length };
  return { range: { start: at, end: at }, newText: `, ${rule}` };
}

function change(
  { uri, version, documentChanges }: ActionTarget,
  edits: TextEdit[],
  diagnostic: Diagnostic,
): Partial<CodeAction> {
  return {
    diagnostics: [diagnostic],
    edit: documentChanges
      ? { documentChanges: [{ textDocument: { uri, version }, edits }] }
      : { changes: { [uri]: edits } },
  };
}
