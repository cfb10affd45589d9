/** Reads the manual pages of this machine, rendered as plain text and kept for the run. */
import { spawnSync } from 'node:child_process';
import { type Prototype, parsePrototype, tidy } from './prototype';

const rendered = new Map<string, string | undefined>();

/** The text of a page, or undefined when it is not installed. */
export function manPage(page: string, section: number): string | undefined {
  const key = `${page}(${section})`;
  if (!rendered.has(key)) {
    const { status, stdout } = spawnSync('man', ['-P', 'cat', '--nh', '--nj', String(section), page], {
      encoding: 'utf8',
      env: { ...process.env, MANWIDTH: '400', LC_ALL: 'C.UTF-8', GROFF_NO_SGR: '1', MANPAGER: 'cat' },
      maxBuffer: 16 * 1024 * 1024,
    });
    const text =
      status === 0
        ? stdout
            // Overstrikes and colours of a terminal.
            .replace(/.\u0008|\u001b\[[\d;]*m/g, '')
            .replace(/\t/g, '        ')
        : undefined;
    rendered.set(key, text !== undefined && /^SYNOPSIS|^NAME/m.test(text) ? text : undefined);
  }
  return rendered.get(key);
}

/** The text under a heading, without the heading. */
export function sectionOf(text: string, heading: string): string | undefined {
  const lines = text.split('\n');
  const start = lines.indexOf(heading);
  if (start < 0) return undefined;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^[A-Z]/.test(line));
  return (end < 0 ? rest : rest.slice(0, end)).join('\n');
}

export interface Synopsis {
  headers: string[];
  prototypes: Prototype[];
}

/** Headers and prototypes of the SYNOPSIS. A system call shown through `syscall(SYS_name, ...)` counts as `name(...)`. */
export function synopsisOf(text: string): Synopsis | undefined {
  const section = sectionOf(text, 'SYNOPSIS');
  if (section === undefined) return undefined;
  const code = section
    .replace(/^ {3}Feature Test Macro Requirements[\s\S]*$/m, '')
    .replace(/\/\*[\s\S]*?\*\//g, ' ');
  const headers = [...code.matchAll(/#\s*include\s*<([^>]+)>/g)].map((match) => match[1] ?? '');
  const prototypes = code
    .replace(/^\s*#.*$/gm, '')
    .replace(/^\s*(?:Note|Link with|Standard|Since|Compile)\b.*$/gm, '')
    .split(';')
    .flatMap((piece) => {
      const prototype = parsePrototype(
        tidy(piece)
          .replace(/^.*?([\w*\s]+\bsyscall\s*\()/, '$1')
          .replace(/\bsyscall\s*\(\s*SYS_(\w+)\s*,?\s*/, '$1('),
      );
      return prototype ? [prototype] : [];
    });
  return { headers, prototypes };
}

/** Prototypes of one function anywhere on a page: some pages show them in NOTES. */
export function prototypesElsewhere(text: string, name: string): Prototype[] {
  return [...text.matchAll(new RegExp(`^ +([a-z][\\w *]*\\b${name}\\([^;]*?\\);)`, 'gm'))].flatMap(
    (match) => parsePrototype(match[1] ?? '') ?? [],
  );
}

/** How many arguments a page gives a macro that it shows as `NAME(a, b)`. */
export function macroArguments(text: string, name: string): number[] {
  return [...text.matchAll(new RegExp(`\\b${name}\\(([\\w *,]+)\\)`, 'g'))].map(
    (match) => (match[1] ?? '').split(',').length,
  );
}

/** The other pages that a page refers to. */
export function linksOf(text: string): { page: string; section: number }[] {
  const seen = new Map<string, { page: string; section: number }>();
  for (const [, page = '', section = ''] of text.matchAll(/\b([\w-]+)\((\d)\)/g)) {
    seen.set(`${page}.${section}`, { page, section: Number(section) });
  }
  return [...seen.values()];
}

/** What attributes(7) says of a function in the page's table: `MT-Safe`, `MT-Unsafe race:strsignal locale`. */
export function threadSafetyOf(text: string, name: string): string | undefined {
  const section = sectionOf(text, 'ATTRIBUTES');
  if (section === undefined) return undefined;
  const rows = section.split(/[├┌└][─┬┼┴]+.*/);
  for (const row of rows) {
    const cells = row
      .split('\n')
      .filter((line) => line.includes('│'))
      .map((line) => line.split('│').map((cell) => cell.trim()));
    const column = (i: number) => cells.map((line) => line[i] ?? '').join(' ');
    if (new RegExp(`\\b${name}\\(\\)`).test(column(1)) && column(2).includes('Thread safety'))
      return column(3).trim();
  }
  return undefined;
}

/** The functions that signal-safety(7) lists. */
export function asyncSignalSafe(): Set<string> | undefined {
  const text = manPage('signal-safety', 7);
  if (text === undefined) return undefined;
  const table = /^\s*Function\s+Notes$([\s\S]*?)^\s*Notes:/m.exec(text)?.[1] ?? '';
  return new Set([...table.matchAll(/^\s*(\w+)\(\d\)/gm)].map((match) => match[1] ?? ''));
}

/** Names in the two lists of signal(7): calls that SA_RESTART restarts, and calls that nothing restarts. */
export function restartLists(): { restarted: Set<string>; never: Set<string> } | undefined {
  const text = manPage('signal', 7);
  const part =
    text &&
    /automatically restarted after the signal handler returns if([\s\S]*?)The sleep\(3\)/.exec(text)?.[1];
  if (!part) return undefined;
  const [restarted = '', never = ''] = part.split('are never restarted');
  const names = (list: string) =>
    new Set(
      list
        .split('•')
        .slice(1)
        // Sockets with a timeout are a case of their own.
        .filter((bullet) => !/\b(?:Input|Output)\b/.test(bullet))
        .flatMap((bullet) => [...bullet.matchAll(/\b([\w]+)\([23]\)/g)].map((match) => match[1] ?? '')),
    );
  return { restarted: names(restarted), never: names(never) };
}
