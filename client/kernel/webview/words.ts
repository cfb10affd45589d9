/** Small texts of the Kernel State panel. */

/** `04:12:33`. */
export function clock(milliseconds: number): string {
  return new Date(milliseconds).toTimeString().slice(0, 8);
}

/** `512`, `16 KiB`, `1.4 MiB`; other units stay as they are. */
export function amount(value: number, unit: string): string {
  if (unit !== 'bytes' || value < 1024) return String(value);
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let left = value;
  let at = -1;
  while (left >= 1024 && at < units.length - 1) {
    left /= 1024;
    at++;
  }
  return `${Number(left.toFixed(1))} ${units[at]}`;
}
