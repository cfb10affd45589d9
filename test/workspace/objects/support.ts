/** A project in memory and the index of its objects. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { Toolbox } from '../../../server/analysis/context';
import { loadParser } from '../../../server/c/parser';
import { SourceFile, type TextChange } from '../../../server/c/source-file';
import type { PlacedUse } from '../../../server/rules/project/facts';
import type { Files } from '../../../server/workspace/files';
import { Headers } from '../../../server/workspace/headers';
import { ObjectIndex } from '../../../server/workspace/objects';
import { together } from '../../../server/workspace/objects/programs';
import { Project } from '../../../server/workspace/project';

let toolbox: Toolbox;
before(async () => {
  toolbox = new Toolbox(await loadParser());
});

/** A project in memory, with files open in an editor. */
export class Workspace {
  readonly read: string[] = [];
  private readonly open = new Map<string, SourceFile>();
  private readonly headers: Headers;
  private readonly project: Project;
  private readonly index: ObjectIndex;
  /** Functions and files that were looked at. */
  steps = 0;

  constructor(readonly texts: Record<string, string>) {
    const files: Files = {
      mark: (file) => this.texts[file],
      read: (file) => {
        this.read.push(file);
        return this.texts[file];
      },
    };
    this.headers = new Headers(toolbox.parser, files);
    this.headers.know(Object.keys(texts).filter((file) => file.endsWith('.h')));
    this.project = new Project(toolbox, this.headers, files, (file) => this.open.get(file));
    this.project.changed(Object.keys(texts).filter((file) => file.endsWith('.c')));
    this.index = new ObjectIndex(toolbox, this.project, this.headers);
  }

  uses(): PlacedUse[] {
    return this.groups().flatMap((group) => {
      const facts = this.run(this.index.factsOf(group));
      return together(facts, (file) => this.project.index.isProgram(file)).uses;
    });
  }

  /** In short: `server.c:7 main creates /jobs`. */
  told(): string[] {
    return this.uses().map(
      ({ file, line, within, does, name, written, handle }) =>
        `${path.basename(file)}:${line + 1} ${within} ${does} ${name?.text ?? `? ${written ?? handle ?? ''}`}`,
    );
  }

  groups(): readonly string[][] {
    return this.run(this.index.allGroups());
  }

  /** Whether facts of its group may lie in a file. */
  mayAct(file: string): boolean {
    const group = this.groups().find((files) => files.includes(file)) ?? [file];
    return this.run(this.index.mayAct(file, group));
  }

  write(file: string, text: string | undefined): void {
    if (text === undefined) delete this.texts[file];
    else this.texts[file] = text;
    this.headers.refresh();
    this.project.changed(file.endsWith('.c') ? [file] : []);
  }

  openFile(file: string): SourceFile {
    const source = new SourceFile(toolbox.parser, this.texts[file] ?? '');
    this.open.set(file, source);
    this.project.changed([file]);
    return source;
  }

  edit(file: string, piece: string, text: string): void {
    const source = this.open.get(file);
    const start = source?.text.indexOf(piece) ?? -1;
    assert.ok(source && start >= 0, piece);
    const change: TextChange = { start, end: start + piece.length, text };
    source.update([change]);
    this.project.changed([file]);
  }

  close(): void {
    for (const source of this.open.values()) source.dispose();
  }

  private run<T>(steps: Generator<void, T>): T {
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      this.steps++;
    }
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

export const jobs = '#define JOBS "/jobs"\nint open_jobs(const char *name);\n';
export const server = `#include <fcntl.h>
#include <mqueue.h>
#include "jobs.h"
static mqd_t queue;
static void take(void) {
  char job[64];
  mq_receive(queue, job, sizeof job, 0);
}
int main(void) {
  struct mq_attr attr = { .mq_maxmsg = 5, .mq_msgsize = 64 };
  queue = mq_open(JOBS, O_CREAT | O_EXCL | O_RDONLY, 0600, &attr);
  if (queue == (mqd_t) -1) return 1;
  take();
  return mq_unlink(JOBS) == -1;
}
`;
const client = `#include "jobs.h"
int main(void) {
  return open_jobs(JOBS) == -1;
}
`;
export const library = `#include <fcntl.h>
#include <mqueue.h>
#include "jobs.h"
int open_jobs(const char *name) { return mq_open(name, O_WRONLY); }
`;
export const project = {
  '/p/jobs.h': jobs,
  '/p/server.c': server,
  '/p/client.c': client,
  '/p/library.c': library,
};
