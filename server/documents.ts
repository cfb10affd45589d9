import type { TextDocumentContentChangeEvent } from 'vscode-languageserver';
import { URI } from 'vscode-uri';
import { Toolbox } from './analysis/context';
import { loadParser } from './c/parser';
import { textChanges } from './features/text-changes';
import { Document } from './workspace/document';
import { disk, type Files } from './workspace/files';
import { Headers } from './workspace/headers';

/** The open documents, by URI. A header open in the editor is seen by the others as it stands there. */
export class Documents {
  private readonly open = new Map<string, Document>();
  private folders: readonly string[] = [];

  private constructor(
    private readonly toolbox: Toolbox,
    readonly headers: Headers,
  ) {}

  static async create(): Promise<Documents> {
    const parser = await loadParser();
    // The text itself is the mark of an open file: a document opened anew counts its versions from the start.
    const files: Files = {
      mark: (path) => documents.overlay(path) ?? disk.mark(path),
      read: (path) => documents.overlay(path) ?? disk.read(path),
    };
    const headers = new Headers(parser, files, () => documents.folders);
    const documents: Documents = new Documents(new Toolbox(parser), headers);
    return documents;
  }

  /** Folders in which includes are looked for. */
  setIncludeFolders(folders: readonly string[]): void {
    this.folders = folders;
    this.headers.refresh();
  }

  get(uri: string): Document | undefined {
    return this.open.get(uri);
  }

  entries(): Iterable<[string, Document]> {
    return this.open;
  }

  add(uri: string, text: string, version: number): Document {
    this.remove(uri);
    const document = new Document(pathOf(uri), text, version, this.toolbox, this.headers);
    this.open.set(uri, document);
    return document;
  }

  change(
    uri: string,
    changes: readonly TextDocumentContentChangeEvent[],
    version: number,
  ): Document | undefined {
    const document = this.open.get(uri);
    document?.update(textChanges(document.source.text, changes), version);
    return document;
  }

  remove(uri: string): void {
    this.open.get(uri)?.dispose();
    this.open.delete(uri);
  }

  dispose(): void {
    for (const uri of [...this.open.keys()]) {
      this.remove(uri);
    }
  }

  private overlay(path: string): string | undefined {
    for (const document of this.open.values()) {
      if (document.path === path) {
        return document.source.text;
      }
    }
    return undefined;
  }
}

/** The path on disk of a file's URI; the URI itself for documents that have none. */
export function pathOf(uri: string): string {
  const parsed = URI.parse(uri);
  return parsed.scheme === 'file' ? parsed.fsPath : uri;
}
