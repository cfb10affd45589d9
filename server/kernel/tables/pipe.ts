import { defineHeldTable } from '../table';
import { fills, pipeRow } from './pipes';

/** Pipes without a name: pipe(2). Known by the processes that hold their ends alone. */
export const pipe = defineHeldTable({
  table: 'pipe',
  facility: 'pipe',
  title: 'Pipes',
  rows(scan) {
    const known = fills(scan);
    return [...scan.pipes]
      .sort(([one], [other]) => one - other)
      .map(([number, holdings]) =>
        pipeRow(
          { id: `pipe:${number}`, label: `pipe ${number}`, kind: 'pipe' },
          holdings,
          known.get(`0 ${number}`),
          scan,
        ),
      );
  },
});
