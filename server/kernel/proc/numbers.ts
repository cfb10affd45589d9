/** Small readings of what /proc writes as text. Pure functions. */

/** One name for a file, however its device is written: `254:0:2427283`. */
export type FileKey = string;

/** `device` as stat(2) gives it: makedev(3) spreads two numbers over its bits. */
export function fileKey(device: number, inode: number): FileKey {
  const major = Math.floor(device / 2 ** 8) % 2 ** 12;
  const minor = (device % 2 ** 8) + (Math.floor(device / 2 ** 20) % 2 ** 12) * 2 ** 8;
  return `${major}:${minor}:${inode}`;
}

/** From `fe:00` and a decimal inode, as proc_locks(5) and proc_pid_maps(5) write them. */
export function fileKeyOfText(major: string, minor: string, inode: string): FileKey {
  return `${Number.parseInt(major, 16)}:${Number.parseInt(minor, 16)}:${inode}`;
}

/** The value after `label:` in the text of an fdinfo file. */
export function infoField(info: string | undefined, label: string): string | undefined {
  if (!info) return undefined;
  const start = info.startsWith(`${label}:`) ? 0 : info.indexOf(`\n${label}:`) + 1;
  if (start === 0 && !info.startsWith(`${label}:`)) return undefined;
  const end = info.indexOf('\n', start);
  return info.slice(start + label.length + 1, end === -1 ? undefined : end).trim();
}

/** `4711` of `pipe:[4711]`. */
export function bracketed(link: string): number {
  return Number(link.slice(link.indexOf('[') + 1, -1));
}
