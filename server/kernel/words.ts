/** How numbers of the kernel read to people. Pure functions; times in the machine's time zone. */

/** `1 message`, `3 messages`, `1 entry`, `2 entries` with the plural given. */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`;
}

const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `512 bytes`, `4096 bytes (4 KiB)`, `1500000 bytes (1.4 MiB)`. Exact first: sizes are compared with source code. */
export function bytes(size: number): string {
  const exact = count(size, 'byte');
  const short = roughBytes(size);
  return short === exact ? exact : `${exact} (${short})`;
}

/** `512 bytes`, `4 KiB`, `1.4 MiB`. */
export function roughBytes(size: number): string {
  if (size < 1024) return count(size, 'byte');
  let value = size;
  let unit = -1;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toFixed(1))} ${units[unit]}`;
}

/** A limit beyond what a machine can hold is none. */
export function limit(number: number, text: (number: number) => string = String): string {
  return number >= 2 ** 53 ? 'no limit' : text(number);
}

/** `rw-r----- (0640)`. */
export function permissions(mode: number): string {
  const letters = 'rwxrwxrwx';
  let text = '';
  for (let bit = 0; bit < 9; bit++) text += mode & (0o400 >> bit) ? letters[bit] : '-';
  return `${text} (0${(mode & 0o777).toString(8).padStart(3, '0')})`;
}

/** `0x0000002a`, as ipcs(1) shows it; IPC_PRIVATE is no key. */
export function key(number: number): string {
  return number === 0 ? 'none (IPC_PRIVATE)' : `0x${number.toString(16).padStart(8, '0')}`;
}

const written = new Map<number, string>();

/** `2026-11-21 00:54:03`; `never` for 0. Fractions of a second are dropped. */
export function moment(seconds: number): string {
  if (seconds === 0) return 'never';
  const whole = Math.floor(seconds);
  let text = written.get(whole);
  if (text === undefined) {
    if (written.size > 10_000) written.clear();
    text = write(new Date(whole * 1000));
    written.set(whole, text);
  }
  return text;
}

function write(date: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(parts: string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1]}`;
}

/** Of more processes than these the others are only counted. */
export const mostNamed = 8;

/** `cat (4711), sort (4712) and 3 more`; `nobody`. */
export function names(holders: readonly { pid: number; program: string }[], most = mostNamed): string {
  const unique = [...new Map(holders.map((holder) => [holder.pid, holder])).values()];
  if (unique.length === 0) return 'nobody';
  const first = unique
    .slice(0, unique.length > most ? most : unique.length)
    .map((holder) => `${holder.program} (${holder.pid})`);
  if (unique.length > most) first.push(`${unique.length - most} more`);
  return list(first);
}

export function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
