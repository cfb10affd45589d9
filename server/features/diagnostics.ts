import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Diagnostic, DiagnosticSeverity, type Range } from 'vscode-languageserver';
import { URI } from 'vscode-uri';
import type { Span } from '../c/ast';
import type { LineIndex } from '../c/lines';
import type { PlacedFinding } from '../rules/lint';
import type { Severity } from '../rules/rule';
import { unknownIdCode } from '../rules/suppressions';

export const diagnosticSource = 'IPC Lens';

const severities: Record<Severity, DiagnosticSeverity> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

export function toRange(lines: LineIndex, span: Span): Range {
  return { start: lines.position(span.start), end: lines.position(span.end) };
}

export function toDiagnostic(finding: PlacedFinding, uri: string, lines: LineIndex): Diagnostic {
  const page = rulePage(finding.rule);
  return {
    range: toRange(lines, finding.span),
    severity: severities[finding.severity],
    source: diagnosticSource,
    code: finding.rule,
    ...(page ? { codeDescription: { href: page } } : {}),
    message: plain(finding.message),
    ...(finding.related.length > 0
      ? {
          relatedInformation: finding.related.map(({ span, message, file }) => ({
            location: file
              ? { uri: URI.file(file.path).toString(), range: toRange(file.lines, span) }
              : { uri, range: toRange(lines, span) },
            message: plain(message),
          })),
        }
      : {}),
  };
}

/** Diagnostics are shown as plain text: code marks become quotes. */
export function plain(message: string): string {
  return message.replace(/`([^`]*)`/g, (_, code: string) => (/["']/.test(code) ? code : `'${code}'`));
}

/** The page of a rule in the package, where it is there; for an id that no rule has, the list of all. */
function rulePage(rule: string): string | undefined {
  const page = rule === unknownIdCode ? 'README' : rule;
  const file = path.join(__dirname, '..', 'docs', 'rules', `${page}.md`);
  return existsSync(file) ? URI.file(file).toString() : undefined;
}
