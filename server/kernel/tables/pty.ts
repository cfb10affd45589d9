/** Pseudoterminals: pty(7). The master is known by tty-index in its fdinfo, the slave by its name in /dev/pts. */
import { holderDetails, holdersOf } from '../holders';
import { infoField } from '../proc/numbers';
import type { Holding } from '../proc/scan';
import { defineHeldTable } from '../table';
import { names } from '../words';

const masterRole = 'has the master';
const slaveRole = 'has the slave';

function end({ descriptor: { link, info } }: Holding): { index: string; role: string } | undefined {
  const slave = /^\/dev\/pts\/(\d+)/.exec(link);
  if (slave) return { index: slave[1]!, role: slaveRole };
  if (link !== '/dev/ptmx' && link !== '/dev/pts/ptmx') return undefined;
  return { index: infoField(info, 'tty-index') ?? '?', role: masterRole };
}

/** Containers number their terminals anew: two of the same number are told as one. */
export const pty = defineHeldTable({
  table: 'pty',
  facility: 'pty',
  title: 'Pseudoterminals',
  rows(scan) {
    const pairs = new Map<string, Holding[]>();
    for (const holdings of scan.files.values())
      for (const holding of holdings) {
        const found = end(holding);
        if (found) pairs.set(found.index, [...(pairs.get(found.index) ?? []), holding]);
      }
    return [...pairs]
      .sort(([one], [other]) => Number(one) - Number(other))
      .map(([index, holdings]) => {
        const holders = holdersOf(scan, holdings, (holding) => end(holding)!.role);
        const masters = holders.filter(({ role }) => role === masterRole);
        const slaves = holders.filter(({ role }) => role === slaveRole);
        const label = index === '?' ? 'masters whose number is not told' : `/dev/pts/${index}`;
        return {
          id: `pty:${index}`,
          label,
          description: `${names(masters, 2)} ↔ ${names(slaves, 2)}`,
          details: [{ label: 'Slave', value: label }, ...holderDetails(holders)],
          removable: false,
          holders,
        };
      });
  },
});
