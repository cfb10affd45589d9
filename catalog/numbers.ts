/** Numbers of headers that have nothing to do with IPC, and by which programs decide whether they go on. */

/** With what programs end, in the order of their numbers from 64 on: see sysexits.h(3head). */
const exits = [
  ...['USAGE', 'DATAERR', 'NOINPUT', 'NOUSER', 'NOHOST', 'UNAVAILABLE', 'SOFTWARE', 'OSERR', 'OSFILE'],
  ...['CANTCREAT', 'IOERR', 'TEMPFAIL', 'PROTOCOL', 'NOPERM', 'CONFIG'],
];

/** How grave a message is, from 0 on: see syslog(3). */
const levels = ['EMERG', 'ALERT', 'CRIT', 'ERR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG'];

export const otherNumbers: ReadonlyMap<string, bigint> = new Map([
  ...exits.map((name, index): [string, bigint] => [`EX_${name}`, BigInt(64 + index)]),
  ...levels.map((name, index): [string, bigint] => [`LOG_${name}`, BigInt(index)]),
]);
