/**
 * Turns a scenario's steps into complete C programs: one for each process that is not forked by another. The child's
 * steps stand in its branch behind fork(), the parent's after it, and every step knows its line.
 */
import { constantGroups } from '../../catalog';
import { CodeWriter, comment, type ProgramNeeds } from './code';
import { withUsualFigures } from './figures';
import type { BufferSizes, CallText } from './kit';
import type { ProcessSpec, Scenario, Step } from './scenario';
import { type Chosen, type Conflict, Variables } from './variables';

export interface Program {
  /** `pipe-exchange.c` */
  file: string;
  text: string;
  /** Step index to zero-based line. */
  lines: ReadonlyMap<number, number>;
  /** Of each of its processes: the variables with their types, `char[64]`. */
  variables: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** What keeps it from being C: a name that would have to be two things. */
  conflicts: readonly Conflict[];
}

/** Finds a call's text by name; throws for a name that no table has. */
export type FindCall = (name: string) => CallText;

/** Sizes of all buffers: blocks as declared, others as large as the largest read into them. */
export function bufferSizes(scenario: Scenario, findCall: FindCall): BufferSizes {
  const sizes = new Map((scenario.blocks ?? []).map((block) => [block.name, block.size]));
  const blocks = new Set(sizes.keys());
  for (const step of scenario.steps) {
    const room = findCall(step.call).buffer;
    const buffer = room && step.args[room.argument];
    const size = room && step.args[room.size];
    if (buffer && !blocks.has(buffer) && Number(size) > 0)
      sizes.set(buffer, Math.max(sizes.get(buffer) ?? 0, Number(size)));
  }
  return sizes;
}

const constants = new Map(
  [...constantGroups.values()].flatMap(({ record }) =>
    record.constants.map((one) => [one.name, one] as const),
  ),
);

/** Where the types of members are declared. */
const headerOf: Record<string, string> = {
  sem_t: 'semaphore.h',
  pthread_mutex_t: 'pthread.h',
  pthread_cond_t: 'pthread.h',
};

interface Indexed {
  step: Step;
  index: number;
}

class ProgramBuilder {
  private readonly needs: ProgramNeeds = {
    headers: new Set(),
    defines: new Set(),
    definitions: new Set(),
  };
  private readonly sizes: BufferSizes;
  private readonly several: boolean;
  private readonly conflicts: Conflict[] = [];
  private readonly variables = new Map<string, ReadonlyMap<string, string>>();

  constructor(
    private readonly scenario: Scenario,
    private readonly root: ProcessSpec,
    private readonly findCall: FindCall,
    private readonly chosen: Chosen,
  ) {
    this.sizes = bufferSizes(scenario, findCall);
    this.several = scenario.steps.some((step) => step.process === root.id && step.call === 'fork');
  }

  build(file: string): Program {
    const blocks = this.scenario.blocks ?? [];
    const names = ['key', ...blocks.map((block) => block.name), ...(this.scenario.keys ?? [])];
    const main = this.writer(this.root, '    ', new Variables(this.conflicts, this.chosen, undefined, names));
    this.beginMain(main);
    this.writeProcess(this.root, main);
    this.finish(main, this.root.id);
    const { lines, marks } = main.result;
    const parts = [...lines, ...this.needs.definitions];
    const head = [
      ...this.head(file),
      ...(parts.some((line) => line.includes('die(')) ? this.dieFunction() : []),
    ];
    const text = [...head, 'int main(void)', '{', ...lines, '}', ''];
    const offset = head.length + 2;
    return {
      file,
      text: text.join('\n'),
      lines: new Map([...marks].map(([index, line]) => [index, line + offset])),
      variables: this.variables,
      conflicts: this.conflicts,
    };
  }

  private stepsOf(process: string): Indexed[] {
    return this.scenario.steps
      .map((step, index) => ({ step, index }))
      .filter(({ step }) => step.process === process);
  }

  private writer(process: ProcessSpec, indent: string, variables: Variables): CodeWriter {
    this.variables.set(process.id, variables.all);
    return new CodeWriter(this.needs, this.several ? `${process.id}: ` : '', indent, variables, this.sizes);
  }

  /** Output that waits in a buffer would be lost by _exit() or a signal, and doubled by fork(). */
  private beginMain(main: CodeWriter): void {
    if (this.several) {
      this.needs.headers.add('stdio.h');
      main.comment(
        'Print at once: what waits in a buffer is doubled by fork() and lost when a signal or _exit() ends the process.',
      );
      main.line('setvbuf(stdout, NULL, _IONBF, 0);');
    }
    for (const block of this.scenario.blocks ?? []) {
      this.needs.headers.add('string.h');
      main.line(`memset(${block.name}, '${block.fill}', sizeof ${block.name});`);
    }
  }

  private writeProcess(process: ProcessSpec, writer: CodeWriter): void {
    for (const indexed of this.stepsOf(process.id)) this.writeStep(indexed, writer);
  }

  private writeStep({ step, index }: Indexed, writer: CodeWriter): void {
    const call = this.findCall(step.call);
    if (call.outside) return;
    writer.begin(index);
    if (!step.inLoop) writer.blank();
    if (step.absent) {
      writer.mark();
      writer.comment(`Missing here: ${call.text(step, this.sizes)}. ${step.comment ?? ''}`.trim());
      return;
    }
    if (step.inLoop) {
      writer.markAgain(call.text(step, this.sizes));
      return;
    }
    const note = withUsualFigures(step.comment ?? step.why);
    if (note !== '') writer.comment(note);
    for (const header of call.headers) this.needs.headers.add(header);
    for (const definition of call.definitions ?? []) this.needs.definitions.add(definition);
    if (call.define) this.needs.defines.add(call.define);
    if (step.yours) this.needConstants(step);
    call.code(step, writer);
    if (step.call === 'fork') this.writeChild(step, writer);
  }

  /** What a person gives may come from a header that the call does not need. */
  private needConstants({ args }: Step): void {
    for (const word of args.join(' ').match(/\b[A-Z][A-Z0-9_]+\b/g) ?? []) {
      const constant = constants.get(word);
      if (constant) this.needs.headers.add(constant.header);
      if (constant?.featureTest) this.needs.defines.add(constant.featureTest);
    }
  }

  private writeChild(step: Step, writer: CodeWriter): void {
    const child = this.scenario.processes.find((process) => process.id === step.args[0])!;
    const inherited = new Variables(this.conflicts, this.chosen, writer.variables);
    const branch = this.writer(child, '        ', inherited);
    this.writeProcess(child, branch);
    this.finish(branch, child.id);
    const title = child.title.charAt(0).toUpperCase() + child.title.slice(1);
    writer.line(`if (${step.into ?? 'pid'} == 0) {`);
    writer.line(`    /* ${title} runs this branch alone and ends in it. */`);
    writer.line('');
    writer.include(branch);
    writer.line('}');
  }

  /** A child must never run on into its parent's code; main says how it ended. */
  private finish(writer: CodeWriter, process: string): void {
    const last = this.stepsOf(process).at(-1)?.step.call;
    if (last === '_exit' || last === 'exit' || last === 'execlp') return;
    this.needs.headers.add('stdlib.h');
    writer.blank();
    if (process === this.root.id) writer.line('return EXIT_SUCCESS;');
    else writer.line('_exit(EXIT_SUCCESS);');
  }

  private head(file: string): string[] {
    const name = file.replace(/\.c$/, '');
    const declarations = this.constants();
    const title = `${this.scenario.title}${this.rootCount > 1 ? `: ${this.root.title}` : ''}.`;
    this.needs.headers.add('stdio.h').add('stdlib.h');
    return [
      '/*',
      ...[title, '', ...comment(this.scenario.about, '').filter((line) => line !== '/*' && line !== ' */')]
        .map((line) => line.replace(/^\/\* | \*\/$/g, '').replace(/^ \* /, ''))
        .map((line) => ` * ${line}`.trimEnd()),
      ' *',
      ...this.buildLine(name, file),
      ' */',
      ...[...this.needs.defines].sort().map((define) => `#define ${define}`),
      ...[...this.needs.headers].sort().map((header) => `#include <${header}>`),
      '',
      ...declarations,
      ...[...this.needs.definitions].flatMap((definition) => [...definition.split('\n'), '']),
    ];
  }

  private buildLine(name: string, file: string): string[] {
    const command = ` * Build: gcc -std=gnu17 -Wall -Wextra${this.threads}`;
    const files = `-o ${name} ${file}`;
    const fits = command.length + 1 + files.length <= 112;
    return fits ? [`${command} ${files}`] : [`${command} \\`, ` *            ${files}`];
  }

  /** What older C libraries need for calls of POSIX threads and semaphores. */
  private get threads(): string {
    return ['pthread.h', 'semaphore.h'].some((header) => this.needs.headers.has(header)) ? ' -pthread' : '';
  }

  private get rootCount(): number {
    return this.scenario.processes.filter((process) => process.begins !== 'fork').length;
  }

  private constants(): string[] {
    const keys = (this.scenario.keys ?? []).flatMap((key, index) => [
      '/* The number by which programs that know nothing else of each other find the same object. */',
      `#define ${key} ((key_t)0x${(0x49504c00 + index).toString(16)})`,
      '',
    ]);
    const blocks = (this.scenario.blocks ?? []).flatMap((block) => [
      `static char ${block.name}[${block.size}];`,
      '',
    ]);
    const numbers = (this.scenario.constants ?? []).flatMap(({ name, value, note }) => [
      ...comment(note, ''),
      `#define ${name} ${value}`,
      '',
    ]);
    return [...keys, ...numbers, ...blocks, ...this.structure()];
  }

  private structure(): string[] {
    const members = this.scenario.structure ?? [];
    if (members.length === 0) return [];
    for (const { type } of members) if (headerOf[type]) this.needs.headers.add(headerOf[type]);
    const lines = members.map(({ type, name, count, note }) => {
      const declared = `${type}${type.endsWith('*') ? '' : ' '}${name}${count ? `[${count}]` : ''};`;
      return `    ${declared}${note ? ` /* ${note} */` : ''}`;
    });
    return ['/* What the processes share. */', 'struct shared {', ...lines, '};', ''];
  }

  private dieFunction(): string[] {
    return [
      '/* Says what failed and why, and ends the process. */',
      'static void die(const char *what)',
      '{',
      '    perror(what);',
      '    exit(EXIT_FAILURE);',
      '}',
      '',
    ];
  }
}

/** The program of every process; forked processes share that of the process they come from. */
export function programsOf(scenario: Scenario, findCall: FindCall): Map<string, Program> {
  const stem = scenario.id.replace('/', '-');
  const roots = scenario.processes.filter((process) => process.begins !== 'fork');
  const programs = new Map<string, Program>();
  for (const root of roots) {
    const file = roots.length > 1 ? `${stem}-${root.id}.c` : `${stem}.c`;
    /* Once to learn which names the steps choose, and once to write it. */
    const chosen: Chosen = new Map();
    new ProgramBuilder(scenario, root, findCall, chosen).build(file);
    programs.set(root.id, new ProgramBuilder(scenario, root, findCall, chosen).build(file));
  }
  const forks = scenario.steps.filter((step) => step.call === 'fork');
  for (const fork of forks) programs.set(fork.args[0]!, programs.get(fork.process)!);
  for (const { id } of scenario.processes)
    if (!programs.has(id)) programs.set(id, programs.get(roots[0]!.id)!);
  return programs;
}
