import { Toolbox } from '../analysis/context';
import { LineIndex } from '../c/lines';
import { loadParser } from '../c/parser';
import type { Configuration } from '../rules/configuration';
import type { FileView, PlacedFinding } from '../rules/placing';
import { Document } from '../workspace/document';
import { disk, readText } from '../workspace/files';
import { Headers } from '../workspace/headers';
import { ObjectIndex } from '../workspace/objects';
import { ProjectCheck } from '../workspace/objects/check';
import { Project } from '../workspace/project';
import { Configurations } from './configurations';

/** A place as it is printed: one-based line and column, the column in UTF-16 units. */
export interface PrintedPlace {
  line: number;
  column: number;
}

/** A finding as it is printed. */
export interface Reported extends PrintedPlace, Pick<PlacedFinding, 'rule' | 'severity' | 'message'> {
  file: string;
  /** The line of source. */
  source: string;
  /** `file` where it is another one. */
  related: (PrintedPlace & { file?: string; message: string })[];
}

/** What a run needs to know before its first file: plain data, for it is sent to threads. */
export interface Setup {
  /** Headers that are found by name. */
  headers: string[];
  /** Folders in which includes are looked for. */
  folders: string[];
  /** Files that may define functions which others call. */
  sources: string[];
  preset?: Configuration['preset'];
}

/** What became of one file. */
export interface FileReport {
  file: string;
  /** In this file, and in others of the project that it leads into. */
  findings: Reported[];
  problems: string[];
}

/** Lints files one after the other. */
export class Checker {
  private readonly headers: Headers;
  private readonly project: Project;
  private readonly configurations: Configurations;
  private readonly projectCheck: ProjectCheck;

  private constructor(
    private readonly toolbox: Toolbox,
    { headers, folders, sources, preset }: Setup,
  ) {
    this.headers = new Headers(toolbox.parser, disk, () => folders);
    this.headers.know(headers);
    this.project = new Project(toolbox, this.headers, disk);
    this.project.changed(sources);
    const index = new ObjectIndex(toolbox, this.project, this.headers);
    this.projectCheck = new ProjectCheck(index, this.project);
    this.configurations = new Configurations(preset);
  }

  static async create(setup: Setup): Promise<Checker> {
    return new Checker(new Toolbox(await loadParser()), setup);
  }

  check(file: string): FileReport {
    const text = readText(file);
    if (text === undefined) {
      return { file, findings: [], problems: [`${file}: cannot be read.`] };
    }
    const document = new Document(file, text, 0, this.toolbox, this.headers, this.project);
    try {
      const configuration = this.configurations.of(file);
      const findings = lintWhole(document, configuration);
      return { file, findings, problems: [...this.configurations.problems] };
    } finally {
      document.dispose();
    }
  }

  /** What goes wrong between files: those that are likely to work together are looked at, and told is what lies in these. */
  together(files: readonly string[]): FileReport[] {
    const found = finish(this.projectCheck.check(files, (file) => this.configurations.of(file)));
    return [...found].flatMap(([file, findings]) => {
      const text = findings.length > 0 ? readText(file) : undefined;
      if (text === undefined) return [];
      const own: FileView = { path: file, text, lines: new LineIndex(text) };
      return [{ file, findings: findings.map((finding) => reported(finding, own)), problems: [] }];
    });
  }
}

/** Runs steps to their end. */
function finish<T>(steps: Generator<void, T>): T {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

function lintWhole(document: Document, configuration: Configuration): Reported[] {
  const findings = finish(document.lint(configuration));
  const { text, lines } = document.source;
  const own: FileView = { path: document.path, text, lines };
  return findings.map((finding) => reported(finding, own));
}

function reported({ span, related, rule, severity, message, file }: PlacedFinding, own: FileView): Reported {
  const view = file ?? own;
  return {
    file: view.path,
    ...printed(span.start, view),
    rule,
    severity,
    message,
    source: view.lines.line(view.lines.position(span.start).line).trim(),
    related: related.map((other) => {
      const place = other.file ?? own;
      return {
        ...(place.path === view.path ? {} : { file: place.path }),
        ...printed(other.span.start, place),
        message: other.message,
      };
    }),
  };
}

function printed(offset: number, { lines }: FileView): PrintedPlace {
  const { line, character } = lines.position(offset);
  return { line: line + 1, column: character + 1 };
}
