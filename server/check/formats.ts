import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ruleById } from '../rules/registry';
import type { Severity } from '../rules/rule';
import type { CheckResult } from './check';
import type { Reported } from './jobs';

/** The ways in which a result is printed. */
export const formats: Record<string, (result: CheckResult) => string> = {
  text,
  json: (result) => `${JSON.stringify(result, null, 2)}\n`,
  sarif: (result) => `${JSON.stringify(sarif(result), null, 2)}\n`,
};

function text({ findings, files }: CheckResult): string {
  const lines = findings.flatMap((f) => [
    `${shown(f.file)}:${f.line}:${f.column}: ${f.severity}: ${f.message} [${f.rule}]`,
    `    ${f.source}`,
    ...f.related.map(
      (other) => `    ${shown(other.file ?? f.file)}:${other.line}:${other.column}: ${other.message}`,
    ),
  ]);
  const count = findings.length === 1 ? '1 finding' : `${findings.length} findings`;
  return `${[...lines, `${count} in ${files === 1 ? '1 file' : `${files} files`}.`].join('\n')}\n`;
}

function shown(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
}

/* ------------------------------------------------------------------------ SARIF */

const levels: Record<Severity, 'error' | 'warning' | 'note'> = {
  error: 'error',
  warning: 'warning',
  information: 'note',
  hint: 'note',
};

/** The result as SARIF 2.1.0, which code review systems read. Columns count UTF-16 units, as SARIF is told. */
function sarif({ findings, problems }: CheckResult): object {
  const used = [...new Set(findings.map(({ rule }) => rule))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'IPC Lens', rules: used.map(ruleDescription) } },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: problems.length === 0,
            toolExecutionNotifications: problems.map((problem) => ({
              level: 'error',
              message: { text: problem },
            })),
          },
        ],
        results: findings.map((finding) => sarifResult(finding, used)),
      },
    ],
  };
}

function ruleDescription(id: string): object {
  const meta = ruleById.get(id)?.meta;
  return {
    id,
    ...(meta
      ? {
          shortDescription: { text: meta.title },
          fullDescription: { text: meta.explanation },
          defaultConfiguration: { level: levels[meta.severity] },
        }
      : {}),
  };
}

function sarifResult(finding: Reported, used: string[]): object {
  return {
    ruleId: finding.rule,
    ruleIndex: used.indexOf(finding.rule),
    level: levels[finding.severity],
    message: { text: finding.message },
    locations: [sarifLocation(finding.file, finding)],
    ...(finding.related.length > 0
      ? {
          relatedLocations: finding.related.map((other, id) => ({
            id,
            message: { text: other.message },
            ...sarifLocation(other.file ?? finding.file, other),
          })),
        }
      : {}),
  };
}

function sarifLocation(file: string, { line, column }: { line: number; column: number }): object {
  const relative = path.relative(process.cwd(), file);
  const inside = !relative.startsWith('..') && !path.isAbsolute(relative);
  // Relative to the folder the check ran in, as reviews expect it of a checkout.
  const uri = inside ? relative.split(path.sep).map(encodeURIComponent).join('/') : pathToFileURL(file).href;
  return {
    physicalLocation: { artifactLocation: { uri }, region: { startLine: line, startColumn: column } },
  };
}
