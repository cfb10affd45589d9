/** Slips with structures that the kernel reads: members and steps that are left out. */
import { atCalls, rewritten, withoutCall, withoutStatement } from '../edits';
import type { Operator } from '../operator';
import type { Edit, FunctionView } from '../view';

/** `sigaction(SIGINT, NULL, &sa)`, or the same for another signal, has filled the structure or set before. */
function isFilled(view: FunctionView, edit: Edit | undefined): boolean {
  const statement = edit ? view.textAt(edit) : '';
  const name = /(?:^|&)\s*\(*(\w+)/.exec(statement.replace(/^.*\(\s*(?=&)/s, ''))?.[1];
  const before = edit ? view.textBefore(edit) : '';
  return (
    name !== undefined &&
    new RegExp(
      `\\bNULL,\\s*&${name}\\b|sig(?:empty|fill)set\\s*\\(\\s*&${name}\\s*\\)|\\b${name}\\.sa_flags\\s*=`,
    ).test(before)
  );
}

export const memberOperators: readonly Operator[] = [
  {
    id: 'no-action-flags',
    slip: 'left out the flags of a signal action',
    rules: ['handle/struct-incomplete', 'signal/action'],
    mutants: (view) =>
      withoutStatement(/(?:\.|->)\s*sa_flags\s*=[^=]/)(view).filter(([edit]) => !isFilled(view, edit)),
  },
  {
    id: 'set-not-emptied',
    slip: 'left out sigemptyset',
    rules: ['handle/struct-incomplete'],
    mutants: (view) => atCalls(['sigemptyset'], withoutCall)(view).filter(([edit]) => !isFilled(view, edit)),
  },
  {
    id: 'lock-half-set',
    slip: 'left out a member of a record lock',
    rules: ['handle/struct-incomplete'],
    mutants: withoutStatement(/(?:\.|->)\s*l_(?:whence|start|len|type)\s*=[^=]/),
  },
  {
    id: 'operation-half-set',
    slip: 'left out a member of a semaphore operation',
    rules: ['handle/struct-incomplete'],
    mutants: withoutStatement(/(?:\.|->)\s*sem_(?:num|op|flg)\s*=[^=]/),
  },
  {
    id: 'attributes-half-set',
    slip: 'left out an attribute of a queue',
    rules: ['handle/struct-incomplete', 'posix-mq/attr'],
    mutants: withoutStatement(/(?:\.|->)\s*mq_(?:maxmsg|msgsize)\s*=[^=]/),
  },
  {
    id: 'no-siginfo',
    slip: 'left out SA_SIGINFO',
    rules: ['signal/action', 'rt-signal/queue', 'handle/struct-incomplete'],
    mutants: (view) =>
      view.mentions(/\bsa_sigaction\s*=/) > 0
        ? rewritten(/(\bsa_flags\s*=.*?)\bSA_SIGINFO\b/, '$1 0')(view)
        : [],
  },
];
