/**
 * Figures in the texts of demos: `{pipe-size|65536}` is what this kernel says while a demo is played, and what most say in a
 * program or a page that may be read elsewhere.
 */
import { readFileSync } from 'node:fs';

/** Reads a file of /proc as text; throws when it is not there. */
export type ReadProc = (path: string) => string;

const fromProc: ReadProc = (path) => readFileSync(path, 'latin1');

/** The kernel's own word: the first size is that of a page. */
const pageSize = (read: ReadProc) =>
  1024 * Number(/^KernelPageSize:\s*(\d+) kB/m.exec(read('/proc/self/smaps'))?.[1]);
const numberIn = (path: string) => (read: ReadProc) => Number(read(path));

const readers: Record<string, (read: ReadProc) => number> = {
  page: pageSize,
  /* 16 pages, as long as the user has not very many pipes. */
  'pipe-size': (read) => Math.min(16 * pageSize(read), numberIn('/proc/sys/fs/pipe-max-size')(read)),
  'two-pages': (read) => 2 * pageSize(read),
  'pipe-max-size': numberIn('/proc/sys/fs/pipe-max-size'),
  'mq-messages': numberIn('/proc/sys/fs/mqueue/msg_max'),
  'mq-bytes': numberIn('/proc/sys/fs/mqueue/msgsize_max'),
  'queue-bytes': numberIn('/proc/sys/kernel/msgmnb'),
};

const figure = /\{([a-z-]+)\|([^{}]*)\}/g;

/** The text with what this kernel says, or the usual figure where it does not say. */
export function withFigures(text: string, read: ReadProc = fromProc): string {
  return text.replace(figure, (_, name: string, usual: string) => {
    try {
      const number = readers[name]!(read);
      return Number.isFinite(number) ? String(number) : usual;
    } catch {
      return usual;
    }
  });
}

/** The text with the usual figures. */
export const withUsualFigures = (text: string): string => text.replace(figure, '$2');

/** The figures that a text asks for. */
export const figuresIn = (text: string): string[] => [...text.matchAll(figure)].map(([, name]) => name!);
export const knownFigures: ReadonlySet<string> = new Set(Object.keys(readers));
