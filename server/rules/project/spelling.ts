import type { ObjectName } from './object-use';

/** Whether two names are meant to be one and were written differently. */
export function isMisspelt(a: ObjectName, b: ObjectName): boolean {
  if (a.by !== b.by || a.text === b.text || a.pattern || b.pattern) {
    return false;
  }
  if (a.by === 'key') return differsByOne((a.key ?? 0).toString(16), (b.key ?? 0).toString(16), 3);
  if (a.ftok && b.ftok) {
    // One part is the same, and the other is not far off.
    const samePath = a.ftok.path === b.ftok.path;
    return samePath || (a.ftok.id === b.ftok.id && isNear(bare(a.ftok.path), bare(b.ftok.path), 3));
  }
  if (a.by === 'port') return false;
  return (
    bare(a.text) === bare(b.text) ||
    isNear(bare(a.text), bare(b.text), 4) ||
    lastPart(a.text) === lastPart(b.text)
  );
}

/** What does not decide whether a person takes two names for one. */
function bare(name: string): string {
  return name
    .replace(/[-_. ]/g, '')
    .replace(/^[@/]+/, '/')
    .toLowerCase();
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** One letter differs, is missing or stands too much; or two neighbours are swapped. Names shorter than `least` differ on purpose. */
function isNear(a: string, b: string, least: number): boolean {
  // Numbers at the end count things: they differ on purpose.
  const numbered = /\d$/.test(a + b) && a.replace(/\d+$/, '') === b.replace(/\d+$/, '');
  return !numbered && differsByOne(a, b, least);
}

function differsByOne(a: string, b: string, least: number): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length < least || long.length - short.length > 1) {
    return false;
  }
  let i = 0;
  while (i < short.length && short[i] === long[i]) i++;
  const rest = (text: string, from: number) => text.slice(from);
  if (short.length < long.length) return rest(short, i) === rest(long, i + 1);
  const swapped =
    short[i] === long[i + 1] && short[i + 1] === long[i] && rest(short, i + 2) === rest(long, i + 2);
  return rest(short, i + 1) === rest(long, i + 1) || swapped;
}
