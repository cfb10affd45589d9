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
import { type Job, type PrintedPlace, type Report, type Reported, reportOfFailure, type Setup } from './jobs';

/** Does one job after the other. */
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

  do(job: Job): Report {
    try {
      return 'lint' in job ? this.lint(job.lint) : this.together(job.together);
    } catch (error) {
      return reportOfFailure(job, error);
    }
  }

  private lint(file: string): Report {
    const text = readText(file);
    if (text === undefined) {
      return { findings: [], problems: [`${file}: cannot be read.`] };
    }
    const document = new Document(file, text, 0, this.toolbox, this.headers, this.project);
    try {
      const findings = lintWhole(document, this.configurations.of(file));
      return { findings, problems: this.configurations.problemsOf(file) };
    } finally {
      document.dispose();
    }
  }

  /** What goes wrong between files: those that are likely to work together are looked at, and told is what lies in these. */
  private together(files: readonly string[]): Report {
    const found = finish(this.projectCheck.check(files, (file) => this.configurations.of(file)));
    const findings = [...found].flatMap(([file, inFile]) => {
      const text = inFile.length > 0 ? readText(file) : undefined;
      if (text === undefined) return [];
      const own: FileView = { path: file, text, lines: new LineIndex(text) };
      return inFile.map((finding) => reported(finding, own));
    });
    return { findings, problems: [] };
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
