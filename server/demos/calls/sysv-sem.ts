/**
 * System V semaphores as C. semctl takes set, number, command and, for SETVAL, the value; semop takes the set, then number,
 * amount and flags of each operation in turn.
 */
import type { CodeWriter } from '../code';
import type { CallText } from '../kit';
import { endingOf, type Step } from '../scenario';
import { simple } from './descriptor';

const headers = ['sys/ipc.h', 'sys/sem.h', 'sys/types.h'];
const handle = { argument: 0, kind: 'semset' } as const;

const unionDefinition = `/* The fourth argument of semctl, which each program has to declare itself. */
union semun {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
};`;

interface Operation {
  number: string;
  amount: string;
  flags: string;
}

function operationsOf({ args }: Step): Operation[] {
  const list: Operation[] = [];
  for (let at = 1; at + 2 < args.length; at += 3)
    list.push({ number: args[at]!, amount: args[at + 1]!, flags: args[at + 2]! });
  return list;
}

const initialiser = ({ number, amount, flags }: Operation) =>
  `{.sem_num = ${number}, .sem_op = ${amount}${flags === '0' ? '' : `, .sem_flg = ${flags}`}}`;

/** One operation has a name that says what it does. */
function nameOf({ amount }: Operation): string {
  if (amount === '0') return 'zero';
  return amount.startsWith('-') ? 'take' : 'give';
}

function operateCode(step: Step, writer: CodeWriter): void {
  const list = operationsOf(step);
  const [only] = list;
  if (list.length === 1) {
    const name = writer.filled(nameOf(only!), 'struct sembuf', initialiser(only!));
    writer.plain(step, `semop(${step.args[0]}, &${name}, 1)`);
    return;
  }
  const { name, first } = writer.variables.own(`${nameOf(only!)}_both`, `struct sembuf[${list.length}]`);
  const lines = first
    ? [`struct sembuf ${name}[] = {`, ...list.map((one) => `    ${initialiser(one)},`), '};']
    : list.map((one, index) => `${name}[${index}] = (struct sembuf)${initialiser(one)};`);
  for (const line of lines) writer.line(line);
  writer.plain(step, `semop(${step.args[0]}, ${name}, ${list.length})`);
}

export const sysvSemCalls: CallText[] = [
  simple('semget', headers),
  {
    name: 'semctl',
    headers,
    handle,
    text: ({ args: [set, number, command, value] }) =>
      `semctl(${set}, ${number}, ${command}${value === undefined ? '' : `, {${value}}`})`,
    code(step, writer) {
      const [set, number, command, value] = step.args as [string, string, string, string?];
      if (value !== undefined) writer.needs.definitions.add(unionDefinition);
      const given = value === undefined ? '' : `, (union semun){.val = ${value}}`;
      writer.plain(step, `semctl(${set}, ${number}, ${command}${given})`);
      const ending = endingOf(step.expect);
      const told = step.into !== undefined && !(ending && 'fails' in ending);
      if (command === 'GETVAL' && told) writer.say(`the value of semaphore ${number} is %d`, step.into!);
    },
  },
  {
    name: 'semop',
    headers,
    handle,
    text(step) {
      const list = operationsOf(step);
      const operations = list.map(({ number, amount, flags }) => `{${number}, ${amount}, ${flags}}`);
      return `semop(${step.args[0]}, {${operations.join(', ')}}, ${list.length})`;
    },
    code: operateCode,
  },
];
