/**
 * System V message queues as C. msgsnd takes id, type, text, flags here: the program puts type and text into a structure.
 * msgsnd may have a size of its own behind that. msgrcv takes id, variable, size, type, flags; msgctl id, command and, with
 * IPC_SET, the most bytes that the queue shall hold.
 */
import type { CodeWriter } from '../code';
import type { CallText } from '../kit';
import { endingOf, type Step } from '../scenario';

const textSize = 64;
const longSize = 8;

const definitions = [
  `/* What travels in the queue: first a type, which must be positive, then the text. Sizes never count the type. */
struct message {
    long type;
    char text[${textSize}];
};`,
];

const headers = ['sys/ipc.h', 'sys/msg.h', 'sys/types.h'];
const handle = { argument: 0, kind: 'queue' } as const;

/** The length of a C string literal. */
function literalLength(literal: string): number {
  return Buffer.byteLength(literal.slice(1, -1).replace(/\\(?:[0-7]{1,3}|x[0-9a-fA-F]{2}|.)/g, '.'));
}

const receiveText = (step: Step) => {
  const [id, message, size, type, flags] = step.args as [string, string, string, string, string];
  const room = Number(size) === textSize ? `sizeof ${message}.text` : size;
  return `msgrcv(${id}, &${message}, ${room}, ${type}, ${flags})`;
};

function sendCode(step: Step, writer: CodeWriter): void {
  const [id, type, text, flags, size] = step.args as [string, string, string, string, string?];
  const content = `{.type = ${type}, .text = ${text}}`;
  const message = writer.filled('message', 'struct message', content);
  if (!size) writer.needs.headers.add('string.h');
  writer.plain(step, `msgsnd(${id}, &${message}, ${size ?? `strlen(${message}.text)`}, ${flags})`);
}

function receiveCode(step: Step, writer: CodeWriter): void {
  const message = step.args[1]!;
  const ending = endingOf(step.expect);
  writer.declare(message, `struct message ${message};`);
  if (ending && 'fails' in ending) {
    writer.plain(step, receiveText(step));
    return;
  }
  const count = step.into ?? 'n';
  writer.assign('ssize_t', count, receiveText(step));
  writer.checkVariable(count, 'msgrcv');
  writer.say(`type %ld: %.*s`, `${message}.type`, `(int)${count}, ${message}.text`);
}

const controlText = ({ args: [id, command, most] }: Step) => {
  if (command === 'IPC_SET') return `msgctl(${id}, IPC_SET, {.msg_qbytes = ${most}})`;
  return `msgctl(${id}, ${command}, ${command === 'IPC_STAT' ? '&state' : 'NULL'})`;
};

function controlCode(step: Step, writer: CodeWriter): void {
  const [id, command, most] = step.args as [string, string, string?];
  if (command === 'IPC_RMID') {
    writer.plain(step, controlText(step));
    return;
  }
  const state = writer.own('state', 'struct msqid_ds');
  if (command === 'IPC_SET') writer.line(`${state}.msg_qbytes = ${most ?? 0};`);
  writer.plain(step, `msgctl(${id}, ${command}, &${state})`);
  if (command === 'IPC_STAT') writer.say('the queue takes %lu bytes', `(unsigned long)${state}.msg_qbytes`);
}

export const sysvMsgCalls: CallText[] = [
  {
    name: 'msgget',
    headers,
    text: (step) => `msgget(${step.args.join(', ')})`,
    code: (step, writer) => writer.plain(step, `msgget(${step.args.join(', ')})`),
  },
  {
    name: 'msgsnd',
    headers,
    definitions,
    handle,
    transfer: 'in',
    text(step) {
      const [id, type, text, flags, size] = step.args as [string, string, string, string, string?];
      return `msgsnd(${id}, &(struct message){${type}, ${text}}, ${size ?? literalLength(text)}, ${flags})`;
    },
    /* The actor knows no structure by name. */
    wire: ({ args }) => args.map((arg) => (arg === 'sizeof message' ? String(textSize + longSize) : arg)),
    code: sendCode,
  },
  { name: 'msgrcv', headers, definitions, handle, transfer: 'out', text: receiveText, code: receiveCode },
  {
    name: 'msgctl',
    headers,
    handle,
    text: controlText,
    code: controlCode,
  },
];
