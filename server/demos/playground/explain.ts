/** What a call by hand means: before, while it waits, and by its result. All of it is the catalog's knowledge. */
import { constants, errnoByName } from '../../../catalog';
import type { CallText } from '../kit';
import { errnoName, signalName } from '../outcome';
import type { Answer } from '../stage';
import { catalogCall } from './offer';
import type { OfferedCall } from './view';

/** Sentences of the catalog end with a full stop, its phrases do not. */
const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`;

export function beforehand(offered: OfferedCall): string {
  return [offered.summary, offered.here].filter(Boolean).join(' ');
}

export function whileOpen(text: CallText, offered: OfferedCall, waits: boolean): string {
  const call = catalogCall(text);
  if (!waits || !call?.blocking.blocks) return beforehand(offered);
  const { until, avoid } = call.blocking;
  const way = avoid ? ` To avoid the wait: ${avoid.replace(/\.$/, '')}.` : '';
  return `It waits until ${until.replace(/\.$/, '')}.${way} Meanwhile the other processes can go on.`;
}

export function afterwards(text: CallText, offered: OfferedCall, answer: Answer): string {
  const call = catalogCall(text);
  switch (answer.kind) {
    case 'refused':
      return sentence(answer.reason);
    case 'replaced':
      return 'Another program has taken the place of this one. It takes no calls; its descriptors stay open unless they are close-on-exec.';
    case 'ended':
      return ended(answer.end.killed, answer.end.exited, offered);
    case 'reply': {
      const failed = answer.result === -1 && answer.errno !== 0;
      if (failed) return failure(text, answer.errno);
      if (!call || offered.returns === undefined) return beforehand(offered);
      return `On success it returns ${offered.returns.replace(/\.$/, '')}. ${offered.here ?? offered.summary}`;
    }
  }
}

function failure(text: CallText, errno: number): string {
  const name = errnoName(errno);
  const when = catalogCall(text)?.errors.find((error) => error.errno === name)?.when;
  if (when) return `${name} here: ${sentence(when)}`;
  const meaning = errnoByName.get(name)?.meaning;
  return meaning ? `${name}: ${sentence(meaning)}` : `It failed with ${name}.`;
}

function ended(killed: number | undefined, exited: number | undefined, offered: OfferedCall): string {
  if (killed !== undefined) {
    const name = signalName(killed);
    const meaning = constants.get(name)?.constant.meaning;
    return `The call did not return: ${name} ended the process. ${meaning ? sentence(meaning) : ''}`.trim();
  }
  if (exited !== undefined)
    return `The process has ended with status ${exited}. The kernel closed what it held; its parent can collect the status with waitpid.`;
  return beforehand(offered);
}
