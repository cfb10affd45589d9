/**
 * Shared memory as C: `cells` is an array of int in it. mmap takes size, protection, flags, descriptor; shmat takes segment and
 * flags; `put` and `get` are plain accesses to a cell.
 */
import type { CodeWriter } from '../code';
import type { CallText } from '../kit';
import { endingOf, type Step } from '../scenario';
import { simple } from './descriptor';

const mapping = ['sys/mman.h'];
const segment = ['sys/ipc.h', 'sys/shm.h', 'sys/types.h'];
const named = { handle: { argument: 0, kind: 'shm' } } as const;
const mapped = { handle: { argument: 0, kind: 'memory' } } as const;

/** Both calls return a pointer, and (void *)-1 on failure. */
function attachCode(step: Step, writer: CodeWriter, call: string, failure: string): void {
  const type = step.args[0]?.startsWith('sizeof *') ? 'struct shared *' : 'int *';
  writer.assign(type, step.into ?? 'cells', call);
  writer.guard(`${step.into ?? 'cells'} == ${failure}`, `die("${step.call}");`);
}

/** Where the memory begins. */
const address = (number: number) => `returned 0x${number.toString(16)}`;

const mmapText = ({ args: [size, protection, flags, fd] }: Step) =>
  `mmap(NULL, ${size}, ${protection}, ${flags}, ${fd}, 0)`;
const attachText = ({ args: [id, flags] }: Step) => `shmat(${id}, NULL, ${flags})`;
const putText = ({ args: [cells, index, number] }: Step) => `${cells}[${index}] = ${number}`;
const getText = ({ into, args: [cells, index] }: Step) => `${into ?? 'value'} = ${cells}[${index}]`;

/** What is taken away has the size that the mapping was made with. */
const sizedText =
  (name: string) =>
  ({ args: [memory, size] }: Step) =>
    `${name}(${memory}, ${size ?? 'SIZE'})`;

const sized = (name: string): CallText => ({
  name,
  headers: mapping,
  ...mapped,
  text: sizedText(name),
  wire: ({ args }) => [args[0]!],
  code: (step, writer) => writer.plain(step, sizedText(name)(step)),
});

export const memoryCalls: CallText[] = [
  simple('shm_open', ['fcntl.h', 'sys/mman.h', 'sys/stat.h'], named),
  simple('shm_unlink', mapping, named),
  simple('ftruncate', ['unistd.h', 'sys/types.h'], { handle: { argument: 0, kind: 'descriptor' } }),
  {
    name: 'mmap',
    headers: mapping,
    define: '_GNU_SOURCE',
    result: address,
    text: mmapText,
    code: (step, writer) => attachCode(step, writer, mmapText(step), 'MAP_FAILED'),
  },
  sized('munmap'),
  {
    name: 'put',
    inC: 'cells',
    headers: [],
    ...mapped,
    transfer: 'in',
    result: () => 'done',
    text: putText,
    code: (step, writer) => writer.act(`${putText(step)};`),
  },
  {
    name: 'get',
    inC: 'cells',
    headers: [],
    ...mapped,
    transfer: 'out',
    numeric: true,
    result: () => 'found',
    text: getText,
    code(step, writer) {
      const ending = endingOf(step.expect);
      writer.assign('int', step.into ?? 'value', `${step.args[0]}[${step.args[1]}]`);
      if (ending && 'returns' in ending) writer.say(`cell ${step.args[1]} holds %d`, step.into ?? 'value');
    },
  },
  simple('shmget', segment),
  {
    name: 'shmat',
    headers: segment,
    handle: { argument: 0, kind: 'segment' },
    result: address,
    text: attachText,
    code: (step, writer) => attachCode(step, writer, attachText(step), '(void *)-1'),
  },
  simple('shmdt', segment, mapped),
  {
    name: 'shmctl',
    headers: segment,
    handle: { argument: 0, kind: 'segment' },
    text: ({ args }) => `shmctl(${args.join(', ')}, NULL)`,
    code: (step, writer) => writer.plain(step, `shmctl(${step.args.join(', ')}, NULL)`),
  },
];
