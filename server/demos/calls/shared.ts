/**
 * Plain accesses to the members of `struct shared`, as C. The first argument is a member, `shared->count`; `text_at` takes a
 * member and a size; `check` takes `while` or `if`, the member, what it is compared with, and the arguments of pthread_cond_wait.
 */
import type { CodeWriter } from '../code';
import type { CallText } from '../kit';
import { endingOf, type Step } from '../scenario';

const handle = { argument: 0, kind: 'member' } as const;
const plain = { headers: [] as string[], inC: 'shared', handle };

/** The actor wants the address. */
const byAddress = ({ args: [member, ...rest] }: Step) => [`&${member}`, ...rest];

const nameOf = (member: string) => member.replace(/^shared->/, '');

const storeText = ({ args: [member, value] }: Step) => `${member} = ${value}`;
const loadText = ({ into, args: [member] }: Step) => `${into ?? 'value'} = ${member}`;
const followText = ({ into, args: [member] }: Step) => `${into ?? 'value'} = *${member}`;

function readCode(step: Step, writer: CodeWriter, from: string, words: string): void {
  const ending = endingOf(step.expect);
  writer.assign('int', step.into ?? 'value', from);
  if (ending && 'returns' in ending) writer.say(`${words} %d`, step.into ?? 'value');
}

/** `while (shared->count == 0)`: the program waits below it; the steps of the wait have no lines of their own. */
const checkText = ({ args: [word, member, test] }: Step) => `${word} (${member} ${test})`;

function checkCode(step: Step, writer: CodeWriter): void {
  const [, , , condition, mutex] = step.args;
  writer.needs.headers.add('stdio.h').add('stdlib.h').add('errno.h').add('pthread.h');
  writer.act(`${checkText(step)} {`);
  writer.line(`    errno = pthread_cond_wait(${condition}, ${mutex});`);
  writer.line('    if (errno != 0)');
  writer.line('        die("pthread_cond_wait");');
  writer.line('}');
}

export const sharedCalls: CallText[] = [
  {
    name: 'check',
    headers: [],
    inC: 'shared',
    handle: { argument: 1, kind: 'member' },
    transfer: 'out',
    numeric: true,
    result: () => 'found',
    text: checkText,
    wire: ({ args }) => [`&${args[1]}`],
    code: checkCode,
  },
  {
    name: 'store',
    ...plain,
    transfer: 'in',
    result: () => 'done',
    text: storeText,
    wire: byAddress,
    code: (step, writer) => writer.act(`${storeText(step)};`),
  },
  {
    name: 'load',
    ...plain,
    transfer: 'out',
    numeric: true,
    result: () => 'found',
    text: loadText,
    wire: byAddress,
    code: (step, writer) => readCode(step, writer, step.args[0]!, `${nameOf(step.args[0]!)} is`),
  },
  {
    name: 'follow',
    ...plain,
    transfer: 'out',
    numeric: true,
    result: () => 'found',
    text: followText,
    wire: byAddress,
    code(step, writer) {
      writer.assign('int', step.into ?? 'value', `*${step.args[0]}`);
      writer.say(`where ${nameOf(step.args[0]!)} points to stands %d`, step.into ?? 'value');
    },
  },
  {
    name: 'memcpy',
    headers: ['string.h'],
    handle,
    transfer: 'in',
    result: () => 'done',
    text: ({ args }) => `memcpy(${args.join(', ')})`,
    wire: byAddress,
    code: ({ args }, writer) => writer.act(`memcpy(${args.join(', ')});`),
  },
  {
    name: 'text_at',
    inC: 'printf',
    headers: ['stdio.h'],
    handle,
    transfer: 'out',
    result: () => 'found',
    text: ({ args: [member, size] }) => `printf("%.${size}s", ${member})`,
    wire: byAddress,
    code: ({ args: [member, size] }, writer) =>
      writer.act(writer.saying(`${nameOf(member!)} is %.*s`, size!, member!)),
  },
];
