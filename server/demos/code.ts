/** Writes the C of one process: statements with their checks, declarations on first use, comments, and step marks. */
import { endingOf, type Step } from './scenario';
import { isNumber, typeIn, type Variables } from './variables';

const width = 96;

/** What one program has at file scope, gathered while its statements are written. */
export interface ProgramNeeds {
  headers: Set<string>;
  defines: Set<string>;
  definitions: Set<string>;
}

/** Escapes what would end a C comment. */
const safe = (text: string) => text.replaceAll('*/', '* /');

/** A block comment, wrapped. */
export function comment(text: string, indent: string): string[] {
  const words = safe(text).split(/\s+/);
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && indent.length + 3 + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  if (lines.length === 1 && indent.length + line.length + 6 <= width) return [`${indent}/* ${line} */`];
  return [`${indent}/*`, ...lines.map((one) => `${indent} * ${one}`), `${indent} */`];
}

export class CodeWriter {
  private readonly lines: string[] = [];
  /** Step index to line, in `lines`. */
  private readonly marks = new Map<number, number>();
  private step = -1;

  constructor(
    readonly needs: ProgramNeeds,
    /** How the process calls itself in what it prints: `child: `; empty when the program has one process. */
    readonly speaker: string,
    private indent: string,
    readonly variables: Variables,
    readonly sizes: ReadonlyMap<string, number>,
  ) {}

  get result(): { lines: string[]; marks: Map<number, number> } {
    return { lines: this.lines, marks: this.marks };
  }

  /** What follows belongs to the step with this index. */
  begin(index: number): void {
    this.step = index;
  }

  blank(): void {
    if (this.lines.length > 0) this.lines.push('');
  }

  comment(text: string): void {
    this.lines.push(...comment(text, this.indent));
  }

  line(text: string): void {
    this.lines.push(text === '' ? '' : this.indent + text);
  }

  /** The line that does the step itself. */
  act(text: string): void {
    this.mark();
    this.line(text);
  }

  mark(): void {
    if (!this.marks.has(this.step)) this.marks.set(this.step, this.lines.length);
  }

  /** The step is carried out once more at the last line that has this text. */
  markAgain(text: string): void {
    const at = this.lines.findLastIndex((line) => line.includes(text));
    if (at < 0) throw new Error(`No line before has ${text}.`);
    this.marks.set(this.step, at);
  }

  /** Takes in the lines of a branch, with its marks. */
  include(branch: CodeWriter): void {
    const offset = this.lines.length;
    for (const [index, line] of branch.marks) this.marks.set(index, line + offset);
    this.lines.push(...branch.lines);
  }

  /** Declares a variable that a step chose, unless this process or, before the fork, its parent did. */
  declare(name: string, declaration: string): void {
    if (this.variables.choose(name, typeIn(declaration, name), 'by address')) this.line(declaration);
  }

  /** Declares one of the program's own, under a name that is free; answers with that name. */
  own(
    base: string,
    type: string,
    declaration: (name: string) => string | string[] = (name) => `${type} ${name};`,
  ): string {
    const { name, first } = this.variables.own(base, type);
    if (first) for (const line of [declaration(name)].flat()) this.line(line);
    return name;
  }

  /** A structure with this content, `{...}`: declared with it, or filled anew when it has another. Answers with its name. */
  structure(base: string, type: string, content: string | string[]): string {
    return this.fill(base, type, [content].flat(), false);
  }

  /** The same for one that the program fills each time it is used. */
  filled(base: string, type: string, content: string): string {
    return this.fill(base, type, [content], true);
  }

  private fill(base: string, type: string, [begin, ...rest]: string[], always: boolean): string {
    const { name, first } = this.variables.own(base, type);
    const changed = this.variables.refill(name, [begin, ...rest].join('\n'));
    if (!first && !changed && !always) return name;
    const lines = [first ? `${type} ${name} = ${begin}` : `${name} = (${type})${begin}`, ...rest];
    lines.forEach((line, index) => {
      this.line(index === lines.length - 1 ? `${line};` : line);
    });
    return name;
  }

  /** `ssize_t n = call;`, or `n = call;` when n is declared. */
  assign(type: string, name: string, call: string): void {
    const first = this.variables.choose(name, type, 'assigned');
    this.act(`${first ? (type.endsWith('*') ? type : `${type} `) : ''}${name} = ${call};`);
  }

  /** Two lines: `if (condition)` and what it guards. */
  guard(condition: string, statement: string): void {
    this.line(`if (${condition})`);
    this.line(`    ${statement}`);
  }

  /** `if (close(fd[0]) == -1) die("close");` */
  check(call: string, name: string): void {
    this.needs.headers.add('stdio.h').add('stdlib.h');
    this.act(`if (${call} == -1)`);
    this.line(`    die("${name}");`);
  }

  /** After an assignment: fails when the variable is -1. */
  checkVariable(variable: string, name: string): void {
    this.needs.headers.add('stdio.h').add('stdlib.h');
    this.guard(`${variable} == -1`, `die("${name}");`);
  }

  /** `printf("child: read %zd bytes\n", n);` */
  say(format: string, ...values: string[]): void {
    this.needs.headers.add('stdio.h');
    this.line(this.saying(format, ...values));
  }

  saying(format: string, ...values: string[]): string {
    const text = `"${this.speaker}${format}\\n"`;
    const wanted = [...format.matchAll(/%(\.\*s|zd|\w)/g)].flatMap(([, form]) =>
      form === '.*s' ? ['', ''] : [form === 'zd' ? 'ssize_t' : form === 'd' ? 'int' : ''],
    );
    return `printf(${[text, ...values.map((value, index) => this.asNumber(value, wanted[index]!))].join(', ')});`;
  }

  /** A variable may have been declared with another type of number than is printed here. */
  private asNumber(value: string, wanted: string): string {
    const type = this.variables.typeOf(value);
    if (wanted === '' || type === undefined || !isNumber(type)) return value;
    const alike = type === wanted || (wanted === 'int' && ['pid_t', 'key_t', 'mqd_t'].includes(type));
    return alike ? value : `(${wanted})${value}`;
  }

  /**
   * A call that returns the number of an error. errno takes it, as if the call had set it.
   */
  plainError(step: Step, call: string): void {
    const ending = endingOf(step.expect);
    this.needs.headers.add('stdio.h').add('stdlib.h').add('errno.h');
    this.act(`errno = ${call};`);
    if (ending && 'fails' in ending) {
      this.needs.headers.add('string.h');
      this.guard(`errno != ${ending.fails}`, `die("${step.call} did not return ${ending.fails}");`);
      this.say(`${step.call} returned, as it must: %s`, `strerror(${ending.fails})`);
    } else this.guard('errno != 0', `die("${step.call}");`);
  }

  /**
   * The usual form of a call that returns -1 on failure. Where the script expects a failure, the program tells it from any
   * other and goes on.
   */
  plain(step: Step, call: string): void {
    const ending = endingOf(step.expect);
    if (step.tolerates) {
      this.needs.headers.add('stdio.h').add('stdlib.h').add('errno.h');
      this.act(`if (${call} == -1 && errno != ${step.tolerates})`);
      this.line(`    die("${step.call}");`);
    } else if (ending && 'fails' in ending) {
      this.needs.headers.add('stdio.h').add('stdlib.h').add('errno.h').add('string.h');
      const failed = `!= -1 || errno != ${ending.fails})`;
      if (step.yours && step.into !== undefined) {
        /* What a person has named is there for later calls. */
        this.assign('int', step.into, call);
        this.line(`if (${step.into} ${failed}`);
      } else this.act(`if (${call} ${failed}`);
      this.line(`    die("${step.call} did not fail with ${ending.fails}");`);
      this.say(`${step.call} failed, as it must: %s`, `strerror(${ending.fails})`);
    } else if (step.into !== undefined) {
      this.assign('int', step.into, call);
      this.checkVariable(step.into, step.call);
    } else this.check(call, step.call);
  }
}
