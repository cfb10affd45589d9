/** Keys made from files, as C. */
import type { CallText } from '../kit';
import { asC, simple } from './descriptor';

const handle = { argument: 0, kind: 'file' } as const;

/** As ipcs shows keys. */
const hexadecimal = (key: number) => `returned 0x${(key >>> 0).toString(16).padStart(8, '0')}`;

export const ftokCalls: CallText[] = [
  simple('ftok', ['sys/ipc.h', 'sys/types.h'], {
    handle,
    result: hexadecimal,
    code(step, writer) {
      if (step.into === undefined) {
        writer.plain(step, asC(step));
        return;
      }
      writer.assign('key_t', step.into, asC(step));
      writer.checkVariable(step.into, 'ftok');
      writer.say(`${step.into} is 0x%08x`, `(unsigned)${step.into}`);
    },
  }),
  simple('rename', ['stdio.h'], { handle }),
];
