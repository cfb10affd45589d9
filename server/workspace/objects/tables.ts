/** Tables of the kernel's state whose objects have names by which sources can be searched. */
export const namedTables = [
  'sysv-msg',
  'sysv-sem',
  'sysv-shm',
  'posix-mq',
  'posix-shm',
  'posix-sem-named',
  'fifo',
  'unix-stream',
  'unix-dgram',
  'inet-stream',
  'inet-dgram',
] as const;
export type NamedTable = (typeof namedTables)[number];

/** The table of a row of the kernel's state, when it is one of these. */
export function namedTable(id: string): NamedTable | undefined {
  const table = id.slice(0, id.indexOf(':'));
  return namedTables.find((name) => name === table);
}
