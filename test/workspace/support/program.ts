/** Programs of several files, held in memory, with documents open in an editor. */
import assert from 'node:assert/strict';
import { Toolbox } from '../../../server/analysis/context';
import { loadParser } from '../../../server/c/parser';
import type { Configuration } from '../../../server/rules/configuration';
import type { PlacedFinding } from '../../../server/rules/placing';
import { Document } from '../../../server/workspace/document';
import type { Files } from '../../../server/workspace/files';
import { Headers } from '../../../server/workspace/headers';
import { Project } from '../../../server/workspace/project';

const strict: Configuration = { preset: 'strict', rules: {} };

let toolbox: Toolbox;

/** To be waited for before anything else. */
export async function prepareWorkspaces(): Promise<void> {
  toolbox ??= new Toolbox(await loadParser());
}

/** A project in memory, with documents open in an editor. */
export class Workspace {
  readonly read: string[] = [];
  private readonly documents = new Map<string, Document>();
  private readonly headers: Headers;
  private readonly project: Project;

  constructor(private readonly texts: Record<string, string>) {
    const files: Files = {
      mark: (path) => this.texts[path],
      read: (path) => {
        this.read.push(path);
        return this.texts[path];
      },
    };
    this.headers = new Headers(toolbox.parser, files);
    this.project = new Project(toolbox, this.headers, files, (path) => this.documents.get(path)?.source);
    this.project.changed(Object.keys(texts).filter((path) => path.endsWith('.c')));
  }

  open(path: string): Document {
    const text = this.texts[path] ?? '';
    const document = new Document(path, text, 1, toolbox, this.headers, this.project);
    this.documents.set(path, document);
    return document;
  }

  /** Lints a document; gives its findings and how many functions were looked at. */
  lint(document: Document): { findings: readonly PlacedFinding[]; looked: number } {
    const steps = document.lint(strict);
    for (let looked = 0; ; looked++) {
      const step = steps.next();
      if (step.done) return { findings: step.value, looked };
    }
  }

  /** Another text on disk. */
  write(path: string, text: string): void {
    this.texts[path] = text;
    this.headers.refresh();
    this.project.changed([path]);
  }

  edit(document: Document, piece: string, text: string): void {
    const start = document.source.text.indexOf(piece);
    assert.ok(start >= 0, piece);
    document.update([{ start, end: start + piece.length, text }], document.version + 1);
    this.project.changed([document.path]);
  }

  close(): void {
    for (const document of this.documents.values()) document.dispose();
  }
}

export function within<T>(texts: Record<string, string>, use: (workspace: Workspace) => T): T {
  const workspace = new Workspace(texts);
  try {
    return use(workspace);
  } finally {
    workspace.close();
  }
}

/** What is found in /p/a.c: rule and line. */
export function found(texts: Record<string, string>): string[] {
  return within(texts, (workspace) => {
    const document = workspace.open('/p/a.c');
    return shown(workspace.lint(document).findings, document);
  });
}

export function shown(findings: readonly PlacedFinding[], { source, path }: Document): string[] {
  return findings.map(({ rule, span, file }) => {
    const { lines } = file ?? source;
    return `${file && file.path !== path ? file.path : ''}:${lines.position(span.start).line + 1} ${rule}`;
  });
}

export const header = `void stop(const char *what);
void close_it(int fd);
int open_it(const char *path);
`;
export const library = `#include "util.h"
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <unistd.h>
void stop(const char *what) { perror(what); exit(1); }
void close_it(int fd) { if (close(fd) == -1) perror("close"); }
int open_it(const char *path) { return open(path, O_RDONLY); }
`;
export const user = `#include "util.h"
#include <fcntl.h>
#include <unistd.h>
int work(char *buffer) {
  int fd = open("a", O_RDONLY);
  if (fd == -1) stop("open");
  close_it(fd);
  return read(fd, buffer, 10) == 10;
}
`;
export const afterClose = ':8 handle/use-after-close';
export const checked = user.replace('  close_it(fd);\n', '');
export const returning = library.replace('perror(what); exit(1);', 'perror(what);');
export const failed = ':7 handle/use-unchecked-failed';
/** By a name that does not sound like an end. */
export const telling = (text: string) => text.replaceAll('stop(', 'report(');
export const opener = `#include "util.h"
#include <fcntl.h>
#include <unistd.h>
static int open_first(void) {
  int fd = open("a", O_RDONLY);
  if (fd == -1) report("open");
  return fd;
}
int work(char *buffer) {
  int fd = open_first();
  ssize_t got = read(fd, buffer, 10);
  close(fd);
  return got == 10;
}
`;
export const unopened = ':11 handle/use-unchecked-failed';
export const files = { '/p/a.c': user, '/p/util.h': header, '/p/util.c': library };
