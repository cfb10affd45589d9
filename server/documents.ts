import type { TextDocumentContentChangeEvent } from 'vscode-languageserver';
import { URI } from 'vscode-uri';
import { Toolbox } from './analysis/context';
import { loadParser } from './c/parser';
import { textChanges } from './features/text-changes';
import type { PlacedFinding } from './rules/placing';
import { Document } from './workspace/document';
import { disk, type Files } from './workspace/files';
import { Headers } from './workspace/headers';
import { ObjectIndex } from './workspace/objects';
import { Project } from './workspace/project';

/** The open documents, by URI. A header open in the editor is seen by the others as it stands there. */
export class Documents {
  private readonly open = new Map<string, Document>();
  private folders: readonly string[] = [];

  private constructor(
    private readonly toolbox: Toolbox,
    readonly headers: Headers,
    readonly project: Project,
    readonly objects: ObjectIndex,
  ) {}

  static async create(): Promise<Documents> {
    const parser = await loadParser();
    // The text itself is the mark of an open file: a document opened anew counts its versions from the start.
    const files: Files = {
      mark: (path) => documents.overlay(path) ?? disk.mark(path),
      read: (path) => documents.overlay(path) ?? disk.read(path),
    };
    const headers = new Headers(parser, files, () => documents.folders);
    const toolbox = new Toolbox(parser);
    const project = new Project(toolbox, headers, files, (path) => documents.at(path)?.source);
    const objects = new ObjectIndex(toolbox, project, headers);
    const documents: Documents = new Documents(toolbox, headers, project, objects);
    return documents;
  }

  /** Folders in which includes are looked for. */
  setIncludeFolders(folders: readonly string[]): void {
    this.folders = folders;
    this.headers.refresh();
    this.project.changed();
  }

  get(uri: string): Document | undefined {
    return this.open.get(uri);
  }

  entries(): Iterable<[string, Document]> {
    return this.open;
  }

  add(uri: string, text: string, version: number): Document {
    this.remove(uri);
    const document = new Document(pathOf(uri), text, version, this.toolbox, this.headers, this.project);
    this.open.set(uri, document);
    this.project.changed([document.path]);
    return document;
  }

  change(
    uri: string,
    changes: readonly TextDocumentContentChangeEvent[],
    version: number,
  ): Document | undefined {
    const document = this.open.get(uri);
    if (document) {
      document.update(textChanges(document.source.text, changes), version);
      this.project.changed([document.path]);
    }
    return document;
  }

  remove(uri: string): void {
    const document = this.open.get(uri);
    if (document) {
      this.open.delete(uri);
      document.dispose();
      this.project.changed([document.path]);
    }
  }

  /** What was found in a document, by itself and by the others that call its functions. */
  findingsIn(document: Document): PlacedFinding[] {
    const own = [...document.findings];
    const seen = new Set(own.map(keyOf));
    for (const other of this.open.values()) {
      for (const finding of other.findingsElsewhere) {
        const { path, text } = finding.file ?? {};
        if (path !== document.path || text !== document.source.text || seen.has(keyOf(finding))) continue;
        seen.add(keyOf(finding));
        own.push(finding);
      }
    }
    return own;
  }

  dispose(): void {
    for (const uri of [...this.open.keys()]) {
      this.remove(uri);
    }
  }

  private overlay(path: string): string | undefined {
    return this.at(path)?.source.text;
  }

  private at(path: string): Document | undefined {
    for (const document of this.open.values()) {
      if (document.path === path) {
        return document;
      }
    }
    return undefined;
  }
}

function keyOf({ rule, span }: PlacedFinding): string {
  return `${rule}:${span.start}:${span.end}`;
}

/** The path on disk of a file's URI; the URI itself for documents that have none. */
export function pathOf(uri: string): string {
  const parsed = URI.parse(uri);
  return parsed.scheme === 'file' ? parsed.fsPath : uri;
}
