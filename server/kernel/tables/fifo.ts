import { isFifo } from '../proc/scan';
import { defineHeldTable } from '../table';
import { shellWord } from './files';
import { fills, pipeRow } from './pipes';

/** FIFOs that a process has open: mkfifo(3), fifo(7). One that nobody has open is a file and nothing else. */
export const fifo = defineHeldTable({
  table: 'fifo',
  facility: 'fifo',
  title: 'FIFOs in use',
  rows(scan) {
    const known = fills(scan);
    const rows = [...scan.files].flatMap(([file, holdings]) => {
      const first = holdings[0]?.descriptor;
      if (!first || !isFifo(first)) return [];
      const path = first.link;
      const row = pipeRow(
        { id: `fifo:${file}`, label: path, kind: 'FIFO' },
        holdings,
        known.get(`${first.device} ${first.inode}`),
        scan,
      );
      row.details.unshift({ label: 'Path', value: path });
      if (!path.endsWith(' (deleted)')) row.command = `rm ${shellWord(path)}`;
      return [row];
    });
    return rows.sort((one, other) => (one.label < other.label ? -1 : 1));
  },
});
