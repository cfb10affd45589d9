import { facilities } from '../../catalog';
import type { Call, FacilityId, Param } from '../../catalog/schema';
import { FunctionScope } from '../analysis/context';
import type { CallEvent } from '../analysis/events';
import { type Expr, type FunctionDefinition, type PlacedItem, walkStmt } from '../c/ast';
import { calledName } from '../c/cfg';
import type { Token } from '../c/source-file';
import type { KernelName } from '../protocol';
import type { Document } from '../workspace/document';
import { explainArgument } from './decode';
import { homeOf, type Situation, situationOf, usedBy } from './facility-of';
import { explainMember } from './hover-members';
import { explainConstant, explainType, isOwn } from './hover-names';
import { nameIn } from './live';
import { blockingText, failureText, manLink, standardText } from './pages';

/** Something to say, and the object in the kernel that is spoken of, where it has a name. */
interface Said {
  markdown: string;
  object?: KernelName;
}

export interface HoverText extends Said {
  start: number;
  end: number;
}

/** What there is to say about the word at an offset; undefined for a word that is nothing of ours. */
export function hover(document: Document, offset: number): HoverText | undefined {
  const token = document.source.tokenAt(offset);
  const said =
    token.kind === 'identifier' ? explainIdentifier(token, document) : plain(explainOther(token, document));
  return said && { ...said, start: token.start, end: token.end };
}

function explainOther(token: Token, document: Document): string | undefined {
  switch (token.kind) {
    case 'type_identifier':
    case 'primitive_type':
      return explainType(token, document);
    case 'field_identifier':
      return explainMember(token, document);
    default:
      return undefined;
  }
}

function plain(markdown: string | undefined): Said | undefined {
  return markdown === undefined ? undefined : { markdown };
}

function explainIdentifier(token: Token, document: Document): Said | undefined {
  const placed = document.source.itemAt(token.start);
  const file = document.symbols();
  const scope = placed?.item.kind === 'function' ? new FunctionScope(file, placed.item) : undefined;
  if (isOwn(token.text, document, scope)) {
    return undefined;
  }
  const call = file.call(token.text);
  // In a function a declarator is a name of the program's own; outside it declares the call itself.
  const declares = token.parent === 'function_declarator';
  if (call && declares !== (scope !== undefined)) {
    const found = callAt(token, placed);
    const situation = found && scope ? situationOf(found, call, scope) : {};
    const object = nameIn(call, situation);
    return { markdown: callText(call, situation), ...(object ? { object } : {}) };
  }
  return plain(explainConstant(token.text));
}

/** The call expression whose callee is the token. */
function callAt(token: Token, placed: PlacedItem | undefined): Extract<Expr, { kind: 'call' }> | undefined {
  let found: Extract<Expr, { kind: 'call' }> | undefined;
  if (placed?.item.kind === 'function') {
    const start = token.start - placed.start;
    walkStmt((placed.item as FunctionDefinition).body, {
      expr: (expr) => {
        if (expr.kind === 'call' && expr.callee.start === start && calledName(expr) === token.text)
          found = expr;
      },
    });
  }
  return found;
}

/* ---------------------------------------------------------------------- calls */

export function callText(call: Call, situation: Situation): string {
  const id = situation.facility ?? homeOf(call);
  const facility = id && facilities.get(id);
  const role = id && facility?.uses[call.name];
  const title = facility ? `**${facility.title}** · ` : '';
  const parts = [
    `\`\`\`c\n${call.prototype}\n\`\`\``,
    `${title}${manLink(call.man)} · ${standardText(call)}`,
    call.obsoleteFor ? `${call.summary} *Obsolete: use \`${call.obsoleteFor}\`.*` : call.summary,
    role ? `*In this facility:* ${role}` : '',
    parametersText(call, situation.event),
    resultText(call),
    errorsText(call),
    `${blockingText(call)} ${safetyText(call)}`,
    (call.notes ?? []).map((note) => `- ${note}`).join('\n'),
    facility ? lifeText(facility.id) : usersText(call.name),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function parametersText(call: Call, event: CallEvent | undefined): string {
  return call.params
    .map((param, index) => {
      const arg = event?.args[index];
      const decoded = arg && explainArgument(param.literal, arg.value.constant, arg.value.text);
      const lines = decoded?.split('\n').map((line) => `\n  - ${line.trimEnd()}`) ?? [];
      return `- **${param.name}**: ${roleText(param)}${lines.join('')}`;
    })
    .join('\n');
}

function roleText({ role, variadic, requiredWhen }: Param): string {
  const text = role.replace(/\.$/, '');
  return variadic && requiredWhen ? `${text} (${requiredWhen})` : text;
}

function resultText(call: Call): string {
  const failure = failureText(call);
  const success = call.returns.success.replace(/\.$/, '');
  return `Returns ${success}${failure ? `; on failure ${failure}` : ''}.`;
}

function errorsText({ errors }: Call): string {
  return errors.map(({ errno, when }) => `- \`${errno}\`: ${when}`).join('\n');
}

function safetyText({ asyncSignalSafe, threadSafe }: Call): string {
  const signals = asyncSignalSafe
    ? 'May be called in a signal handler.'
    : 'Not to be called in a signal handler.';
  return threadSafe === true ? signals : `${signals} ${threadSafe}`;
}

function lifeText(id: FacilityId): string {
  const facility = facilities.get(id);
  if (!facility) {
    return '';
  }
  return `*Who can reach it:* ${facility.accessibility.detail}\n\n*How long it lives:* ${facility.persistence.detail}`;
}

/** For a call of many facilities, where its handle does not show which: the facilities it serves. */
function usersText(call: string): string {
  const titles = [...facilities.values()].filter(({ id }) => usedBy(id, call)).map(({ title }) => title);
  return titles.length === 0 ? '' : `*Used with:* ${titles.join(', ')}.`;
}
